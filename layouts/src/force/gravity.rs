//! Gravity towards the centre: grows with distance and charge, so that what is not linked spreads over a disc at an
//! even density, instead of flying apart, and the picture as a whole never drifts.

use fdg_sim::glam::Vec2;

use super::bodies::{Bodies, Forces};
use super::repulsion;

/// How far apart unlinked nodes come to rest.
const SPACING: f32 = 80.0;
/// The field of an even charge density ρ is π·STRENGTH·ρ·distance; gravity cancels it at one charge a spacing squared.
const STRENGTH: f32 = std::f32::consts::PI * repulsion::STRENGTH / (SPACING * SPACING);

pub(super) fn add(bodies: &Bodies, forces: &mut Forces) {
    for body in bodies.all(&(0..bodies.len())) {
        let pull = Vec2::new(body.x, body.y) * (-STRENGTH * body.charge);
        forces.add(body.slot as usize, |force| force.pull += pull);
    }
}
