//! A quadtree in one flat list, parents before children, so that it is walked without a stack.

use std::ops::Range;

use super::bodies::{Bodies, LEVELS};

/// A leaf holds up to this many bodies.
const BUCKET: usize = 8;

/// One square of the plane that is not empty.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Centre of charge.
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) charge: f32,
    /// Side of the square.
    pub(super) width: f32,
    /// The cell that follows when nothing below this one matters.
    pub(super) skip: usize,
    pub(super) bodies: Range<usize>,
    pub(super) leaf: bool,
}

#[derive(Debug, Default)]
pub(super) struct Quadtree {
    pub(super) cells: Vec<Cell>,
}

impl Quadtree {
    pub(super) fn build(bodies: &Bodies) -> Self {
        let mut tree = Self { cells: Vec::with_capacity(bodies.len()) };
        if bodies.len() > 0 {
            tree.divide(bodies, 0..bodies.len(), LEVELS);
        }
        tree
    }

    /// Adds the cell of these bodies, and those below it. Bodies in one smallest cell are one leaf, however many.
    fn divide(&mut self, bodies: &Bodies, range: Range<usize>, level: u32) {
        let cell = self.cells.len();
        let leaf = level == 0 || range.len() <= BUCKET;
        let width = bodies.width / (1u32 << (LEVELS - level)) as f32;
        self.cells.push(Cell { x: 0.0, y: 0.0, charge: 0.0, width, skip: 0, bodies: range.clone(), leaf });
        let sums = if leaf {
            Sums::of_bodies(bodies, &range)
        } else {
            let below = level - 1;
            let mut start = range.start;
            for quarter in 0..4 {
                let end = start + bodies.codes(start..range.end).partition_point(|code| code >> (2 * below) & 3 <= quarter);
                if end > start {
                    self.divide(bodies, start..end, below);
                }
                start = end;
            }
            self.sums_below(cell)
        };
        let next = self.cells.len();
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.x = sums.x / sums.charge;
            cell.y = sums.y / sums.charge;
            cell.charge = sums.charge;
            cell.skip = next;
        }
    }

    fn sums_below(&self, parent: usize) -> Sums {
        let mut sums = Sums::default();
        let mut at = parent + 1;
        while let Some(child) = self.cells.get(at) {
            sums.add(child.x, child.y, child.charge);
            at = child.skip;
        }
        sums
    }
}

/// Charge, and place weighed by it.
#[derive(Default)]
struct Sums {
    x: f32,
    y: f32,
    charge: f32,
}

impl Sums {
    fn of_bodies(bodies: &Bodies, range: &Range<usize>) -> Self {
        let mut sums = Self::default();
        for body in bodies.all(range) {
            sums.add(body.x, body.y, body.charge);
        }
        sums
    }

    fn add(&mut self, x: f32, y: f32, charge: f32) {
        self.x += x * charge;
        self.y += y * charge;
        self.charge += charge;
    }
}
