//! A small graph, grown from its best-linked nodes outwards: what grows a few nodes at a time, with time to make room for them,
//! comes out with far fewer crossings than what is spread at once.

use crate::field::Field;
use crate::graph::{BySlot, Graph, Slot};
use crate::growth::joining;
use crate::place::Placer;
use crate::shares::By;

/// How many nodes it begins with.
const FIRST: usize = 6;
/// At most this many ticks are done after each portion.
const TICKS: usize = 40;
/// And at most this many at the end.
const LAST_TICKS: usize = 160;
/// Portions shrink their ticks so that about four times this many nodes times ticks are done in all.
const WORK: usize = 100_000;

/// Gives all nodes places within their groups, which lie around the middle of the plane.
pub(super) fn grow(mut graph: Graph, placer: &mut Placer) -> Graph {
    let all: Vec<Slot> = graph.iter().map(|(_, slot)| slot).collect();
    Field::default().shares.update(&mut graph, By::Cluster);
    let order: Vec<Slot> = joining(&graph, &all, |_| false).into_iter().map(|joined| joined.node).collect();
    let ticks = (WORK / order.len().max(1)).clamp(1, TICKS);
    let mut growing = Growing { field: Field::default(), slots: BySlot::default() };
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        let present = order.len() - rest.len();
        let (portion, later) = rest.split_at_checked((present / 3).max(FIRST)).unwrap_or((rest, &[]));
        rest = later;
        growing.grow(&graph, portion, placer);
        (0..ticks).for_each(|_| growing.field.tick(1.0));
    }
    (0..(WORK / order.len().max(1)).min(LAST_TICKS)).for_each(|_| growing.field.tick(1.0));
    growing.write_back(&mut graph, &order);
    graph
}

/// The part of a graph that has grown so far: every share as a group in the middle of the plane.
struct Growing {
    field: Field,
    /// Where each node of the whole graph is in this one.
    slots: BySlot<Option<Slot>>,
}

impl Growing {
    fn grow(&mut self, graph: &Graph, portion: &[Slot], placer: &mut Placer) {
        let mut new = Vec::with_capacity(portion.len());
        for &original in portion {
            let node = graph.node(original);
            let Some(copy) = self.field.graph.add_node(graph.member(original).id, node.radius) else { continue };
            self.field.graph.set_cluster(copy, graph.member(original).cluster);
            // A link comes with the later one of its ends.
            for (other, weight) in graph.neighbours(original) {
                if let Some(other) = self.slots.get(other).filter(|_| graph.node(other).share == node.share) {
                    self.field.graph.set_link(copy, other, weight);
                }
            }
            self.slots.set(original, Some(copy));
            new.push(copy);
        }
        self.field.shares.update(&mut self.field.graph, By::Cluster);
        placer.place(&mut self.field.graph, &self.field.shares, &new);
        (0..self.field.shares.list.len()).for_each(|share| self.field.warm(share, 1.0));
    }

    fn write_back(&self, graph: &mut Graph, order: &[Slot]) {
        for slot in order {
            let at = self.slots.get(*slot).map_or(Default::default(), |copy| self.field.graph.node(copy).at);
            graph.put(*slot, at);
        }
    }
}
