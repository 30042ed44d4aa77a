//! The brush: lines and discs with soft edges, put into one mesh. Drawing thousands of shapes one by one takes ten times as long.

use std::f32::consts::TAU;

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Pos2, Rect, Vec2, vec2};

/// Into how many corners circles are cut, small ones and large ones, and the radius in pixels up to which that is enough.
const CORNERS: [(f32, usize); 4] = [(3.0, 8), (8.0, 12), (20.0, 20), (f32::INFINITY, 36)];

/// The corners of unit circles, and of a diamond and a rounded square as large as one.
#[derive(Clone, Debug)]
pub(super) struct Stencils {
    circles: Vec<(f32, Vec<Vec2>)>,
    diamond: Vec<Vec2>,
    square: Vec<Vec2>,
}

impl Default for Stencils {
    fn default() -> Self {
        let circles = CORNERS.iter().map(|(most, corners)| (*most, regular(*corners, 1.0))).collect();
        Stencils { circles, diamond: regular(4, DIAMOND), square: rounded(SQUARE, SQUARE * 0.42) }
    }
}

impl Stencils {
    fn circle(&self, pixels: f32) -> &[Vec2] {
        self.circles.iter().find(|(most, _)| pixels <= *most).map_or(&[], |(_, corners)| corners)
    }
}

/// A diamond has the area of a circle when it reaches out this much farther: the root of half of pi.
const DIAMOND: f32 = 1.2533;

/// Half the side of a square of that area: half the root of pi; a little more, for its corners are cut off.
const SQUARE: f32 = 0.92;

/// The corners of a square with round corners, from its middle.
fn rounded(half: f32, radius: f32) -> Vec<Vec2> {
    const STEPS: usize = 4;
    let corner = |quarter: usize| {
        let middle = Vec2::angled(TAU * (quarter as f32 + 0.5) / 4.0) * (half - radius) * std::f32::consts::SQRT_2;
        (0..=STEPS).map(move |step| middle + Vec2::angled(TAU / 4.0 * (quarter as f32 + step as f32 / STEPS as f32)) * radius)
    };
    (0..4).flat_map(corner).collect()
}

/// The corners of a regular polygon.
fn regular(corners: usize, radius: f32) -> Vec<Vec2> {
    (0..corners).map(|i| Vec2::angled(TAU * i as f32 / corners as f32) * radius).collect()
}

/// From one dash to the next, in points, and how many a line has at most.
const DASH: f32 = 7.0;
const MAX_DASHES: f32 = 60.0;

/// Puts shapes into a mesh; what is outside of `clip` is left out.
pub(super) struct Brush<'a> {
    mesh: &'a mut Mesh,
    stencils: &'a Stencils,
    clip: Rect,
    /// The width of a soft edge: one pixel, in points.
    feather: f32,
}

impl<'a> Brush<'a> {
    /// A brush for that mesh, on a screen of so many pixels a point.
    pub(super) fn new(mesh: &'a mut Mesh, stencils: &'a Stencils, clip: Rect, pixels_per_point: f32) -> Self {
        Brush { mesh, stencils, clip, feather: 1.0 / pixels_per_point.max(0.1) }
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        let way = to - from;
        let length = way.length();
        if length < 1e-3 || colour == Color32::TRANSPARENT || self.is_outside(Rect::from_two_pos(from, to).expand(width)) {
            return;
        }
        let across = vec2(-way.y, way.x) / length;
        let core = (width - self.feather) / 2.0;
        let (none, base) = (Color32::TRANSPARENT, self.len());
        if core <= 0.0 {
            let colour = colour.gamma_multiply(width / self.feather);
            let edge = across * self.feather;
            self.vertices([(from - edge, none), (from, colour), (from + edge, none), (to - edge, none), (to, colour), (to + edge, none)]);
            self.indices(base, [0, 1, 3, 1, 3, 4, 1, 2, 4, 2, 4, 5]);
        } else {
            let (inner, edge) = (across * core, across * (core + self.feather));
            let side = |end: Pos2| [(end - edge, none), (end - inner, colour), (end + inner, colour), (end + edge, none)];
            self.vertices(side(from));
            self.vertices(side(to));
            self.indices(base, [0, 1, 4, 1, 4, 5, 1, 2, 5, 2, 5, 6, 2, 3, 6, 3, 6, 7]);
        }
    }

    /// A filled circle.
    pub(super) fn disc(&mut self, centre: Pos2, radius: f32, colour: Color32) {
        let soft = self.feather.min(radius) / 2.0;
        let radii = [(radius - soft, colour), (radius + soft, Color32::TRANSPARENT)];
        self.bands::<2, true>(centre, self.stencils.circle(radius / self.feather), radii);
    }

    /// A circle filled in one colour, with a rim `width` points wide in another.
    pub(super) fn rimmed_disc(&mut self, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32) {
        let radii = self.rim(radius, width, fill, rim);
        self.bands::<4, true>(centre, self.stencils.circle(radius / self.feather), radii);
    }

    /// The same, but a square that stands on a corner.
    pub(super) fn rimmed_diamond(&mut self, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32) {
        let radii = self.rim(radius, width, fill, rim);
        self.bands::<4, true>(centre, &self.stencils.diamond, radii);
    }

    /// The same, but a square with round corners.
    pub(super) fn rimmed_square(&mut self, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32) {
        let radii = self.rim(radius, width, fill, rim);
        self.bands::<4, true>(centre, &self.stencils.square, radii);
    }

    /// The outline of such a square, `width` points wide, inside of `radius`.
    pub(super) fn square_ring(&mut self, centre: Pos2, radius: f32, width: f32, colour: Color32) {
        let radii = self.rim(radius, width, Color32::TRANSPARENT, colour);
        self.bands::<4, false>(centre, &self.stencils.square, radii);
    }

    /// A line of dashes.
    pub(super) fn dashes(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        let way = to - from;
        let count = (way.length() / DASH).clamp(1.0, MAX_DASHES).floor();
        for nth in 0..count as u32 {
            let at = |part: f32| from + way * ((nth as f32 + part) / count);
            self.line(at(0.2), at(0.8), width, colour);
        }
    }

    /// A circle's outline, `width` points wide, inside of `radius`.
    pub(super) fn ring(&mut self, centre: Pos2, radius: f32, width: f32, colour: Color32) {
        let radii = self.rim(radius, width, Color32::TRANSPARENT, colour);
        self.bands::<4, false>(centre, self.stencils.circle(radius / self.feather), radii);
    }

    /// Light around a circle that falls to nothing at `outer`.
    pub(super) fn glow(&mut self, centre: Pos2, inner: f32, outer: f32, colour: Color32) {
        let radii = [(inner, colour), (outer, Color32::TRANSPARENT)];
        self.bands::<2, false>(centre, self.stencils.circle(outer / self.feather), radii);
    }

    /// A head of an arrow at `tip` that points along `way`.
    pub(super) fn arrow(&mut self, tip: Pos2, way: Vec2, size: f32, colour: Color32) {
        let (along, across) = (way.normalized() * size, way.normalized().rot90() * size * 0.55);
        self.line(tip - along + across, tip, 1.6, colour);
        self.line(tip - along - across, tip, 1.6, colour);
    }

    /// The radii of a rim and its soft edges, from within.
    fn rim(&self, radius: f32, width: f32, fill: Color32, rim: Color32) -> [(f32, Color32); 4] {
        let half = self.feather / 2.0;
        let inner = (radius - width).max(half);
        [(inner - half, fill), (inner + half, rim), (radius - half, rim), (radius + half, Color32::TRANSPARENT)]
    }

    /// Closed bands between radii, each with its colour, the least one first; and what is within that, if it is `FILLED`.
    fn bands<const N: usize, const FILLED: bool>(&mut self, centre: Pos2, corners: &[Vec2], radii: [(f32, Color32); N]) {
        let reach = radii.last().map_or(0.0, |(radius, _)| radius * DIAMOND);
        let n = corners.len() as u32;
        if n < 3 || self.is_outside(Rect::from_center_size(centre, Vec2::splat(2.0 * reach))) {
            return;
        }
        let (base, step) = (self.len(), N as u32);
        for way in corners {
            self.vertices(radii.map(|(radius, colour)| (centre + *way * radius, colour)));
        }
        for i in 0..n {
            let (this, next) = (i * step, if i + 1 == n { 0 } else { (i + 1) * step });
            for band in 0..step - 1 {
                let (this, next) = (this + band, next + band);
                self.indices(base, [this, this + 1, next, this + 1, next, next + 1]);
            }
            if FILLED && i > 0 && i + 1 < n {
                self.indices(base, [0, this, next]);
            }
        }
    }

    fn vertices<const N: usize>(&mut self, vertices: [(Pos2, Color32); N]) {
        self.mesh.vertices.extend_from_slice(&vertices.map(|(at, colour)| Vertex::untextured(at, colour)));
    }

    fn indices<const N: usize>(&mut self, base: u32, indices: [u32; N]) {
        self.mesh.indices.extend_from_slice(&indices.map(|index| base + index));
    }

    fn is_outside(&self, what: Rect) -> bool {
        !self.clip.intersects(what)
    }

    fn len(&self) -> u32 {
        self.mesh.vertices.len() as u32
    }
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

    const CLIP: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(100.0, 100.0) };

    fn drawn(draw: impl FnOnce(&mut Brush<'_>)) -> Mesh {
        let (mut mesh, stencils) = (Mesh::default(), Stencils::default());
        draw(&mut Brush::new(&mut mesh, &stencils, CLIP, 2.0));
        assert!(mesh.is_valid());
        mesh
    }

    #[test]
    fn shapes_are_where_and_as_large_as_they_are_said_to_be() {
        let disc = drawn(|b| b.disc(pos2(50.0, 50.0), 10.0, Color32::RED)).calc_bounds();
        assert!((disc.width() - 20.5).abs() < 0.1, "{disc}");
        let ring = drawn(|b| b.ring(pos2(50.0, 50.0), 10.0, 3.0, Color32::RED)).calc_bounds();
        assert!((ring.width() - 20.5).abs() < 0.1, "{ring}");
        let square = drawn(|b| b.rimmed_square(pos2(50.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE)).calc_bounds();
        assert!((square.width() - 18.9).abs() < 0.1 && (square.height() - 18.9).abs() < 0.1, "{square}");
        let dashes = drawn(|b| b.dashes(pos2(10.0, 50.0), pos2(90.0, 50.0), 2.0, Color32::RED));
        assert!(dashes.vertices.len() > 8 * 10 && dashes.calc_bounds().width() < 80.0, "{}", dashes.calc_bounds());
        let line = drawn(|b| b.line(pos2(10.0, 50.0), pos2(90.0, 50.0), 4.0, Color32::RED)).calc_bounds();
        assert!((line.height() - 4.5).abs() < 0.1 && (line.width() - 80.0).abs() < 0.1, "{line}");
    }

    #[test]
    fn what_nobody_sees_costs_nothing() {
        let mesh = drawn(|b| {
            b.disc(pos2(-50.0, 50.0), 10.0, Color32::RED);
            b.ring(pos2(50.0, 150.0), 10.0, 2.0, Color32::RED);
            b.rimmed_square(pos2(150.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE);
            b.dashes(pos2(-10.0, 0.0), pos2(-10.0, 90.0), 4.0, Color32::RED);
            b.rimmed_diamond(pos2(150.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE);
            b.glow(pos2(50.0, 150.0), 10.0, 20.0, Color32::RED);
            b.line(pos2(-10.0, 0.0), pos2(-10.0, 90.0), 4.0, Color32::RED);
        });
        assert_eq!(mesh.vertices.len(), 0);
        assert_ne!(drawn(|b| b.line(pos2(-10.0, 50.0), pos2(110.0, 50.0), 1.0, Color32::RED)).vertices.len(), 0);
    }

    #[test]
    fn a_way_ends_at_the_discs() {
        let (from, to) = between_discs(pos2(0.0, 0.0), pos2(30.0, 0.0), 5.0, 10.0).unwrap();
        assert_eq!((from.x, to.x), (5.0, 20.0));
        assert_eq!(between_discs(pos2(0.0, 0.0), pos2(14.0, 0.0), 5.0, 10.0), None);
    }
}
