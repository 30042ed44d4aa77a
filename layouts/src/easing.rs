//! Towards known places: how the layouts move that compute places, not forces.

use fdg_sim::glam::Vec2;

use crate::graph::{Graph, Slot};

/// Which part of the way to its place a node goes in a tick: half a second for all but the last hundredth.
const EASING: f32 = 0.15;
/// Nearer than this, a node is there.
const ARRIVED: f32 = 0.1;

/// Moves every node that is not pinned towards its place by one tick; returns whether any still is on its way.
pub(crate) fn ease(graph: &mut Graph, targets: &[(Slot, Vec2)]) -> bool {
    let mut moving = false;
    for (slot, target) in targets {
        let node = graph.node(*slot);
        if node.pinned {
            continue;
        }
        let way = *target - node.at;
        let there = way.length() <= ARRIVED;
        graph.put(*slot, if there { *target } else { node.at + way * EASING });
        moving |= !there;
    }
    moving
}
