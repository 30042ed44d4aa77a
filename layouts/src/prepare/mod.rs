//! The first picture of something new, made out of sight.
//!
//! A large graph is folded until it is small, and unfolded step by step, with time to make room at every step: what belongs
//! together finds each other while it is few. The small one is grown from its best-linked nodes outwards. So the picture comes
//! out untangled, and what is first seen is nearly at rest already.

mod folding;
mod growing;

use fdg_sim::glam::Vec2;

use self::folding::{Folded, fold};
use self::growing::grow;
use crate::field::Field;
use crate::graph::{BySlot, Graph, Slot};
use crate::place::Placer;
use crate::shares::By;

/// A graph of no more than this is not folded.
const FEW: usize = 150;
/// What is folded to more than this part of it is as small as it gets.
const HARDLY: f32 = 0.9;
/// At most so many ticks are done after each step of unfolding, and so many nodes times ticks.
const TICKS: usize = 160;
const WORK: usize = 150_000;

/// Gives all of these nodes places within their shares, around the middle of the plane. Whole shares are prepared.
pub(crate) fn prepare(graph: &mut Graph, placer: &mut Placer, new: &[Slot]) {
    if new.is_empty() {
        return;
    }
    let (copy, copies) = copy(graph, new);
    let mut levels: Vec<Folded> = Vec::new();
    let mut top = copy;
    while top.len() > FEW {
        let folded = fold(&top);
        if folded.graph.len() as f32 > top.len() as f32 * HARDLY {
            break;
        }
        let fine = std::mem::take(&mut top);
        top = folded.graph;
        levels.push(Folded { graph: fine, into: folded.into });
    }
    let mut laid = grow(top, placer);
    for level in levels.into_iter().rev() {
        laid = unfold(level, &laid);
    }
    for slot in new {
        let at = copies.get(*slot).map_or(Vec2::ZERO, |copy| laid.node(copy).at);
        graph.put(*slot, at);
    }
}

/// These nodes alone, every share as a group.
fn copy(graph: &Graph, new: &[Slot]) -> (Graph, BySlot<Option<Slot>>) {
    let mut copy = Graph::default();
    let mut copies = BySlot::filled(None, graph.slots());
    for &slot in new {
        let node = graph.node(slot);
        if let Some(there) = copy.add_node(graph.member(slot).id, node.radius) {
            copy.set_cluster(there, Some(u64::from(node.share)));
            copies.set(slot, Some(there));
        }
    }
    for &slot in new {
        for (other, weight) in
            graph.neighbours(slot).filter(|(other, _)| slot < *other && graph.node(*other).share == graph.node(slot).share)
        {
            if let (Some(a), Some(b)) = (copies.get(slot), copies.get(other)) {
                copy.set_link(a, b, weight);
            }
        }
    }
    (copy, copies)
}

/// Puts the nodes of a graph where those are that they were folded into, with room for all, and lets them find their places.
fn unfold(level: Folded, coarse: &Graph) -> Graph {
    let Folded { mut graph, into } = level;
    let spread = (graph.len() as f32 / coarse.len().max(1) as f32).sqrt();
    let slots: Vec<Slot> = graph.iter().map(|(_, slot)| slot).collect();
    let mut siblings = BySlot::filled(0u32, coarse.slots());
    for slot in slots {
        let parent = into.get(slot).unwrap_or(Slot::LEAST);
        let nth = siblings.get(parent);
        siblings.set(parent, nth + 1);
        graph.put(slot, coarse.node(parent).at * spread + folding::beside(nth));
    }
    let ticks = (WORK / graph.len().max(1)).clamp(3, TICKS);
    run(graph, ticks)
}

/// Lets all nodes of a graph find their places.
fn run(graph: Graph, ticks: usize) -> Graph {
    let mut field = Field::default();
    field.graph = graph;
    field.shares.update(&mut field.graph, By::Cluster);
    field.shares.centre();
    (0..field.shares.list.len()).for_each(|share| field.warm(share, 1.0));
    (0..ticks).for_each(|_| field.tick(1.0));
    field.graph
}
