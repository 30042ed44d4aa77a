//! From forces to places.

use fdg_sim::glam::{Vec2, Vec3};

use super::bodies::Forces;
use crate::graph::{SimGraph, WORLD};

/// How much of the force per stiffness becomes velocity in a tick. Below about 0.6 the springs cannot oscillate.
const RESPONSE: f32 = 0.5;
/// What is left of a velocity after a tick.
const KEPT: f32 = 0.8;
/// The longest step of the hottest node, in layout units a tick.
const LONGEST_STEP: f32 = 24.0;
/// The longest step out of an overlap.
const LONGEST_STEP_ASIDE: f32 = 8.0;

/// Moves every node that may move. A step is never longer than its heat allows, so that whatever the forces are
/// nothing explodes, and what cools comes to rest.
pub(super) fn advance(graph: &mut SimGraph, forces: &Forces, ticks: f32) {
    let kept = KEPT.powf(ticks);
    let slots: Vec<_> = graph.node_indices().collect();
    for slot in slots {
        let Some(node) = graph.node_weight_mut(slot) else {
            continue;
        };
        if node.data.pinned {
            continue;
        }
        let force = forces.at(slot.index());
        let push = force.pull * (RESPONSE / (1.0 + force.stiffness));
        let velocity = (node.velocity.truncate() + push * ticks) * kept;
        let velocity = velocity.clamp_length_max(LONGEST_STEP * node.data.heat);
        let step = (velocity + force.aside.clamp_length_max(LONGEST_STEP_ASIDE)) * ticks;
        let there = node.location.truncate() + step;
        if !there.is_finite() {
            node.velocity = Vec3::ZERO;
            continue;
        }
        node.old_location = node.location;
        node.location = there.clamp(Vec2::splat(-WORLD), Vec2::splat(WORLD)).extend(0.0);
        node.velocity = velocity.extend(0.0);
    }
}
