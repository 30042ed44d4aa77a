//! A part of the plane.

use crate::Point;

/// A disc of the plane, in layout units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Disc {
    /// Its middle.
    pub centre: Point,
    /// How far it reaches.
    pub radius: f32,
}
