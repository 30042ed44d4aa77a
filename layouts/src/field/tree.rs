//! A quadtree for every share in one flat list, parents before children, so that it is walked without a stack.

use std::ops::Range;

use fdg_sim::glam::Vec2;

use super::bodies::{Bodies, LEVELS};

/// A leaf holds up to this many bodies.
const BUCKET: usize = 12;

/// One square of the plane that is not empty.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) bodies: Range<usize>,
    /// The cell that follows when nothing below this one matters.
    pub(super) skip: usize,
    pub(super) leaf: bool,
    /// Whether forces move any of the bodies.
    pub(super) hot: bool,
    /// The corners of the box around the bodies, which is mostly smaller than the square; its middle, and half its diagonal.
    pub(super) low: Vec2,
    pub(super) high: Vec2,
    pub(super) middle: Vec2,
    pub(super) reach: f32,
    pub(super) greatest_radius: f32,
    pub(super) charge: f32,
    /// The centre of charge.
    pub(super) centre: Vec2,
    /// Sum of the squares of the bodies' places, as complex numbers from the centre, each times its charge.
    pub(super) quadrupole: Vec2,
    /// The field of what is far away, around the middle: its value, slope and half its curvature, as complex numbers.
    pub(super) field: [Vec2; 3],
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) cells: Vec<Cell>,
    /// The first cell of each share.
    pub(super) roots: Vec<usize>,
}

impl Tree {
    pub(super) fn build(&mut self, bodies: &Bodies) {
        self.cells.clear();
        self.roots.clear();
        for (_, range) in bodies.shares.iter().filter(|(_, range)| range.len() > 1) {
            self.roots.push(self.cells.len());
            self.divide(bodies, range.clone(), LEVELS);
        }
    }

    /// Adds the cell of these bodies, and those below it. Bodies in one smallest square are one leaf, however many.
    fn divide(&mut self, bodies: &Bodies, range: Range<usize>, level: u32) {
        let level = self.narrowed(bodies, &range, level);
        let cell = self.cells.len();
        let leaf = level == 0 || range.len() <= BUCKET;
        self.cells.push(Cell::nothing(range.clone(), leaf));
        if !leaf {
            self.quarter(bodies, range.clone(), level - 1);
        }
        let next = self.cells.len();
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.skip = next;
        }
        let sum = if leaf { Cell::of_bodies(bodies, range) } else { self.sum(cell, range) };
        if let Some(cell) = self.cells.get_mut(cell) {
            *cell = Cell { skip: next, ..sum };
        }
    }

    /// The cells right below one.
    pub(super) fn children(&self, cell: usize) -> impl Iterator<Item = usize> + Clone + '_ {
        let end = self.cells.get(cell).map_or(0, |cell| cell.skip);
        let next = |at: &usize| self.cells.get(*at).map(|cell| cell.skip);
        std::iter::successors(Some(cell + 1), next).take_while(move |at| *at < end)
    }

    /// What is in the cells right below one, together.
    fn sum(&self, cell: usize, range: Range<usize>) -> Cell {
        let children = self.children(cell).filter_map(|child| self.cells.get(child));
        let mut sum = Cell::nothing(range, false);
        for child in children.clone() {
            sum.hot |= child.hot;
            sum.low = sum.low.min(child.low);
            sum.high = sum.high.max(child.high);
            sum.greatest_radius = sum.greatest_radius.max(child.greatest_radius);
            sum.charge += child.charge;
            sum.centre += child.centre * child.charge;
        }
        sum.centre /= sum.charge;
        for child in children {
            sum.quadrupole += child.quadrupole + square(child.centre - sum.centre) * child.charge;
        }
        sum.boxed()
    }

    /// The level of the smallest square that holds all of these bodies.
    fn narrowed(&self, bodies: &Bodies, range: &Range<usize>, level: u32) -> u32 {
        let codes = bodies.codes(range.clone());
        let differ = codes.first().zip(codes.last()).map_or(0, |(first, last)| first ^ last);
        level.min((u32::BITS - differ.leading_zeros()).div_ceil(2))
    }

    /// Adds the up to four cells of the next smaller size.
    fn quarter(&mut self, bodies: &Bodies, range: Range<usize>, level: u32) {
        let mut start = range.start;
        for quarter in 0..4 {
            let rest = bodies.codes(start..range.end);
            let end = start + rest.partition_point(|code| code >> (2 * level) & 3 <= quarter);
            if end > start {
                self.divide(bodies, start..end, level);
            }
            start = end;
        }
    }
}

impl Cell {
    fn nothing(bodies: Range<usize>, leaf: bool) -> Self {
        Self {
            bodies,
            skip: 0,
            leaf,
            hot: false,
            low: Vec2::splat(f32::INFINITY),
            high: Vec2::splat(f32::NEG_INFINITY),
            middle: Vec2::ZERO,
            reach: 0.0,
            greatest_radius: 0.0,
            charge: 0.0,
            centre: Vec2::ZERO,
            quadrupole: Vec2::ZERO,
            field: [Vec2::ZERO; 3],
        }
    }

    fn of_bodies(bodies: &Bodies, range: Range<usize>) -> Self {
        let mut sum = Self::nothing(range.clone(), true);
        for (body, of) in range.clone().zip(bodies.get(&range)) {
            let at = bodies.at(body);
            sum.hot |= of.hot;
            sum.low = sum.low.min(at);
            sum.high = sum.high.max(at);
            sum.greatest_radius = sum.greatest_radius.max(of.radius);
            sum.charge += of.charge;
            sum.centre += at * of.charge;
        }
        sum.centre /= sum.charge;
        for (body, of) in range.clone().zip(bodies.get(&range)) {
            sum.quadrupole += square(bodies.at(body) - sum.centre) * of.charge;
        }
        sum.boxed()
    }

    fn boxed(self) -> Self {
        let half = (self.high - self.low) / 2.0;
        Self { middle: self.low + half, reach: half.length(), ..self }
    }

    /// Square of the distance between the nearest points of the two boxes; 0 if they meet.
    pub(super) fn gap_squared(&self, other: &Self) -> f32 {
        (other.low - self.high).max(self.low - other.high).max(Vec2::ZERO).length_squared()
    }
}

/// Two complex numbers, multiplied.
pub(super) fn product(a: Vec2, b: Vec2) -> Vec2 {
    Vec2::new(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
}

fn square(a: Vec2) -> Vec2 {
    product(a, a)
}
