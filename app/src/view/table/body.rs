//! The rows of a table: only those in view are drawn, and only a window around them is asked for.

use std::ops::Range;
use std::time::Duration;

use egui::{Align2, Label, Modifiers, Pos2, Rangef, Rect, Response, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use graph::{Cell, Row, Rows, Subject, Table, Time};

use super::header::{self, header_ui};
use super::sign;
use crate::state::columns::{Arranged, arrange};
use crate::state::query::{Narrow, Stays};
use crate::state::settings::Columns;
use crate::state::table::{Click, Command, row};
use crate::state::{self, Action};
use crate::theme::{Palette, regular, size};
use crate::units;
use crate::view::bits::line;
use crate::view::icon::focus_ring;
use crate::view::menu::{entry, menu_ui};

use super::branch::{branch_ui, glow};

/// The height of a row, in points.
pub(super) const ROW: f32 = 27.0;
/// Free space at both sides of a cell, in points.
pub(super) const PAD: f32 = 10.0;
/// Free space before the first column, in points.
const MARGIN: f32 = 8.0;
/// The window of rows that is asked for begins and ends at multiples of this, so that a small scroll asks for nothing.
const GRAIN: usize = 32;

/// A column on the screen; `left` counts from the left edge of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) index: usize,
    pub(super) left: f32,
    pub(super) width: f32,
}

/// What is the same for every row.
struct Sheet<'a> {
    rows: &'a Rows,
    placed: &'a [Placed],
    left: f32,
    selection: Option<Subject>,
    signs: &'a [usize],
}

/// What there is to show.
pub(super) struct Body<'a> {
    /// Which table.
    pub(super) table: Table,
    /// Its rows, once there are any.
    pub(super) rows: Option<&'a Rows>,
    /// What filters them, if anything does, in words.
    pub(super) filter: Option<&'a str>,
    /// How many there were without a filter, where that is known.
    pub(super) all: Option<u64>,
    /// What it asks for and nobody told of.
    pub(super) untold: Option<&'a str>,
    /// What is selected.
    pub(super) selection: Option<Subject>,
    /// The columns that say that a row is worth a second look.
    pub(super) signs: &'a [usize],
}

/// Shows the rows. Returns which ones are needed.
pub(super) fn body_ui(
    ui: &mut Ui,
    body: &Body<'_>,
    columns: &mut Columns,
    state: &mut state::Table,
    actions: &mut Vec<Action>,
) -> Range<usize> {
    let Body { table, rows, filter, all, untold, selection, signs } = *body;
    let height = ui.available_height();
    let visible = ((height - header::HEIGHT) / ROW).max(1.0) as usize;
    state.page = visible.saturating_sub(1).max(1);
    let Some(rows) = rows else { return 0..window_end(0, visible) };
    let arranged: Vec<Arranged> = arrange(&rows.columns, columns).into_iter().filter(|a| a.shown).collect();
    let placed = place(ui, rows, &arranged);
    let mut area = ScrollArea::both().id_salt(("rows", table)).auto_shrink(false).content_margin(0);
    if let Some(index) = state.scroll_to.take() {
        area = area.vertical_scroll_offset(offset_showing(index, state.scrolled, height - header::HEIGHT));
    }
    let width = placed.last().map_or(0.0, |p| p.left + p.width);
    let shown = area.show_viewport(ui, |ui, viewport| {
        ui.set_min_size(vec2(width, header::HEIGHT + rows.total as f32 * ROW));
        let origin = ui.min_rect().min;
        let first = (viewport.min.y / ROW).max(0.0) as usize;
        let sheet = Sheet { rows, placed: &placed, left: origin.x, selection, signs };
        for index in first..(first + visible + 2).min(rows.total) {
            let Some(one) = row(rows, index) else { continue };
            let top = origin.y + header::HEIGHT + index as f32 * ROW;
            let rect = Rect::from_x_y_ranges(ui.clip_rect().x_range(), Rangef::new(top, top + ROW));
            row_ui(ui, rect, index, one, &sheet, state, actions);
        }
        let corner = pos2(origin.x, origin.y + viewport.min.y.max(0.0));
        header_ui(ui, corner, rows.table, &rows.columns, &placed, columns);
        first
    });
    state.menu = None;
    state.scrolled = shown.state.clamped_offset().y;
    if rows.total == 0 {
        empty_ui(ui, shown.inner_rect, filter, all, untold, actions);
    }
    let start = (shown.inner.saturating_sub(GRAIN / 2)) / GRAIN * GRAIN;
    start..window_end(shown.inner, visible)
}

/// Where the window of rows ends, if so many are visible from `first` on.
const fn window_end(first: usize, visible: usize) -> usize {
    (first + visible + 2 * GRAIN).div_ceil(GRAIN) * GRAIN
}

/// How far to scroll so that a row is in view: as little as possible.
pub(super) fn offset_showing(index: usize, scrolled: f32, height: f32) -> f32 {
    let top = index as f32 * ROW;
    if top < scrolled { top } else { scrolled.max(top + ROW - height) }
}

/// Where the columns stand. What the user did not size is by its kind; if the user sized none, they fill the width.
fn place(ui: &Ui, rows: &Rows, arranged: &[Arranged]) -> Vec<Placed> {
    let widths: Vec<f32> = arranged.iter().map(|a| a.width.unwrap_or_else(|| usual_width(ui, rows, a.index))).collect();
    let total: f32 = widths.iter().sum();
    let sized = arranged.iter().any(|a| a.width.is_some());
    let stretch = if sized || total <= 0.0 { 1.0 } else { ((ui.available_width() - 14.0 - MARGIN) / total).max(1.0) };
    let mut left = MARGIN;
    let column = |(a, width): (&Arranged, f32)| {
        let width = (width * stretch).floor();
        left += width;
        Placed { index: a.index, left: left - width, width }
    };
    arranged.iter().zip(widths).map(column).collect()
}

fn usual_width(ui: &Ui, rows: &Rows, index: usize) -> f32 {
    let Some(column) = rows.columns.get(index) else { return 100.0 };
    let kind = rows.rows.iter().filter_map(|r| r.cells.get(index)).find(|c| **c != Cell::Empty);
    let contents = match kind {
        Some(Cell::Time(at)) if !same_day(*at, rows.now) => 160.0,
        Some(Cell::Addr(_)) => 180.0,
        // `19 min 04 s` is the longest.
        Some(Cell::Duration(_)) => 104.0,
        _ if column.numeric => 88.0,
        _ if index == 0 => 220.0,
        _ if column.name == "command" => 320.0,
        _ => 140.0,
    };
    let title = line(ui, &column.title, crate::theme::strong(size::SMALL + 0.5), egui::Color32::PLACEHOLDER, f32::INFINITY);
    (title.size().x + 2.0 * PAD + 14.0).max(contents)
}

fn row_ui(ui: &mut Ui, rect: Rect, index: usize, row: &Row, sheet: &Sheet<'_>, state: &mut state::Table, actions: &mut Vec<Action>) {
    let Sheet { rows, placed, left, selection, signs } = *sheet;
    let palette = Palette::of(ui.ctx());
    let response = ui.interact(rect, ui.scope_id().with(row.subject), Sense::click());
    let evidence = sign::evidence(row, &rows.columns, signs);
    let selected = state.selected.contains(&row.subject) || selection == Some(row.subject);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, in_words(row, rows, placed, evidence.as_deref())));
    let painter = ui.painter();
    if selected {
        painter.rect_filled(rect, 0.0, palette.accent.gamma_multiply(if palette.dark { 0.24 } else { 0.16 }));
    } else if response.hovered() {
        painter.rect_filled(rect, 0.0, palette.hover.gamma_multiply(0.7));
    } else if index % 2 == 1 {
        painter.rect_filled(rect, 0.0, palette.raised.gamma_multiply(if palette.dark { 0.35 } else { 0.6 }));
    }
    if let Some(colour) = row.branch.and_then(|branch| glow(branch, rows.now, palette)) {
        ui.painter().rect_filled(rect, 0.0, colour);
    }
    focus_ring(ui, rect, &response);
    if let Some(evidence) = &evidence {
        sign::sign_ui(ui, &response, left + MARGIN + PAD / 2.0 - 3.0, evidence);
    }
    for place in placed {
        let Some(cell) = row.cells.get(place.index) else { continue };
        let numeric = rows.columns.get(place.index).is_some_and(|c| c.numeric);
        let room = Rect::from_min_size(pos2(left + place.left, rect.top()), vec2(place.width, ROW)).shrink2(vec2(PAD, 0.0));
        let room = match row.branch {
            Some(branch) if place.index == 0 => branch_ui(ui, room, row, branch, state),
            _ if place.index == 0 => after_dot(ui, room, row.subject),
            _ => room,
        };
        cell_ui(ui, room, cell, rows.now, numeric);
    }
    clicked(&response, index, row, sheet, state, actions);
}

/// A dot in the colour of a service's family, as its links in the graph have. Returns the room that is left.
fn after_dot(ui: &Ui, room: Rect, subject: Subject) -> Rect {
    let Subject::Service(service) = subject else { return room };
    let colour = Palette::of(ui.ctx()).family(service.family());
    ui.painter().circle_filled(room.left_center() + vec2(4.0, 0.0), 4.0, colour);
    room.with_min_x(room.left() + 16.0)
}

fn cell_ui(ui: &Ui, room: Rect, cell: &Cell, now: Time, numeric: bool) {
    let palette = Palette::of(ui.ctx());
    let quiet = matches!(cell, Cell::Rate(rate) if *rate < 0.5) || matches!(cell, Cell::Count(0) | Cell::Bytes(0));
    let colour = if quiet { palette.weak } else { palette.text };
    let galley = line(ui, &in_cell(cell, now), regular(size::BODY), colour, room.width());
    let (align, at) = if numeric { (Align2::RIGHT_CENTER, room.right_center()) } else { (Align2::LEFT_CENTER, room.left_center()) };
    let place = align.anchor_size(at, galley.size()).min;
    ui.painter().galley(Pos2::new(place.x, place.y.round()), galley, colour);
}

/// A cell as it stands in the table: of today's times only the time of day.
fn in_cell(cell: &Cell, now: Time) -> String {
    let text = units::cell(cell);
    match (cell, text.split_once(' ')) {
        (Cell::Time(at), Some((_, of_day))) if same_day(*at, now) => of_day.to_owned(),
        _ => text,
    }
}

fn same_day(a: Time, b: Time) -> bool {
    let day = Duration::from_secs(86_400);
    a.floor(day) == b.floor(day)
}

/// A row as a screen reader says it: what is shown of it, and why it is worth a second look.
fn in_words(row: &Row, rows: &Rows, placed: &[Placed], evidence: Option<&str>) -> String {
    let word = |place: &Placed| {
        let (column, cell) = (rows.columns.get(place.index)?, row.cells.get(place.index)?);
        (*cell != Cell::Empty).then(|| format!("{} {}", column.title, units::cell(cell)))
    };
    let evidence = evidence.map(|lines| format!("worth a second look, {}", lines.replace('\n', ", ")));
    placed.iter().filter_map(word).chain(evidence).collect::<Vec<_>>().join(", ")
}

fn clicked(response: &Response, index: usize, row: &Row, sheet: &Sheet<'_>, state: &mut state::Table, actions: &mut Vec<Action>) {
    let modifiers = response.ctx.input(|i| i.modifiers);
    let click = match modifiers {
        Modifiers { shift: true, .. } => Click::Range,
        Modifiers { command: true, .. } => Click::Toggle,
        _ => Click::Alone,
    };
    if response.clicked() {
        actions.push(Action::Select(state.click(index, row.subject, click, sheet.rows)));
    }
    if response.double_clicked() {
        actions.push(Action::ShowInGraph(row.subject));
    }
    if response.secondary_clicked() && !state.selected.contains(&row.subject) {
        actions.push(Action::Select(state.click(index, row.subject, Click::Alone, sheet.rows)));
    }
    let asked = response.id.with("column");
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.secondary_clicked()) {
        let under = |place: &&Placed| (place.left..place.left + place.width).contains(&(at.x - sheet.left));
        let column = sheet.placed.iter().find(under).map(|place| place.index);
        response.ctx.data_mut(|data| data.insert_temp(asked, column));
    }
    menu_ui(response, state.menu == Some(row.subject), |ui, by_key| {
        let subject = sheet.selection.unwrap_or(row.subject);
        if by_key {
            // A key points at no cell.
            let columns = sheet.placed.iter().map(|place| place.index);
            for (words, not) in [("Filter to", false), ("Filter out", true)] {
                let steps: Vec<_> = columns
                    .clone()
                    .flat_map(|column| steps(row, sheet.rows, column))
                    .filter(|step| (step.stays == Stays::Others) == not)
                    .collect();
                ui.menu_button(words, |ui| steps_ui(ui, &steps, actions));
            }
            ui.separator();
        } else if let Some(column) = ui.data(|data| data.get_temp::<Option<usize>>(asked)).flatten() {
            let steps = steps(row, sheet.rows, column);
            steps_ui(ui, &steps, actions);
            if !steps.is_empty() {
                ui.separator();
            }
        }
        if entry(ui, "Show in the graph") {
            actions.push(Action::ShowInGraph(subject));
        }
        if !matches!(subject, Subject::Flow(_)) && entry(ui, "Show its flows") {
            actions.push(Action::FlowsOf(subject));
        }
        ui.separator();
        if entry(ui, "Copy the selected rows") {
            actions.push(Action::Table(Command::Copy));
        }
        if entry(ui, "Copy all rows") {
            actions.push(Action::Table(Command::CopyAll));
        }
    });
}

/// A step to a narrower filter, and what it is called.
struct NarrowBy {
    stays: Stays,
    words: String,
    narrow: Narrow,
}

/// The steps to a narrower filter that a cell leads to.
fn steps(row: &Row, rows: &Rows, column: usize) -> Vec<NarrowBy> {
    let (Some(column), Some(cell)) = (rows.columns.get(column).filter(|column| column.field.is_some()), row.cells.get(column)) else {
        return Vec::new();
    };
    let step = |stays| {
        let narrow = Narrow::by_cell(&column.name, cell, stays)?;
        let what = if stays == Stays::AtLeast { narrow.term() } else { format!("{} {}", column.name, units::cell(cell)) };
        let words = format!("{} {what}", if stays == Stays::Others { "Filter out" } else { "Filter to" });
        Some(NarrowBy { stays, words, narrow })
    };
    [Stays::This, Stays::Others, Stays::AtLeast].into_iter().filter_map(step).collect()
}

fn steps_ui(ui: &mut Ui, steps: &[NarrowBy], actions: &mut Vec<Action>) {
    for step in steps {
        let text = line(ui, &step.words, regular(size::BODY), ui.visuals().text_color(), 320.0);
        if entry(ui, text) {
            actions.push(Action::Narrow(step.narrow.clone()));
        }
    }
}

/// What to say where there is no row.
fn empty_ui(ui: &mut Ui, room: Rect, filter: Option<&str>, all: Option<u64>, untold: Option<&str>, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let text = match (filter, all) {
        (None, _) => "Nothing here yet".to_owned(),
        (Some(filter), None | Some(0)) => format!("Nothing matches {filter}"),
        (Some(filter), Some(1)) => format!("Nothing matches {filter}; it hides one row"),
        (Some(filter), Some(all)) => format!("Nothing matches {filter}; it hides {} rows", units::count(all)),
    };
    let galley = line(ui, &text, regular(size::HEADING - 2.0), palette.weak, room.width() - 40.0);
    let at = room.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, palette.weak);
    let below = Rect::from_center_size(room.center() + vec2(0.0, 34.0), vec2(160.0, 28.0));
    if filter.is_some() && ui.put(below, egui::Button::new("Show all rows")).clicked() {
        actions.push(Action::SetQuery(String::new()));
    }
    if let Some(untold) = untold {
        let room = Rect::from_center_size(room.center() + vec2(0.0, 66.0), vec2(room.width() - 40.0, 20.0));
        ui.put(room, Label::new(RichText::new(untold).color(palette.weak)).truncate());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_scrolled_to_as_little_as_possible() {
        assert_eq!(offset_showing(0, 500.0, 270.0), 0.0);
        assert_eq!(offset_showing(100, 0.0, 270.0), 101.0 * ROW - 270.0);
        assert_eq!(offset_showing(5, 54.0, 270.0), 54.0);
    }

    #[test]
    fn of_todays_times_only_the_time_of_day_is_shown() {
        let now = Time::from_secs(1_700_000_000);
        assert_eq!(in_cell(&Cell::Time(now), now), "22:13:20");
        assert_eq!(in_cell(&Cell::Time(Time::from_secs(1_600_000_000)), now), "2020-09-13 12:26:40");
    }

    #[test]
    fn the_window_covers_what_is_visible() {
        for first in 0..200_usize {
            let start = first.saturating_sub(GRAIN / 2) / GRAIN * GRAIN;
            assert!(start <= first && window_end(first, 40) >= first + 42 && start.is_multiple_of(GRAIN));
        }
    }
}
