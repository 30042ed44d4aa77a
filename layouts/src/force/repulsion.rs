//! Repulsion after Barnes and Hut (Nature 324, 1986), and stepping aside for circles that touch.
//!
//! The force between two charges falls with their distance, as between charged wires: far parts of the picture still
//! feel each other, and under gravity everything spreads at an even density. The tree is walked once for a whole
//! leaf of bodies, and the list of what acts on them is then summed in lanes.

use std::f32::consts::TAU;
use std::ops::Range;

use fdg_sim::glam::Vec2;

use super::bodies::{Bodies, Body, Forces};
use super::quadtree::{Cell, Quadtree};

/// Strength of the repulsion, against springs of stiffness 1. The many leaves of a hub settle √(π·STRENGTH) apart, about
/// 33 units.
pub(super) const STRENGTH: f32 = 350.0;
/// A cell this wide at distance 1 counts as one point.
const OPENING: f32 = 0.7;
/// Softens the force between bodies closer than this.
const SOFTENING: f32 = 6.0;
/// Free space kept between two circles.
const MARGIN: f32 = 8.0;
/// Which part of an overlap is resolved in a tick.
const YIELDING: f32 = 0.5;
/// A smallest cell with more bodies than this is a heap: it repels as one point, and only its first bodies are stepped
/// aside for, until it has come apart. Keeps thousands of nodes in one place from costing millions of pairs.
const CROWD: usize = 64;
const LANES: usize = 8;

/// The repulsion on every hot node, and how far each node has to step aside.
pub(super) fn add(bodies: &Bodies, tree: &Quadtree, forces: &mut Forces) {
    let mut acting = Acting::default();
    for leaf in tree.cells.iter().filter(|cell| cell.leaf) {
        let inside = bodies.all(&leaf.bodies);
        if !inside.iter().any(|body| body.hot) {
            continue;
        }
        acting.collect(bodies, tree, leaf);
        for body in inside.iter().filter(|body| body.hot) {
            forces.add(body.slot as usize, |force| force.pull += acting.repulsion(body));
            for other in acting.near.iter().flat_map(|near| bodies.all(near)) {
                step_aside(body, other, forces);
            }
        }
    }
}

/// What acts on the bodies of one leaf.
#[derive(Default)]
struct Acting {
    x: Vec<f32>,
    y: Vec<f32>,
    charge: Vec<f32>,
    /// Bodies that may touch.
    near: Vec<Range<usize>>,
}

impl Acting {
    fn collect(&mut self, bodies: &Bodies, tree: &Quadtree, leaf: &Cell) {
        self.x.clear();
        self.y.clear();
        self.charge.clear();
        self.near.clear();
        let touching = 2.0 * bodies.greatest_radius + MARGIN;
        let mut at = 0;
        while let Some(cell) = tree.cells.get(at) {
            let touches = leaf.content.gap_squared(&cell.content) <= touching * touching;
            let width = cell.content.width() / OPENING;
            if !touches && leaf.content.distance_squared(cell.centre) > width * width {
                self.push_point(cell);
                at = cell.skip;
            } else if cell.leaf {
                self.push_bodies(bodies, cell);
                if touches {
                    self.near.push(cell.bodies.start..cell.bodies.end.min(cell.bodies.start + CROWD));
                }
                at = cell.skip;
            } else {
                at += 1;
            }
        }
        let full = self.x.len().next_multiple_of(LANES);
        self.x.resize(full, 0.0);
        self.y.resize(full, 0.0);
        self.charge.resize(full, 0.0);
    }

    fn push_point(&mut self, cell: &Cell) {
        self.x.push(cell.centre.x);
        self.y.push(cell.centre.y);
        self.charge.push(cell.content.charge);
    }

    fn push_bodies(&mut self, bodies: &Bodies, cell: &Cell) {
        if cell.bodies.len() > CROWD {
            return self.push_point(cell);
        }
        let [x, y, charge] = bodies.lanes(&cell.bodies);
        self.x.extend_from_slice(x);
        self.y.extend_from_slice(y);
        self.charge.extend_from_slice(charge);
    }

    /// The sum of all repulsion on one body. Its own share is zero, as it is at no distance from itself.
    fn repulsion(&self, body: &Body) -> Vec2 {
        let (mut sum_x, mut sum_y) = ([0f32; LANES], [0f32; LANES]);
        let (xs, _) = self.x.as_chunks::<LANES>();
        let (ys, _) = self.y.as_chunks::<LANES>();
        let (charges, _) = self.charge.as_chunks::<LANES>();
        for ((x, y), charge) in xs.iter().zip(ys).zip(charges) {
            let lanes = sum_x.iter_mut().zip(&mut sum_y).zip(x.iter().zip(y).zip(charge));
            for ((sum_x, sum_y), ((x, y), charge)) in lanes {
                let (dx, dy) = (body.x - x, body.y - y);
                let weight = charge / (dx * dx + dy * dy + SOFTENING * SOFTENING);
                *sum_x += dx * weight;
                *sum_y += dy * weight;
            }
        }
        Vec2::new(sum_x.iter().sum(), sum_y.iter().sum()) * (STRENGTH * body.charge)
    }
}

/// Moves a body, and a cold one that it touches, out of their overlap: the lighter one more.
fn step_aside(body: &Body, other: &Body, forces: &mut Forces) {
    let apart = Vec2::new(body.x - other.x, body.y - other.y);
    let wanted = body.radius + other.radius + MARGIN;
    let distance_squared = apart.length_squared();
    if distance_squared >= wanted * wanted || body.slot == other.slot {
        return;
    }
    let distance = distance_squared.sqrt();
    let away = if distance > 0.01 { apart / distance } else { any_direction(body.slot, other.slot) };
    let step = away * ((wanted - distance) * YIELDING / (body.mobility + other.mobility));
    forces.add(body.slot as usize, |force| force.aside += step * body.mobility);
    if !other.hot {
        forces.add(other.slot as usize, |force| force.aside -= step * other.mobility);
    }
}

/// A direction for two bodies in the same place: opposite for the two, different for every pair.
fn any_direction(one: u32, other: u32) -> Vec2 {
    let pair = one.min(other).wrapping_mul(0x9E37_79B1) ^ one.max(other).wrapping_mul(0x85EB_CA77);
    let angle = (pair >> 8) as f32 / (1u32 << 24) as f32 * TAU;
    Vec2::from_angle(angle) * if one < other { 1.0 } else { -1.0 }
}
