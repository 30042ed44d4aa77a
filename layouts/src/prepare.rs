//! The first picture of a graph: grown out of sight from its best-linked nodes outwards.
//!
//! A graph that grows a few nodes at a time, with time to make room for them, comes out with far fewer crossings than
//! one that is spread at once; and what is first seen is nearly at rest already.

use fdg_sim::petgraph::stable_graph::NodeIndex;
use fdg_sim::petgraph::visit::EdgeRef;
use fdg_sim::{Node, Simulation};

use crate::force::{simulation, warm_all};
use crate::graph::{Body, Link, SimGraph, add_link, point, put};
use crate::growth::joining;
use crate::place::Placer;

/// How many nodes it begins with.
const FIRST: usize = 6;
/// At most this many ticks are done after each portion.
const TICKS: usize = 40;
/// Portions shrink their ticks so that about four times this many nodes times ticks are done in all.
const WORK: usize = 100_000;

/// Gives every node that is not pinned its place in a new picture.
pub(crate) fn prepare(graph: &mut SimGraph, placer: &mut Placer) {
    let all: Vec<NodeIndex> = graph.node_indices().collect();
    let order: Vec<NodeIndex> = joining(graph, &all, |_| false).into_iter().map(|joined| joined.node).collect();
    let ticks = (WORK / order.len().max(1)).clamp(1, TICKS);
    let mut growing = Growing::of(graph);
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        let present = order.len() - rest.len();
        let (portion, later) = rest.split_at_checked((present / 3).max(FIRST)).unwrap_or((rest, &[]));
        rest = later;
        growing.grow(graph, portion, placer);
        for _ in 0..ticks {
            growing.simulation.update(1.0);
        }
    }
    growing.write_back(graph);
}

/// The part of a graph that has grown so far.
struct Growing {
    simulation: Simulation<Body, Link>,
    /// Where each node of the whole graph is in this one.
    places: Vec<Option<NodeIndex>>,
}

impl Growing {
    fn of(graph: &SimGraph) -> Self {
        let slots = graph.node_indices().next_back().map_or(0, |last| last.index() + 1);
        Self { simulation: simulation(), places: vec![None; slots] }
    }

    fn grow(&mut self, graph: &SimGraph, portion: &[NodeIndex], placer: &mut Placer) {
        let copy = self.simulation.get_graph_mut();
        let mut new = Vec::with_capacity(portion.len());
        for slot in portion {
            let Some(original) = graph.node_weight(*slot) else {
                continue;
            };
            let body = Body { links: 0, placed: original.data.pinned, ..original.data.clone() };
            let place = copy.add_node(Node::new_with_coords("", body, original.location));
            // A link comes with the later one of its ends.
            for link in graph.edges(*slot) {
                let other = if link.source() == *slot { link.target() } else { link.source() };
                if let Some(other) = self.places.get(other.index()).copied().flatten() {
                    add_link(copy, place, other, link.weight().weight);
                }
            }
            if let Some(entry) = self.places.get_mut(slot.index()) {
                *entry = Some(place);
            }
            new.push(place);
        }
        placer.place(copy, &new);
        warm_all(copy, 1.0);
    }

    fn write_back(&self, graph: &mut SimGraph) {
        let copy = self.simulation.get_graph();
        for (slot, place) in self.places.iter().enumerate() {
            let prepared = place.and_then(|place| copy.node_weight(place));
            if let Some((prepared, node)) = prepared.zip(graph.node_weight_mut(NodeIndex::new(slot))) {
                put(node, point(prepared));
            }
        }
    }
}
