//! A quadtree in one flat list, parents before children, so that it is walked without a stack.

use std::ops::Range;

use fdg_sim::glam::Vec2;

use super::bodies::{Bodies, LEVELS};

/// A leaf holds up to this many bodies.
const BUCKET: usize = 12;

/// One square of the plane that is not empty.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) content: Content,
    /// The centre of charge.
    pub(super) centre: Vec2,
    /// The cell that follows when nothing below this one matters.
    pub(super) skip: usize,
    pub(super) bodies: Range<usize>,
    pub(super) leaf: bool,
}

/// What is in a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content {
    pub(super) charge: f32,
    /// Sum of places, each times its charge.
    weighted: Vec2,
    /// The corners of the box around the bodies, which is mostly smaller than the square.
    pub(super) low: Vec2,
    pub(super) high: Vec2,
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
        self.cells.push(Cell { content: Content::NOTHING, centre: Vec2::ZERO, skip: 0, bodies: range.clone(), leaf });
        let content = if leaf {
            Content::of_bodies(bodies, &range)
        } else {
            self.quarter(bodies, range, level - 1);
            self.content_below(cell)
        };
        let next = self.cells.len();
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.content = content;
            cell.centre = content.weighted / content.charge;
            cell.skip = next;
        }
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

    fn content_below(&self, parent: usize) -> Content {
        let mut content = Content::NOTHING;
        let mut at = parent + 1;
        while let Some(child) = self.cells.get(at) {
            content = content.with(child.content);
            at = child.skip;
        }
        content
    }
}

impl Content {
    const NOTHING: Self = Self { charge: 0.0, weighted: Vec2::ZERO, low: Vec2::splat(f32::INFINITY), high: Vec2::splat(f32::NEG_INFINITY) };

    fn of_bodies(bodies: &Bodies, range: &Range<usize>) -> Self {
        bodies.all(range).iter().fold(Self::NOTHING, |content, body| {
            let at = Vec2::new(body.x, body.y);
            content.with(Self { charge: body.charge, weighted: at * body.charge, low: at, high: at })
        })
    }

    fn with(self, other: Self) -> Self {
        Self {
            charge: self.charge + other.charge,
            weighted: self.weighted + other.weighted,
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The longer side of the box.
    pub(super) fn width(&self) -> f32 {
        (self.high - self.low).max_element()
    }

    /// Square of the distance between the nearest points of the two boxes; 0 if they meet.
    pub(super) fn gap_squared(&self, other: &Self) -> f32 {
        (other.low - self.high).max(self.low - other.high).max(Vec2::ZERO).length_squared()
    }

    /// Square of the distance from the nearest point of the box; 0 inside.
    pub(super) fn distance_squared(&self, to: Vec2) -> f32 {
        (self.low - to).max(to - self.high).max(Vec2::ZERO).length_squared()
    }
}
