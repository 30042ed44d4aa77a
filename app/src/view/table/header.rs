//! The titles of the columns: a click sorts, the right edge resizes, dragging moves.

use egui::{CursorIcon, Id, Pos2, Rangef, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use graph::{ListColumn, Table};

use super::body::{PAD, Placed};
use crate::state::columns::{Arranged, keep, sort, sort_by};
use crate::state::settings::Columns;
use crate::theme::{Palette, size, strong};
use crate::view::bits::line;
use crate::view::icon::{self, Icon, focus_ring};

/// The height of the header, in points.
pub(super) const HEIGHT: f32 = 32.0;
/// A column is never narrower.
const LEAST: f32 = 40.0;
/// How far from its edge a column can be resized.
const GRIP: f32 = 5.0;

/// Shows the titles from `left` on, at `top`.
pub(super) fn header_ui(ui: &mut Ui, corner: Pos2, table: Table, offered: &[ListColumn], placed: &[Placed], settings: &mut Columns) {
    let palette = Palette::of(ui.ctx());
    let clip = ui.clip_rect();
    let band = Rect::from_x_y_ranges(clip.x_range(), Rangef::new(corner.y, corner.y + HEIGHT));
    ui.painter().rect_filled(band, 0.0, palette.panel);
    ui.painter().hline(band.x_range(), band.bottom(), (1.0, palette.line));
    for place in placed {
        title_ui(ui, corner, table, offered, place, placed, settings);
    }
    for place in placed {
        grip_ui(ui, corner, offered, place, placed, settings);
    }
}

fn title_ui(ui: &mut Ui, corner: Pos2, table: Table, offered: &[ListColumn], place: &Placed, placed: &[Placed], settings: &mut Columns) {
    let Some(column) = offered.get(place.index) else { return };
    let palette = Palette::of(ui.ctx());
    let rect = Rect::from_min_size(pos2(corner.x + place.left, corner.y), vec2(place.width, HEIGHT));
    let response = ui.interact(rect, title_id(ui, column), Sense::click_and_drag());
    let (by, descending) = sort(table, Some(settings));
    let sorted = column.is_called(by);
    response.widget_info(|| {
        let order = match (sorted, descending) {
            (true, true) => ", sorted, largest first",
            (true, false) => ", sorted, smallest first",
            (false, _) => "",
        };
        WidgetInfo::labeled(Role::ColumnHeader, true, format!("{}{order}", column.title))
    });
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.hover);
    }
    focus_ring(ui, rect, &response);
    let colour = if sorted { palette.text } else { palette.weak };
    let arrow = if sorted { 14.0 } else { 0.0 };
    let title = line(ui, &column.title, strong(size::SMALL + 0.5), colour, rect.width() - 2.0 * PAD - arrow);
    let y = rect.center().y - title.size().y / 2.0;
    let x = if column.numeric { rect.right() - PAD - title.size().x } else { rect.left() + PAD };
    let sign = if column.numeric { x - 9.0 } else { x + title.size().x + 9.0 };
    if sorted {
        let icon = if descending { Icon::Down } else { Icon::Up };
        icon::paint(ui.painter(), Rect::from_center_size(pos2(sign, rect.center().y), vec2(12.0, 12.0)), icon, 12.0, palette.accent);
    }
    ui.painter().galley(pos2(x, y), title, colour);
    if response.clicked() {
        sort_by(table, column, settings);
    }
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.drag_stopped()) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        let gap = gap_at(pointer.x - corner.x, placed);
        let x = corner.x + placed.get(gap).map_or_else(|| end_of(placed), |p| p.left);
        ui.painter().vline(x, Rangef::new(rect.top(), ui.clip_rect().bottom()), (2.0, palette.accent));
        if response.drag_stopped() {
            move_column(place.index, gap, offered, placed, settings);
        }
    }
    response.on_hover_text(format!("{}\nClick to sort, drag to move", column.help));
}

fn title_id(ui: &Ui, column: &ListColumn) -> Id {
    ui.scope_id().with(("title", &column.name))
}

/// Between which columns a place lies: before the one of that number.
fn gap_at(x: f32, placed: &[Placed]) -> usize {
    placed.iter().take_while(|p| p.left + p.width / 2.0 < x).count()
}

fn end_of(placed: &[Placed]) -> f32 {
    placed.last().map_or(0.0, |p| p.left + p.width)
}

/// Puts the column `index` before the shown one of number `gap`.
fn move_column(index: usize, gap: usize, offered: &[ListColumn], placed: &[Placed], settings: &mut Columns) {
    let mut all = crate::state::columns::arrange(offered, settings);
    let before = placed.get(gap).map(|p| p.index);
    if before == Some(index) {
        return;
    }
    let Some(moved) = all.iter().position(|a| a.index == index).map(|at| all.remove(at)) else { return };
    let at = before.and_then(|b| all.iter().position(|a| a.index == b)).unwrap_or(all.len());
    all.insert(at, moved);
    keep(offered, &all, settings);
}

fn grip_ui(ui: &mut Ui, corner: Pos2, offered: &[ListColumn], place: &Placed, placed: &[Placed], settings: &mut Columns) {
    let Some(column) = offered.get(place.index) else { return };
    let x = corner.x + place.left + place.width;
    let rect = Rect::from_x_y_ranges(x - GRIP..=x + GRIP, corner.y..=corner.y + HEIGHT);
    let response = ui.interact(rect, title_id(ui, column).with("grip"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, format!("Width of {}", column.title)));
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        ui.painter().vline(x, Rangef::new(corner.y, corner.y + HEIGHT), (2.0, Palette::of(ui.ctx()).accent));
    }
    if response.dragged() && response.drag_delta().x != 0.0 {
        let width = (place.width + response.drag_delta().x).max(LEAST);
        set_widths(offered, settings, |a| match placed.iter().find(|p| p.index == a.index) {
            Some(_) if a.index == place.index => Some(width),
            Some(shown) => Some(shown.width),
            None => a.width,
        });
    }
    if response.double_clicked() {
        set_widths(offered, settings, |a| if a.index == place.index { None } else { a.width });
    }
}

fn set_widths(offered: &[ListColumn], settings: &mut Columns, width: impl Fn(&Arranged) -> Option<f32>) {
    let mut all = crate::state::columns::arrange(offered, settings);
    for column in &mut all {
        column.width = width(column);
    }
    keep(offered, &all, settings);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::columns::arrange;
    use crate::state::columns::tests::column;

    #[test]
    fn a_column_goes_where_it_is_dropped() {
        let offered = ["a", "b", "hidden", "c"].map(column);
        let mut settings = Columns::default();
        let placed: Vec<Placed> =
            [0, 1, 3].into_iter().enumerate().map(|(i, index)| Placed { index, left: i as f32 * 100.0, width: 100.0 }).collect();
        let order = |settings: &Columns| arrange(&offered, settings).iter().map(|a| a.index).collect::<Vec<_>>();
        move_column(0, gap_at(260.0, &placed), &offered, &placed, &mut settings);
        assert_eq!(order(&settings), [1, 2, 3, 0]);
        let mut settings = Columns::default();
        move_column(3, gap_at(-5.0, &placed), &offered, &placed, &mut settings);
        assert_eq!(order(&settings), [3, 0, 1, 2]);
        let mut settings = Columns::default();
        move_column(1, gap_at(110.0, &placed), &offered, &placed, &mut settings);
        assert_eq!(order(&settings), [0, 1, 2, 3]);
    }
}
