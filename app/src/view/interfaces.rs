//! The interfaces of the start screen: a row each, with how busy it is.

use capture::interfaces::Kind;
use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bits::{caption, command_ui, error_ui, line};
use super::icon::{self, Icon, focus_ring};
use super::spark::sparkline;
use crate::state::action::Open;
use crate::state::interfaces::Row;
use crate::state::{Action, Start};
use crate::theme::{Palette, regular, size, strong};
use crate::units::rate;

/// So many are shown at once; the others behind a link.
const SHOWN: usize = 6;
/// A sparkline shows so many seconds.
const SECONDS: usize = 40;
/// A sparkline of less than this many bytes a second does not reach its upper edge.
const LEAST: f32 = 4_000.0;

/// Shows them.
pub fn interfaces_ui(ui: &mut Ui, start: &Start, actions: &mut Vec<Action>) {
    if let Some(error) = &start.interfaces.error {
        error_ui(ui, &format!("The interfaces cannot be listed: {error}"));
    }
    let id = ui.scope_id().with("all interfaces");
    let all = ui.data(|d| d.get_temp::<bool>(id).unwrap_or(false));
    let rows = start.interfaces.rows();
    let usable = rows.iter().filter(|r| r.interface.up).count();
    let shown = if all { rows.len() } else { usable.min(SHOWN) };
    let (up, down): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|r| r.interface.up);
    ui.spacing_mut().item_spacing.y = 4.0;
    for row in up.into_iter().chain(down).take(shown) {
        row_ui(ui, row, start, actions);
    }
    if rows.len() > shown || all {
        let text = if all { "Show fewer".to_owned() } else { format!("Show all {}", rows.len()) };
        if ui.link(text).clicked() {
            ui.data_mut(|d| d.insert_temp(id, !all));
        }
    }
    if let Some(remedy) = rows.iter().find_map(|r| r.remedy.as_ref()) {
        ui.add_space(2.0);
        caption(ui, "To watch without sudo, once and for all:");
        command_ui(ui, &remedy.lasting, actions);
    }
    if start.interfaces.ask() {
        caption(ui, "A helper captures for this window; it asks for a password first.");
    }
}

fn row_ui(ui: &mut Ui, row: &Row, start: &Start, actions: &mut Vec<Action>) {
    let open = Open::Interface(row.interface.name.clone());
    let response = button_ui(ui, row);
    if response.clicked() && row.remedy.is_none() {
        actions.push(Action::Open(open.clone()));
    }
    if let Some(remedy) = &row.remedy {
        command_ui(ui, &remedy.command, actions);
        ui.add_space(4.0);
    }
    if let Some(error) = start.error_of(|failed| *failed == open) {
        error_ui(ui, error);
    }
}

fn button_ui(ui: &mut Ui, row: &Row) -> Response {
    let palette = Palette::of(ui.ctx());
    let interface = &row.interface;
    let usable = interface.permitted && interface.up;
    let sense = if usable { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 50.0), sense);
    let about = about(row);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, usable, format!("Watch {}: {about}, {}", interface.name, rate(row.rate))));
    let fill = if response.hovered() && usable { palette.hover } else { palette.raised };
    let painter = ui.painter();
    painter.rect_filled(rect, 9.0, fill);
    focus_ring(ui, rect, &response);

    let text = if usable { palette.text } else { palette.weak };
    let sign = Rect::from_center_size(rect.left_center() + vec2(24.0, 0.0), vec2(20.0, 20.0));
    icon::paint(painter, sign, sign_of(interface.kind), 19.0, if usable { palette.accent } else { palette.faint });

    let plot = if rect.width() > 360.0 { 90.0 } else { 56.0 };
    let spark = Rect::from_min_max(pos2(rect.right() - 88.0 - plot, rect.top() + 13.0), pos2(rect.right() - 88.0, rect.bottom() - 13.0));
    let shown = row.traffic.samples().len().min(SECONDS);
    let recent = row.traffic.samples().skip(row.traffic.samples().len() - shown);
    sparkline(painter, spark, recent.collect::<Vec<_>>().into_iter(), SECONDS, LEAST, if usable { palette.accent } else { palette.faint });

    let width = spark.left() - rect.left() - 52.0;
    let name = line(ui, &interface.name, strong(size::BODY + 0.5), text, width);
    let below = line(ui, &about, regular(size::SMALL), palette.weak, width);
    let left = rect.left() + 46.0;
    let top = rect.center().y - (name.size().y + below.size().y + 1.0) / 2.0;
    painter.galley(pos2(left, top), name.clone(), text);
    painter.galley(pos2(left, top + name.size().y + 1.0), below, palette.weak);
    let speed = line(ui, &rate(row.rate), regular(size::BODY), text, 84.0);
    painter.galley(pos2(rect.right() - 14.0 - speed.size().x, rect.center().y - speed.size().y / 2.0), speed, text);
    response
}

/// What it is, in a few words.
fn about(row: &Row) -> String {
    let interface = &row.interface;
    let what = interface.description.clone().unwrap_or_else(|| interface.kind.to_string());
    match interface.addresses.first() {
        _ if !interface.up => format!("{what} · switched off"),
        _ if !interface.permitted => format!("{what} · needs permission"),
        Some(address) => format!("{what} · {address}"),
        None => what,
    }
}

const fn sign_of(kind: Kind) -> Icon {
    match kind {
        Kind::Ethernet => Icon::Wired,
        Kind::Wifi | Kind::Mobile => Icon::Wireless,
        Kind::Loopback => Icon::Loop,
        Kind::Any => Icon::Globe,
        Kind::Tunnel => Icon::Arrow,
        Kind::Bridge | Kind::Container | Kind::Virtual => Icon::Cube,
    }
}
