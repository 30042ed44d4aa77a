//! What a query sums, in place of a table: a row a group, and a bar for the first figure.

use egui::{
    Align2, Context, EventFilter, FocusDirection, Frame, Id, Key, Margin, Modifiers, Rangef, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use graph::{Cell, ListColumn, SumRow, Sums, ValueType};

use super::body::{ROW, offset_showing};
use crate::state::table::Command;
use crate::state::{Action, Picture, State};
use crate::theme::{Palette, regular, size, strong};
use crate::units::{self, count};
use crate::view::bits::{caption, heading, line};
use crate::view::icon::{Icon, focus_ring, icon_button};
use crate::view::menu::{entry, menu_ui};

const PAD: f32 = 10.0;
/// The width of a column of figures, in points.
const FIGURE: f32 = 110.0;
/// The width that bars are given where groups can do with less, the least with which they stand beside their figures, and the most.
const BARS: f32 = 260.0;
const LEAST_BARS: f32 = 80.0;
const MOST_BARS: f32 = 720.0;

/// Shows them.
pub fn sums_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.background);
    let Some(sums) = &picture.sums else { return };
    Frame::new().inner_margin(Margin { left: 14, right: 10, top: 10, bottom: 8 }).show(ui, |ui| tools_ui(ui, sums, actions));
    let places = places(sums, ui.available_width() - 20.0);
    header_ui(ui, sums, &places);
    let goes = obey(ui.ctx(), sums, state, actions);
    let most = sums.rows.iter().filter_map(|row| amount(row, bar_column(sums)?)).fold(0.0, f64::max);
    state.table.page = (ui.available_height() / ROW) as usize;
    // Rows are as far from one another as they are high, to whoever counts them too.
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if let Some(nth) = goes {
        area = area.vertical_scroll_offset(offset_showing(nth, state.table.scrolled, ui.available_height()));
    }
    let shown = area.show_rows(ui, ROW, sums.rows.len(), |ui, range| {
        for (nth, row) in sums.rows.iter().enumerate().skip(range.start).take(range.len()) {
            row_ui(ui, nth, row, sums, &places, most, state, actions);
        }
    });
    state.table.scrolled = shown.state.clamped_offset().y;
}

/// Does what the keyboard said. Returns to which row that leads.
fn obey(ctx: &Context, sums: &Sums, state: &mut State, actions: &mut Vec<Action>) -> Option<usize> {
    let mut goes = None;
    for command in std::mem::take(&mut state.table.commands) {
        match command {
            Command::Go { .. } => goes = Some(0),
            Command::Copy | Command::CopyAll => actions.push(Action::Copy(as_text(sums))),
            Command::SelectAll | Command::Open | Command::Menu | Command::Fold(_) => {}
        }
    }
    if let Some(at) = state.table.sum.filter(|nth| ctx.memory(|memory| memory.has_focus(row_id(*nth)))) {
        let pressed = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let page = state.table.page.max(1);
        let steps = [
            (Key::ArrowDown, at + 1),
            (Key::ArrowUp, at.saturating_sub(1)),
            (Key::PageDown, at + page),
            (Key::PageUp, at.saturating_sub(page)),
            (Key::Home, 0),
            (Key::End, usize::MAX),
        ];
        goes = steps.into_iter().filter(|(key, _)| pressed(*key)).map(|(_, to)| to).next_back().or(goes);
    }
    let goes = goes?.min(sums.rows.len().checked_sub(1)?);
    state.table.sum = Some(goes);
    ctx.memory_mut(|memory| {
        memory.request_focus(row_id(goes));
        memory.move_focus(FocusDirection::None);
    });
    Some(goes)
}

/// Rows change places, and the keyboard stays where it is.
fn row_id(nth: usize) -> Id {
    Id::unique(("sums", nth))
}

/// How many groups there are of how many flows; a way to copy them, and a way back.
fn tools_ui(ui: &mut Ui, sums: &Sums, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.set_height(30.0);
        heading(ui, "Sums");
        let shown = if sums.rows.len() < sums.total { format!("{} of ", count(sums.rows.len() as u64)) } else { String::new() };
        caption(ui, format!("{shown}{} groups of {} flows", count(sums.total as u64), count(sums.flows as u64)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Copy, "Copy all rows").on_hover_text("Copy all rows").clicked() {
                actions.push(Action::Copy(as_text(sums)));
            }
        });
    });
}

fn as_text(sums: &Sums) -> String {
    let titles = sums.columns.iter().map(|column| column.title.clone()).collect::<Vec<_>>().join("\t");
    let rows = sums.rows.iter().map(|row| row.cells.iter().map(units::cell).collect::<Vec<_>>().join("\t"));
    std::iter::once(titles).chain(rows).collect::<Vec<_>>().join("\n")
}

/// From where to where what goes, from the left edge.
struct Places {
    columns: Vec<Rangef>,
    /// The bars, beside their column; none where there is no room: then they stand behind its figures.
    bars: Option<Rangef>,
}

/// Figures are of one width, groups share the rest, and what they leave the bars have.
fn places(sums: &Sums, width: f32) -> Places {
    let is_figure = |column: &ListColumn| column.numeric && column.field.is_none();
    let figures = sums.columns.iter().filter(|column| is_figure(column)).count();
    let groups = sums.columns.len().saturating_sub(figures).max(1) as f32;
    let all = figures as f32 * FIGURE;
    let group = ((width - all - BARS) / groups).clamp(120.0, 320.0);
    let room = width - all - groups * group;
    let (mut left, mut bars) = (8.0, None);
    let mut columns = Vec::new();
    for (at, column) in sums.columns.iter().enumerate() {
        let width = if is_figure(column) { FIGURE } else { group };
        columns.push(Rangef::new(left, left + width));
        left += width;
        if bar_column(sums) == Some(at) && room >= LEAST_BARS {
            bars = Some(Rangef::new(left + 4.0, left + room.min(MOST_BARS) - 8.0));
            left += room.min(MOST_BARS);
        }
    }
    Places { columns, bars }
}

fn header_ui(ui: &mut Ui, sums: &Sums, places: &Places) {
    let palette = Palette::of(ui.ctx());
    let (band, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    ui.painter().rect_filled(band, 0.0, palette.panel);
    ui.painter().hline(band.x_range(), band.bottom(), (1.0, palette.line));
    for (column, place) in sums.columns.iter().zip(&places.columns) {
        let room = Rect::from_x_y_ranges(Rangef::new(band.left() + place.min, band.left() + place.max), band.y_range());
        text(ui, room.shrink2(vec2(PAD, 0.0)), &column.title, strong(size::SMALL + 0.5), palette.weak, column.numeric);
        ui.interact(room, ui.scope_id().with(&column.title), Sense::hover()).on_hover_text(format!("{}: {}", column.title, column.help));
    }
}

#[expect(clippy::too_many_arguments, reason = "a row is of all of these")]
fn row_ui(ui: &mut Ui, nth: usize, row: &SumRow, sums: &Sums, places: &Places, most: f64, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let response = ui.interact(rect, row_id(nth), Sense::click());
    if response.has_focus() {
        state.table.sum = Some(nth);
        let own = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, own));
    }
    let word = |(column, cell): (&ListColumn, &Cell)| format!("{} {}", column.title, units::cell(cell));
    let words = || sums.columns.iter().zip(&row.cells).map(word).collect::<Vec<_>>().join(", ");
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, words()));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.hover.gamma_multiply(0.7));
    } else if nth % 2 == 1 {
        ui.painter().rect_filled(rect, 0.0, palette.raised.gamma_multiply(if palette.dark { 0.35 } else { 0.6 }));
    }
    focus_ring(ui, rect, &response);
    for (at, (cell, place)) in row.cells.iter().zip(&places.columns).enumerate() {
        let room = Rect::from_x_y_ranges(Rangef::new(rect.left() + place.min, rect.left() + place.max), rect.y_range());
        if bar_column(sums) == Some(at)
            && let Some(amount) = amount(row, at).filter(|_| most > 0.0)
        {
            let part = (amount / most) as f32;
            let (from, to) = match places.bars {
                Some(bars) => (rect.left() + bars.min, rect.left() + bars.min + (bars.span() * part).max(1.5)),
                None => (room.right() - 6.0 - (FIGURE - 12.0) * part, room.right() - 6.0),
            };
            let bar = Rect::from_min_max(pos2(from, room.top() + 7.0), pos2(to, room.bottom() - 7.0));
            ui.painter().rect_filled(bar, 3.0, palette.accent.gamma_multiply(if palette.dark { 0.35 } else { 0.25 }));
        }
        let numeric = sums.columns.get(at).is_some_and(|column| column.numeric);
        let words = if *cell == Cell::Empty { "–".to_owned() } else { units::cell(cell) };
        let colour = if *cell == Cell::Empty { palette.faint } else { palette.text };
        text(ui, room.shrink2(vec2(PAD, 0.0)), &words, regular(size::BODY), colour, numeric);
    }
    let narrowed = |not: bool| {
        let active = state.query.active();
        let only = |query: graph::Query, (field, value): &(graph::FieldId, Option<graph::Value>)| {
            query.and(*field, value.as_ref(), not != value.is_none())
        };
        row.group.iter().fold(if not { graph::Query::clone(active) } else { active.filter() }, only).to_string()
    };
    // A key clicks once.
    if response.double_clicked() || response.clicked() && response.has_focus() {
        actions.push(Action::SetQuery(narrowed(false)));
    }
    menu_ui(&response.on_hover_text("Double-click or Enter: its flows"), false, |ui, _| {
        if entry(ui, "Show its flows") {
            actions.push(Action::SetQuery(narrowed(false)));
        }
        if row.group.len() == 1 && entry(ui, "Filter it out") {
            actions.push(Action::SetQuery(narrowed(true)));
        }
        if entry(ui, "Copy all rows") {
            actions.push(Action::Copy(as_text(sums)));
        }
    });
}

/// The first column of figures has bars.
fn bar_column(sums: &Sums) -> Option<usize> {
    sums.columns.iter().position(|column| column.field.is_none() && (column.numeric || column.value_type == ValueType::Integer))
}

fn amount(row: &SumRow, at: usize) -> Option<f64> {
    match row.cells.get(at)? {
        Cell::Count(n) | Cell::Bytes(n) | Cell::Number(n) => Some(*n as f64),
        Cell::Rate(rate) | Cell::Share(rate) => Some(f64::from(*rate)),
        Cell::Duration(duration) => Some(duration.as_secs_f64()),
        Cell::Empty | Cell::Text(_) | Cell::Addr(_) | Cell::Time(_) => None,
    }
}

fn text(ui: &Ui, room: Rect, words: &str, font: egui::FontId, colour: egui::Color32, right: bool) {
    let galley = line(ui, words, font, colour, room.width());
    let (align, at) = if right { (Align2::RIGHT_CENTER, room.right_center()) } else { (Align2::LEFT_CENTER, room.left_center()) };
    let place = align.anchor_size(at, galley.size()).min;
    ui.painter().galley(pos2(place.x, place.y.round()), galley, colour);
}

#[cfg(test)]
mod tests {
    use graph::Query;

    use super::*;
    use crate::pipeline::new_model;

    fn sums(text: &str) -> Sums {
        let (model, _world) = new_model(&["test"], graph::Limits::default()).unwrap();
        model.sums(&Query::parse(text, model.schema()).unwrap()).unwrap()
    }

    #[test]
    fn bars_have_what_is_left_and_cover_no_figure() {
        let sums = sums("| sum bytes by service, src.ip");
        for (width, beside) in [(300.0, false), (440.0, true), (800.0, true), (2_500.0, true)] {
            let Places { columns, bars } = places(&sums, width);
            assert_eq!((columns.len(), bars.is_some()), (3, beside), "{width}");
            assert!(columns.windows(2).all(|two| two[0].max <= two[1].min), "{width}");
            if let Some(bars) = bars {
                assert!(bars.min > columns[2].max && bars.max <= width + 8.0 && bars.span() > 60.0, "{width}: {bars:?}");
            }
        }
    }
}
