//! The flows of what is selected, busiest first; a click selects one.

use egui::{Role, Sense, Ui, WidgetInfo, pos2, vec2};
use graph::{Cell, Details, Row, Rows, Subject};

use crate::state::Action;
use crate::theme::{Palette, regular, size};
use crate::units;
use crate::view::bits::{heading, line};
use crate::view::icon::focus_ring;

/// So many are shown; the table has all.
const SHOWN: usize = 30;

/// Shows them; `of` is the name of what is selected, which need not be said again.
pub(super) fn flows_ui(ui: &mut Ui, details: &Details, of: &str, actions: &mut Vec<Action>) {
    let rows = &details.flows;
    if rows.rows.is_empty() || matches!(details.subject, Subject::Flow(_)) {
        return;
    }
    heading(ui, &format!("FLOWS  {}", units::count(rows.total as u64)));
    ui.spacing_mut().item_spacing.y = 1.0;
    for row in rows.rows.iter().take(SHOWN) {
        if row_ui(ui, rows, row, of) {
            actions.push(Action::Select(Some(row.subject)));
        }
    }
    ui.add_space(6.0);
    if ui.link("All of them in the table").clicked() {
        actions.push(Action::FlowsOf(details.subject));
    }
}

/// One flow: who with whom, for what, how fast. Returns whether it was clicked.
fn row_ui(ui: &mut Ui, rows: &Rows, row: &Row, of: &str) -> bool {
    let palette = Palette::of(ui.ctx());
    let text = |name: &str| cell(rows, row, name).map(units::cell).unwrap_or_default();
    let (from, to, service, rate) = (text("source"), text("destination"), text("service"), text("rate"));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Flow {from} to {to}, {service}, {rate}")));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), 6.0, palette.hover);
    }
    focus_ring(ui, rect.expand2(vec2(6.0, 0.0)), &response);
    let width = rect.width() - 84.0;
    let ends = match (from == of, to == of) {
        (true, false) => format!("→ {to}"),
        (false, true) => format!("← {from}"),
        _ => format!("{from} → {to}"),
    };
    let first = line(ui, &ends, regular(size::BODY), palette.text, width);
    let second = line(ui, &service, regular(size::SMALL), palette.weak, width);
    let speed = line(ui, &rate, regular(size::BODY), palette.text, 80.0);
    let painter = ui.painter();
    painter.galley(pos2(rect.left(), rect.top() + 2.0), first, palette.text);
    painter.galley(pos2(rect.left(), rect.top() + 20.0), second, palette.weak);
    painter.galley(pos2(rect.right() - speed.size().x, rect.center().y - speed.size().y / 2.0), speed, palette.text);
    response.clicked()
}

fn cell<'a>(rows: &Rows, row: &'a Row, name: &str) -> Option<&'a Cell> {
    row.cells.get(rows.columns.iter().position(|c| c.name == name)?)
}
