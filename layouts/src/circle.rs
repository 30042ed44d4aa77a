//! The circle layout: all nodes on one circle, what is linked beside each other where that costs nothing.

use std::collections::BTreeMap;
use std::f32::consts::{FRAC_PI_2, TAU};

use fdg_sim::glam::Vec2;

use crate::NodeId;
use crate::graph::{BySlot, Graph, Slot};
use crate::growth::joining;

/// Free space between two circles, along the rim: room for a label.
const GAP: f32 = 24.0;
/// Few nodes do not make a smaller circle than this.
const LEAST_RADIUS: f32 = 160.0;
/// Who sits where on the circle. The order lasts: a node keeps its neighbours when others come and go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Circle {
    ring: Vec<NodeId>,
}

impl Circle {
    /// Takes up a changed graph: who left is dropped, who is new sits down after its neighbour, else at the end. Returns
    /// where each belongs.
    pub(crate) fn arrange(&mut self, graph: &Graph) -> Vec<(Slot, Vec2)> {
        self.ring = seated(&self.ring, graph);
        targets(graph, self.ring.iter().filter_map(|id| graph.slot(*id)))
    }
}

/// The new order of all nodes.
fn seated(ring: &[NodeId], graph: &Graph) -> Vec<NodeId> {
    let stay: Vec<Slot> = ring.iter().filter_map(|id| graph.slot(*id)).collect();
    let mut known = BySlot::filled(false, graph.slots());
    stay.iter().for_each(|slot| known.set(*slot, true));
    let new: Vec<Slot> = graph.iter().map(|(_, slot)| slot).filter(|slot| !known.get(*slot)).collect();

    let mut roots = stay;
    let mut after: BTreeMap<Slot, Vec<Slot>> = BTreeMap::new();
    for joined in joining(graph, &new, |slot| known.get(slot)) {
        match joined.beside {
            Some(parent) => after.entry(parent).or_default().push(joined.node),
            None => roots.push(joined.node),
        }
    }

    let mut order = Vec::with_capacity(graph.len());
    let mut waiting: Vec<Slot> = roots.into_iter().rev().collect();
    while let Some(slot) = waiting.pop() {
        order.push(graph.member(slot).id);
        waiting.extend(after.remove(&slot).unwrap_or_default().into_iter().rev());
    }
    order
}

/// Seats as wide as their nodes, clockwise from the top, on a circle that is long enough for all.
fn targets(graph: &Graph, slots: impl Iterator<Item = Slot>) -> Vec<(Slot, Vec2)> {
    let seats: Vec<(Slot, f32)> = slots.map(|slot| (slot, 2.0 * graph.node(slot).radius + GAP)).collect();
    let length: f32 = seats.iter().map(|(_, width)| width).sum();
    let radius = (length / TAU).max(LEAST_RADIUS);
    // The first node sits right at the top.
    let mut taken = seats.first().map_or(0.0, |(_, width)| -width / 2.0);
    let targets = seats.into_iter().map(|(slot, width)| {
        let angle = (taken + width / 2.0) / length * TAU - FRAC_PI_2;
        taken += width;
        (slot, Vec2::from_angle(angle) * radius)
    });
    targets.collect()
}
