//! The brush of the screen: lines and discs with soft edges, put into one mesh. Drawing thousands of shapes one by one takes ten times as long.

use egui::epaint::Vertex;
use egui::{Color32, Mesh, Pos2, Rect, Vec2, vec2};

use super::stamps::{CORE, Stamp, Stripe, discs, light, stripes};
use super::{ARROW_WIDTH, Brush, Outline, barbs};

/// Into how many corners circles are cut, small ones and large ones, and the radius in pixels up to which that is enough.
const CORNERS: [(f32, usize); 6] = [(3.0, 8), (8.0, 12), (20.0, 20), (60.0, 36), (200.0, 72), (f32::INFINITY, 160)];

/// The corners of shapes with a radius of 1, and where the smallest discs are in the texture.
#[derive(Clone, Debug)]
pub(in super::super) struct Stencils {
    circles: Vec<(f32, Vec<Vec2>)>,
    diamond: Vec<Vec2>,
    square: Vec<Vec2>,
    hexagon: Vec<Vec2>,
    discs: Vec<(f32, Stamp)>,
    stripes: Vec<(f32, Stripe)>,
    light: Rect,
}

impl Default for Stencils {
    fn default() -> Self {
        let circles = CORNERS.iter().map(|(most, corners)| (*most, Outline::Circle.corners(*corners))).collect();
        let [diamond, square, hexagon] = [Outline::Diamond, Outline::Square, Outline::Hexagon].map(|outline| outline.corners(0));
        Stencils { circles, diamond, square, hexagon, discs: discs(), stripes: stripes(), light: light() }
    }
}

impl Stencils {
    fn of(&self, outline: Outline, pixels: f32) -> &[Vec2] {
        match outline {
            Outline::Circle => self.circles.iter().find(|(most, _)| pixels <= *most).map_or(&[], |(_, corners)| corners),
            Outline::Diamond => &self.diamond,
            Outline::Square => &self.square,
            Outline::Hexagon => &self.hexagon,
        }
    }
}

/// Half of the square around light in the texture, in its radii.
const LIGHT_SQUARE: f32 = 16.0 / 15.0;

/// From one dash to the next, in points, and how many a line has at most.
const DASH: f32 = 7.0;
const MAX_DASHES: f32 = 60.0;

/// Puts shapes into a mesh; what is outside of `clip` is left out.
pub(in super::super) struct MeshBrush<'a> {
    mesh: &'a mut Mesh,
    stencils: &'a Stencils,
    clip: Rect,
    /// The width of a soft edge: one pixel, in points.
    feather: f32,
}

impl<'a> MeshBrush<'a> {
    /// A brush for that mesh, on a screen of so many pixels a point.
    pub(in super::super) fn new(mesh: &'a mut Mesh, stencils: &'a Stencils, clip: Rect, pixels_per_point: f32) -> Self {
        MeshBrush { mesh, stencils, clip, feather: 1.0 / pixels_per_point.max(0.1) }
    }

    /// A line as one quad, whose soft sides are in the texture.
    fn stripe(&mut self, from: Pos2, to: Pos2, edge: Vec2, [left, right]: [Pos2; 2], color: Color32) {
        let base = self.len();
        self.mesh.vertices.extend_from_slice(&[
            Vertex { pos: from - edge, uv: left, color },
            Vertex { pos: from + edge, uv: right, color },
            Vertex { pos: to - edge, uv: left, color },
            Vertex { pos: to + edge, uv: right, color },
        ]);
        self.indices(base, [0, 1, 2, 1, 2, 3]);
    }

    /// A square with what is at a place of the texture, in a colour.
    fn stamp(&mut self, centre: Pos2, half: f32, uv: Rect, color: Color32) {
        let (rect, base) = (Rect::from_center_size(centre, Vec2::splat(2.0 * half)), self.len());
        if self.is_outside(rect) {
            return;
        }
        self.mesh.vertices.extend_from_slice(&[
            Vertex { pos: rect.left_top(), uv: uv.left_top(), color },
            Vertex { pos: rect.right_top(), uv: uv.right_top(), color },
            Vertex { pos: rect.left_bottom(), uv: uv.left_bottom(), color },
            Vertex { pos: rect.right_bottom(), uv: uv.right_bottom(), color },
        ]);
        self.indices(base, [0, 1, 2, 1, 2, 3]);
    }

    /// The radii of a rim and its soft edges, from within.
    fn rim(&self, radius: f32, width: f32, fill: Color32, rim: Color32) -> [(f32, Color32); 4] {
        let half = self.feather / 2.0;
        let inner = (radius - width).max(half);
        [(inner - half, fill), (inner + half, rim), (radius - half, rim), (radius + half, Color32::TRANSPARENT)]
    }

    /// Closed bands between radii, each with its colour, the least one first; and what is within that, if it is `FILLED`.
    fn bands<const N: usize, const FILLED: bool>(&mut self, centre: Pos2, corners: &[Vec2], radii: [(f32, Color32); N]) {
        let reach = radii.last().map_or(0.0, |(radius, _)| radius * Outline::REACH);
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

impl Brush for MeshBrush<'_> {
    fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        let way = to - from;
        let length = way.length();
        if length < 1e-3 || colour == Color32::TRANSPARENT || self.is_outside(Rect::from_two_pos(from, to).expand(width)) {
            return;
        }
        let across = vec2(-way.y, way.x) / length;
        let pixels = width / self.feather;
        // What is thinner than a pixel is as wide as one, and fainter.
        let (shown, colour) = if pixels < 1.0 { (self.feather, colour.gamma_multiply(pixels)) } else { (width, colour) };
        if let Some((_, stripe)) = self.stencils.stripes.iter().find(|(most, _)| pixels <= *most) {
            self.stripe(from, to, across * (shown * stripe.whole / 2.0), stripe.sides, colour);
            return;
        }
        let core = (width - self.feather) / 2.0;
        let (none, base) = (Color32::TRANSPARENT, self.len());
        let (inner, edge) = (across * core, across * (core + self.feather));
        let side = |end: Pos2| [(end - edge, none), (end - inner, colour), (end + inner, colour), (end + edge, none)];
        self.vertices(side(from));
        self.vertices(side(to));
        self.indices(base, [0, 1, 4, 1, 4, 5, 1, 2, 5, 2, 5, 6, 2, 3, 6, 3, 6, 7]);
    }

    fn dashes(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        let way = to - from;
        let count = (way.length() / DASH).clamp(1.0, MAX_DASHES).floor();
        for nth in 0..count as u32 {
            let at = |part: f32| from + way * ((nth as f32 + part) / count);
            self.line(at(0.2), at(0.8), width, colour);
        }
    }

    fn disc(&mut self, centre: Pos2, radius: f32, colour: Color32) {
        let pixels = radius / self.feather;
        match self.stencils.discs.iter().find(|(most, _)| pixels <= *most) {
            Some((_, stamp)) => self.stamp(centre, radius * stamp.half, stamp.uv, colour),
            None => {
                let half = self.feather / 2.0;
                let radii = [(radius - half, colour), (radius + half, Color32::TRANSPARENT)];
                self.bands::<2, true>(centre, self.stencils.of(Outline::Circle, pixels), radii);
            }
        }
    }

    fn rimmed(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32) {
        let radii = self.rim(radius, width, fill, rim);
        self.bands::<4, true>(centre, self.stencils.of(outline, radius / self.feather), radii);
    }

    fn ring(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, colour: Color32) {
        let radii = self.rim(radius, width, Color32::TRANSPARENT, colour);
        self.bands::<4, false>(centre, self.stencils.of(outline, radius / self.feather), radii);
    }

    fn glow(&mut self, centre: Pos2, inner: f32, outer: f32, colour: Color32) {
        if (inner / outer - CORE).abs() < 0.02 {
            self.stamp(centre, outer * LIGHT_SQUARE, self.stencils.light, colour);
            return;
        }
        let radii = [(inner, colour), (outer, Color32::TRANSPARENT)];
        self.bands::<2, false>(centre, self.stencils.of(Outline::Circle, outer / self.feather), radii);
    }

    fn arrow(&mut self, tip: Pos2, way: Vec2, size: f32, colour: Color32) {
        for barb in barbs(tip, way, size) {
            self.line(barb, tip, ARROW_WIDTH, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const CLIP: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(100.0, 100.0) };

    fn drawn(draw: impl FnOnce(&mut MeshBrush<'_>)) -> Mesh {
        let (mut mesh, stencils) = (Mesh::default(), Stencils::default());
        draw(&mut MeshBrush::new(&mut mesh, &stencils, CLIP, 2.0));
        assert!(mesh.is_valid());
        mesh
    }

    #[test]
    fn shapes_are_where_and_as_large_as_they_are_said_to_be() {
        let disc = drawn(|b| b.disc(pos2(50.0, 50.0), 10.0, Color32::RED)).calc_bounds();
        assert!((disc.width() - 20.5).abs() < 0.1, "{disc}");
        let ring = drawn(|b| b.ring(Outline::Circle, pos2(50.0, 50.0), 10.0, 3.0, Color32::RED)).calc_bounds();
        assert!((ring.width() - 20.5).abs() < 0.1, "{ring}");
        let square = drawn(|b| b.rimmed(Outline::Square, pos2(50.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE)).calc_bounds();
        assert!((square.width() - 18.9).abs() < 0.1 && (square.height() - 18.9).abs() < 0.1, "{square}");
        let dashes = drawn(|b| b.dashes(pos2(10.0, 50.0), pos2(90.0, 50.0), 2.0, Color32::RED));
        assert!(dashes.vertices.len() > 4 * 10 && dashes.calc_bounds().width() < 80.0, "{}", dashes.calc_bounds());
        let line = drawn(|b| b.line(pos2(10.0, 50.0), pos2(90.0, 50.0), 4.0, Color32::RED)).calc_bounds();
        assert!((line.height() - 4.5).abs() < 0.1 && (line.width() - 80.0).abs() < 0.1, "{line}");
    }

    #[test]
    fn what_nobody_sees_costs_nothing() {
        let mesh = drawn(|b| {
            b.disc(pos2(-50.0, 50.0), 10.0, Color32::RED);
            b.ring(Outline::Circle, pos2(50.0, 150.0), 10.0, 2.0, Color32::RED);
            b.rimmed(Outline::Square, pos2(150.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE);
            b.dashes(pos2(-10.0, 0.0), pos2(-10.0, 90.0), 4.0, Color32::RED);
            b.rimmed(Outline::Diamond, pos2(150.0, 50.0), 10.0, 2.0, Color32::RED, Color32::BLUE);
            b.glow(pos2(50.0, 150.0), 10.0, 20.0, Color32::RED);
            b.line(pos2(-10.0, 0.0), pos2(-10.0, 90.0), 4.0, Color32::RED);
        });
        assert_eq!(mesh.vertices.len(), 0);
        assert_ne!(drawn(|b| b.line(pos2(-10.0, 50.0), pos2(110.0, 50.0), 1.0, Color32::RED)).vertices.len(), 0);
    }
}
