//! The circle layout: all nodes on one circle, what is linked beside each other where that costs nothing.

use std::collections::BTreeMap;
use std::f32::consts::{FRAC_PI_2, TAU};

use fdg_sim::petgraph::stable_graph::NodeIndex;

use crate::graph::{Index, SimGraph, point, put};
use crate::growth::joining;
use crate::{NodeId, Point};

/// Free space between two circles, along the rim: room for a label.
const GAP: f32 = 24.0;
/// Few nodes do not make a smaller circle than this.
const LEAST_RADIUS: f32 = 160.0;
/// Which part of the way to its target a node goes in a tick: half a second for all but the last hundredth.
const EASING: f32 = 0.15;
/// Nearer than this, a node is there.
const ARRIVED: f32 = 0.1;

/// Who sits where on the circle. The order lasts: a node keeps its neighbours when others come and go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circle {
    ring: Vec<NodeId>,
    targets: Vec<(NodeIndex, Point)>,
}

impl Circle {
    /// Takes up a changed graph: who left is dropped, who is new sits down after its neighbour, else at the end.
    pub(crate) fn arrange(&mut self, graph: &SimGraph, index: &Index) {
        self.ring = seated(&self.ring, graph, index);
        let slots = self.ring.iter().filter_map(|id| index.get(id).copied());
        self.targets = targets(graph, slots);
    }

    /// Moves every node that is not pinned towards its seat by one tick; returns whether any still is on its way.
    pub(crate) fn step(&self, graph: &mut SimGraph) -> bool {
        let mut moving = false;
        for (slot, target) in &self.targets {
            let Some(node) = graph.node_weight_mut(*slot).filter(|node| !node.data.pinned) else {
                continue;
            };
            let from = point(node);
            let way = Point { x: target.x - from.x, y: target.y - from.y };
            if way.x.hypot(way.y) <= ARRIVED {
                put(node, *target);
            } else {
                put(node, Point { x: from.x + way.x * EASING, y: from.y + way.y * EASING });
                moving = true;
            }
        }
        moving
    }
}

/// The new order of all nodes.
fn seated(ring: &[NodeId], graph: &SimGraph, index: &Index) -> Vec<NodeId> {
    let stay: Vec<NodeIndex> = ring.iter().filter_map(|id| index.get(id).copied()).collect();
    let mut known: Vec<bool> = vec![false; index.values().map(|slot| slot.index() + 1).max().unwrap_or(0)];
    for slot in &stay {
        if let Some(known) = known.get_mut(slot.index()) {
            *known = true;
        }
    }
    let is_known = |slot: NodeIndex| known.get(slot.index()).copied().unwrap_or(false);
    let new: Vec<NodeIndex> = index.values().copied().filter(|slot| !is_known(*slot)).collect();

    let mut roots = stay;
    let mut after: BTreeMap<NodeIndex, Vec<NodeIndex>> = BTreeMap::new();
    for joined in joining(graph, &new, is_known) {
        match joined.beside {
            Some(parent) => after.entry(parent).or_default().push(joined.node),
            None => roots.push(joined.node),
        }
    }

    let mut order = Vec::with_capacity(index.len());
    let mut waiting: Vec<NodeIndex> = roots.into_iter().rev().collect();
    while let Some(slot) = waiting.pop() {
        order.extend(graph.node_weight(slot).map(|node| node.data.id));
        waiting.extend(after.remove(&slot).unwrap_or_default().into_iter().rev());
    }
    order
}

/// Seats as wide as their nodes, clockwise from the top, on a circle that is long enough for all.
fn targets(graph: &SimGraph, slots: impl Iterator<Item = NodeIndex>) -> Vec<(NodeIndex, Point)> {
    let seats: Vec<(NodeIndex, f32)> = slots.filter_map(|slot| Some((slot, 2.0 * graph.node_weight(slot)?.data.radius + GAP))).collect();
    let length: f32 = seats.iter().map(|(_, width)| width).sum();
    let radius = (length / TAU).max(LEAST_RADIUS);
    // The first node sits right at the top.
    let mut taken = seats.first().map_or(0.0, |(_, width)| -width / 2.0);
    seats
        .into_iter()
        .map(|(slot, width)| {
            let angle = (taken + width / 2.0) / length * TAU - FRAC_PI_2;
            taken += width;
            (slot, Point { x: angle.cos() * radius, y: angle.sin() * radius })
        })
        .collect()
}
