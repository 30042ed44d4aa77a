//! The shapes of nodes: all of one radius have about the same area, so that none looks busier than another.

use std::f32::consts::TAU;

use egui::Vec2;

/// A shape around a centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Outline {
    /// A circle.
    Circle,
    /// A square that stands on a corner.
    Diamond,
    /// A square with round corners.
    Square,
    /// A hexagon that stands on a side.
    Hexagon,
}

/// A diamond has the area of a circle when it reaches out this much farther: the root of half of pi.
pub(super) const DIAMOND: f32 = 1.2533;

/// Half the side of a square of that area: half the root of pi; a little more, for its corners are cut off.
pub(super) const SQUARE: f32 = 0.92;

/// How round the corners of a square are.
pub(super) const ROUND: f32 = SQUARE * 0.42;

/// A hexagon has the area of a circle when it reaches out this much farther.
const HEXAGON: f32 = 1.0996;

impl Outline {
    /// How far it reaches out from its centre, in radii.
    pub(super) const REACH: f32 = DIAMOND;

    /// The corners of one with a radius of 1, in a circle cut into `circle` of them.
    pub(super) fn corners(self, circle: usize) -> Vec<Vec2> {
        match self {
            Outline::Circle => regular(circle, 1.0),
            Outline::Diamond => regular(4, DIAMOND),
            Outline::Square => rounded(SQUARE, ROUND),
            Outline::Hexagon => regular(6, HEXAGON),
        }
    }
}

/// The corners of a regular polygon, from the right on.
fn regular(corners: usize, radius: f32) -> Vec<Vec2> {
    (0..corners).map(|i| Vec2::angled(TAU * i as f32 / corners as f32) * radius).collect()
}

/// The corners of a square with round corners.
fn rounded(half: f32, radius: f32) -> Vec<Vec2> {
    const STEPS: usize = 4;
    let corner = |quarter: usize| {
        let middle = Vec2::angled(TAU * (quarter as f32 + 0.5) / 4.0) * (half - radius) * std::f32::consts::SQRT_2;
        (0..=STEPS).map(move |step| middle + Vec2::angled(TAU / 4.0 * (quarter as f32 + step as f32 / STEPS as f32)) * radius)
    };
    (0..4).flat_map(corner).collect()
}
