//! Which parts of the screen are taken: a grid of rectangles that is asked before anything is put somewhere.

use egui::{Pos2, Rect, Vec2};

/// The size of a cell, in points: about that of a label.
const CELL: Vec2 = Vec2::new(96.0, 32.0);
/// No more cells than this in a row or a column.
const MAX_CELLS: usize = 256;

/// Rectangles that are taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy {
    area: Option<Rect>,
    columns: usize,
    rows: usize,
    cells: Vec<Vec<u32>>,
    taken: Vec<Rect>,
}

impl Occupancy {
    /// Frees everything; from now on it is about `area`.
    pub(super) fn clear(&mut self, area: Rect) {
        let cells = |length: f32, cell: f32| ((length / cell).ceil().max(1.0) as usize).min(MAX_CELLS);
        (self.area, self.columns, self.rows) = (Some(area), cells(area.width(), CELL.x), cells(area.height(), CELL.y));
        self.cells.iter_mut().for_each(Vec::clear);
        self.cells.resize(self.columns * self.rows, Vec::new());
        self.taken.clear();
    }

    /// Takes a rectangle, free or not.
    pub(super) fn take(&mut self, rect: Rect) {
        let Ok(index) = u32::try_from(self.taken.len()) else { return };
        let Some((columns, rows)) = self.cells_of(rect) else { return };
        self.taken.push(rect);
        for cell in rows.flat_map(|row| columns.clone().map(move |column| (row, column))) {
            if let Some(cell) = self.cells.get_mut(cell.0 * self.columns + cell.1) {
                cell.push(index);
            }
        }
    }

    /// Whether nothing overlaps a rectangle.
    pub(super) fn is_free(&self, rect: Rect) -> bool {
        let Some((columns, rows)) = self.cells_of(rect) else { return true };
        let cells = rows.flat_map(|row| columns.clone().map(move |column| row * self.columns + column));
        let mut taken = cells.filter_map(|cell| self.cells.get(cell)).flatten().filter_map(|index| self.taken.get(*index as usize));
        !taken.any(|other| overlap(*other, rect))
    }

    fn cells_of(&self, rect: Rect) -> Option<(std::ops::RangeInclusive<usize>, std::ops::RangeInclusive<usize>)> {
        let area = self.area.filter(|area| area.intersects(rect))?;
        let cell = |at: Pos2| {
            let at = (at - area.min) / CELL;
            let within = |x: f32, cells: usize| (x.max(0.0) as usize).min(cells.saturating_sub(1));
            (within(at.x, self.columns), within(at.y, self.rows))
        };
        let ((left, top), (right, bottom)) = (cell(rect.min), cell(rect.max));
        Some((left..=right, top..=bottom))
    }
}

/// Whether two rectangles share more than an edge.
pub(super) fn overlap(a: Rect, b: Rect) -> bool {
    a.min.x < b.max.x && b.min.x < a.max.x && a.min.y < b.max.y && b.min.y < a.max.y
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn what_is_taken_is_not_free_and_all_else_is() {
        let mut occupancy = Occupancy::default();
        let area = Rect::from_min_size(pos2(100.0, 50.0), Vec2::new(800.0, 600.0));
        occupancy.clear(area);
        let taken = Rect::from_min_size(pos2(300.0, 300.0), Vec2::new(250.0, 70.0));
        occupancy.take(taken);
        for x in 0..80 {
            for y in 0..60 {
                let rect = Rect::from_min_size(pos2(100.0 + x as f32 * 10.0, 50.0 + y as f32 * 10.0), Vec2::new(60.0, 14.0));
                assert_eq!(occupancy.is_free(rect), !overlap(rect, taken), "{rect}");
            }
        }
        occupancy.clear(area);
        assert!(occupancy.is_free(taken));
        assert!(occupancy.taken.is_empty(), "it does not grow from frame to frame");
    }
}
