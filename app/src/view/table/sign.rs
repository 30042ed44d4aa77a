//! The quiet sign of a row that is worth a second look, as nodes of the graph have it, and the evidence for it.

use egui::{Rect, Response, Sense, Ui, pos2, vec2};
use graph::{Cell, ListColumn, Meaning, Registry, Row, Schema};

use crate::theme::Palette;
use crate::units;

/// How large it is, and the room in which the pointer finds it, in points.
const RADIUS: f32 = 3.0;
const ROOM: f32 = 16.0;

/// Which columns say that a row is worth a second look, shown or not.
pub(super) fn columns(columns: &[ListColumn], schema: &Schema, registry: &Registry) -> Vec<usize> {
    let is_sign = |column: &ListColumn| {
        let registered = column.field.and_then(|id| schema.field(id)?.tag).and_then(|id| registry.column(id));
        registered.is_some_and(|column| column.meaning == Some(Meaning::Sign))
    };
    columns.iter().enumerate().filter(|(_, column)| is_sign(column)).map(|(index, _)| index).collect()
}

/// What they say of a row, a line each; none where they say nothing.
pub(super) fn evidence(row: &Row, columns: &[ListColumn], signs: &[usize]) -> Option<String> {
    let said = |index: &usize| {
        let (column, cell) = (columns.get(*index)?, row.cells.get(*index)?);
        (*cell != Cell::Empty).then(|| format!("{}: {}", column.name, units::cell(cell)))
    };
    let said: Vec<String> = signs.iter().filter_map(said).collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

/// Shows it in the free space before a row's first column, which begins at `left`; the evidence while the pointer is there or the row has the keyboard.
pub(super) fn sign_ui(ui: &Ui, row: &Response, left: f32, evidence: &str) {
    let palette = Palette::of(ui.ctx());
    let at = Rect::from_center_size(pos2(left, row.rect.center().y), vec2(ROOM, row.rect.height()));
    let response = ui.interact(at, row.id.with("sign"), Sense::hover());
    ui.painter().circle_filled(at.center(), RADIUS, palette.warn);
    if row.has_focus() {
        response.show_tooltip_text(evidence);
    } else {
        response.on_hover_text(evidence);
    }
}
