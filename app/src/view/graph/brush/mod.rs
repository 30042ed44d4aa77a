//! What the graph is painted with. Who paints knows the shapes and no more: whether they become a mesh for the screen or a file is the brush's.

mod mesh;
mod outline;
mod stamps;
mod svg;

use egui::{Color32, Pos2, Vec2};

pub(super) use mesh::{MeshBrush, Stencils};
pub(super) use outline::Outline;
pub(super) use stamps::Stamps;
pub(super) use svg::SvgBrush;

/// Paints shapes, the later ones over the earlier ones. Places and sizes are in points.
pub(super) trait Brush {
    /// A straight line.
    fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32);

    /// A line of dashes.
    fn dashes(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32);

    /// A filled circle.
    fn disc(&mut self, centre: Pos2, radius: f32, colour: Color32);

    /// A shape filled in one colour, with a rim `width` points wide in another.
    fn rimmed(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32);

    /// A shape's outline, `width` points wide, inside of `radius`.
    fn ring(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, colour: Color32);

    /// Light around a circle that falls to nothing at `outer`.
    fn glow(&mut self, centre: Pos2, inner: f32, outer: f32, colour: Color32);

    /// A head of an arrow at `tip` that points along `way`.
    fn arrow(&mut self, tip: Pos2, way: Vec2, size: f32, colour: Color32);
}

/// How wide the two lines of an arrow's head are, in points.
const ARROW_WIDTH: f32 = 1.6;

/// Where the two lines of an arrow's head begin that meet at `tip`.
fn barbs(tip: Pos2, way: Vec2, size: f32) -> [Pos2; 2] {
    let (along, across) = (way.normalized() * size, way.normalized().rot90() * size * 0.55);
    [tip - along + across, tip - along - across]
}

/// The part of a way between two discs that neither covers; `None` where they touch.
pub(super) fn between_discs(from: Pos2, to: Pos2, from_radius: f32, to_radius: f32) -> Option<(Pos2, Pos2)> {
    let way = to - from;
    let length = way.length();
    if length <= from_radius + to_radius {
        return None;
    }
    let along = way / length;
    Some((from + along * from_radius, to - along * to_radius))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn a_way_ends_at_the_discs() {
        let (from, to) = between_discs(pos2(0.0, 0.0), pos2(30.0, 0.0), 5.0, 10.0).unwrap();
        assert_eq!((from.x, to.x), (5.0, 20.0));
        assert_eq!(between_discs(pos2(0.0, 0.0), pos2(14.0, 0.0), 5.0, 10.0), None);
    }
}
