//! Repulsion between bodies that are near each other, and stepping aside for circles that touch.

use std::f32::consts::TAU;
use std::ops::Range;

use fdg_sim::glam::Vec2;

use super::bodies::{Bodies, Body};
use super::far::STRENGTH;
use super::tree::{Cell, Tree};

/// Softens the force between bodies closer than this.
const SOFTENING: f32 = 6.0;
/// Free space kept between two circles.
pub(super) const MARGIN: f32 = 8.0;
/// Which part of an overlap is resolved in a tick.
const YIELDING: f32 = 0.5;
/// A smallest square with more bodies than this is a heap: it repels as one point, and only its first bodies are stepped
/// aside for, until it has come apart. Keeps thousands of nodes in one place from costing millions of pairs.
const CROWD: usize = 64;
const LANES: usize = 8;

/// Which leaves are near each other, and the lists to sum over.
#[derive(Debug, Default)]
pub(super) struct Near {
    /// A leaf, and one that is near it; both ways, and each with itself.
    pub(super) pairs: Vec<(u32, u32)>,
    acting: Acting,
}

impl Near {
    /// Puts what is near a leaf beside each other.
    pub(super) fn sort(&mut self) {
        self.pairs.sort_unstable();
    }

    /// The repulsion on every hot body, and how far each has to step aside.
    pub(super) fn add(&mut self, bodies: &mut Bodies, tree: &Tree) {
        for pairs in self.pairs.chunk_by(|(a, _), (b, _)| a == b) {
            let leaf = pairs.first().and_then(|(leaf, _)| tree.cells.get(*leaf as usize)).filter(|leaf| leaf.hot);
            let Some(leaf) = leaf else { continue };
            let near = pairs.iter().filter_map(|(_, other)| tree.cells.get(*other as usize));
            self.acting.collect(bodies, near);
            for body in leaf.bodies.clone() {
                let Some(of) = bodies.all.get(body).copied().filter(|body| body.hot) else { continue };
                let at = bodies.at(body);
                let (repulsion, touched) = self.acting.on(at, &of);
                bodies.push(body, |force| force.pull += repulsion);
                if touched {
                    for range in &self.acting.near {
                        range.clone().filter(|other| *other != body).for_each(|other| step_aside(bodies, body, other));
                    }
                }
            }
        }
    }
}

/// What acts on the bodies of one leaf.
#[derive(Debug, Default)]
struct Acting {
    x: Vec<f32>,
    y: Vec<f32>,
    charge: Vec<f32>,
    /// Of the circle, and the margin around it.
    radius: Vec<f32>,
    near: Vec<Range<usize>>,
    /// Whether there is a heap among them, of which it is not known who touches.
    heap: bool,
}

impl Acting {
    fn collect<'a>(&mut self, bodies: &Bodies, cells: impl Iterator<Item = &'a Cell>) {
        self.x.clear();
        self.y.clear();
        self.charge.clear();
        self.radius.clear();
        self.near.clear();
        self.heap = false;
        for cell in cells {
            if cell.bodies.len() > CROWD {
                self.heap = true;
                self.x.push(cell.centre.x);
                self.y.push(cell.centre.y);
                self.charge.push(cell.charge);
                self.radius.push(cell.greatest_radius + MARGIN);
                self.near.push(cell.bodies.start..cell.bodies.start + CROWD);
            } else {
                let [x, y, charge, radius] = bodies.lanes(&cell.bodies);
                self.x.extend_from_slice(x);
                self.y.extend_from_slice(y);
                self.charge.extend_from_slice(charge);
                self.radius.extend(radius.iter().map(|radius| radius + MARGIN));
                self.near.push(cell.bodies.clone());
            }
        }
        let full = self.x.len().next_multiple_of(LANES);
        self.x.resize(full, f32::MAX.sqrt() / 4.0);
        self.y.resize(full, 0.0);
        self.charge.resize(full, 0.0);
        self.radius.resize(full, 0.0);
    }

    /// The sum of all repulsion on one body, and whether it touches another. Its own share is zero, as it is at no distance
    /// from itself.
    fn on(&self, at: Vec2, body: &Body) -> (Vec2, bool) {
        let (mut sum_x, mut sum_y, mut touching) = ([0f32; LANES], [0f32; LANES], [0f32; LANES]);
        let [(xs, _), (ys, _), (charges, _), (radii, _)] =
            [&self.x, &self.y, &self.charge, &self.radius].map(|list| list.as_chunks::<LANES>());
        for ((x, y), (charge, radius)) in xs.iter().zip(ys).zip(charges.iter().zip(radii)) {
            let sums = sum_x.iter_mut().zip(&mut sum_y).zip(&mut touching);
            let lanes = x.iter().zip(y).zip(charge.iter().zip(radius));
            for (((sum_x, sum_y), touching), ((x, y), (charge, radius))) in sums.zip(lanes) {
                let (dx, dy) = (at.x - x, at.y - y);
                let squared = dx * dx + dy * dy;
                let weight = charge / (squared + SOFTENING * SOFTENING);
                *sum_x += dx * weight;
                *sum_y += dy * weight;
                let wanted = body.radius + radius;
                *touching += if squared < wanted * wanted { 1.0 } else { 0.0 };
            }
        }
        let sum = Vec2::new(sum_x.iter().sum(), sum_y.iter().sum()) * (STRENGTH * body.charge);
        // It always touches itself.
        (sum, self.heap || touching.iter().sum::<f32>() > 1.5)
    }
}

/// Moves a body, and a cold one that it touches, out of their overlap: the lighter one more.
fn step_aside(bodies: &mut Bodies, one: usize, two: usize) {
    let (Some(body), Some(other)) = (bodies.all.get(one).copied(), bodies.all.get(two).copied()) else {
        return;
    };
    let apart = bodies.at(one) - bodies.at(two);
    let wanted = body.radius + other.radius + MARGIN;
    let distance_squared = apart.length_squared();
    if distance_squared >= wanted * wanted {
        return;
    }
    let distance = distance_squared.sqrt();
    let away = if distance > 0.01 { apart / distance } else { any_direction(body.slot.number(), other.slot.number()) };
    let step = away * ((wanted - distance) * YIELDING / (body.mobility + other.mobility));
    bodies.push(one, |force| force.aside += step * body.mobility);
    if !other.hot {
        bodies.push(two, |force| force.aside -= step * other.mobility);
    }
}

/// A direction for two bodies in the same place: opposite for the two, different for every pair.
fn any_direction(one: u32, other: u32) -> Vec2 {
    let pair = one.min(other).wrapping_mul(0x9E37_79B1) ^ one.max(other).wrapping_mul(0x85EB_CA77);
    let angle = (pair >> 8) as f32 / (1u32 << 24) as f32 * TAU;
    Vec2::from_angle(angle) * if one < other { 1.0 } else { -1.0 }
}
