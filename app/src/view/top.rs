//! The bar above: the source and what it does, how much it moves, what of it is shown.

use egui::{Align, Frame, Layout, Margin, Panel, Popup, PopupCloseBehavior, Rect, RichText, Role, Ui, WidgetInfo, vec2};

use super::bits::{Field, caption, choice_ui, error_ui, field_ui, line, short_label};
use super::icon::{Icon, icon_button, icon_toggle};
use super::keys::hint;
use super::query::query_ui;
use super::spark::sparkline;
use crate::pipeline::{Outcome, SourceKind};
use crate::state::action::View;
use crate::state::traffic::SAMPLES;
use crate::state::{Action, Overlay, Picture, Speed, State};
use crate::theme::{Palette, regular, size, strong};
use crate::units::{count, rate};

/// From this width on everything stands in one row.
const WIDE: f32 = 1240.0;
/// The field of the filter is no wider.
const WIDEST_QUERY: f32 = 720.0;

/// Shows the bar.
pub fn top_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let wide = ui.available_width() >= WIDE;
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin { left: 10, right: 12, top: 8, bottom: 8 });
    let bar = Panel::top("bar").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_height(34.0);
            source_ui(ui, picture, actions);
            view_ui(ui, picture.kind, state, actions);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                tools_ui(ui, state, actions);
                if wide {
                    rates_ui(ui, picture);
                    ui.add_space(6.0);
                    capture_filter_ui(ui, state, actions);
                    ui.add_space(4.0);
                    query_ui(ui, (ui.available_width() - 12.0).min(WIDEST_QUERY), picture, state);
                }
            });
        });
        if !wide {
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                ui.set_height(34.0);
                ui.add_space(4.0);
                query_ui(ui, (ui.available_width() - 270.0).max(140.0), picture, state);
                capture_filter_ui(ui, state, actions);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| rates_ui(ui, picture));
            });
        }
    });
    progress_ui(ui, picture, bar.response.rect);
}

/// How far a recording has been read: a line along the lower edge of the bar.
fn progress_ui(ui: &mut Ui, picture: &Picture, bar: Rect) {
    let Some(progress) = picture.progress.filter(|_| picture.outcome.is_none()) else { return };
    let palette = Palette::of(ui.ctx());
    let line = Rect::from_min_max(egui::pos2(bar.left(), bar.bottom() - 2.0), bar.max);
    let response = ui.interact(line, ui.scope_id().with("progress"), egui::Sense::hover());
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(progress) * 100.0),
        ..WidgetInfo::labeled(Role::ProgressIndicator, true, "Read")
    });
    ui.painter().rect_filled(line, 0.0, palette.line);
    let done = Rect::from_min_size(line.min, vec2(line.width() * progress, line.height()));
    ui.painter().rect_filled(done, 0.0, palette.accent);
}

/// What the source is, and how to make it stand still, go on, begin again.
fn source_ui(ui: &mut Ui, picture: &Picture, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.spacing_mut().item_spacing.x = 2.0;
    let mut button = |ui: &mut Ui, icon, name: &str, action: Action, enabled| {
        let shown = ui.add_enabled_ui(enabled, |ui| icon_button(ui, icon, name)).inner;
        if shown.on_hover_text(hint(name, &action)).clicked() {
            actions.push(action);
        }
    };
    button(ui, Icon::Back, "Back to the start", Action::Back, true);
    ui.add_space(4.0);
    let room = if ui.available_width() > 1000.0 { 240.0 } else { 130.0 };
    let (state, colour) = state_of(picture, palette);
    let width = line(ui, &picture.name, strong(size::BODY + 0.5), palette.text, room).size().x;
    let width = width.max(line(ui, &state, regular(size::SMALL), palette.weak, room).size().x + 14.0);
    ui.allocate_ui_with_layout(vec2(width, 34.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.spacing_mut().interact_size.y = 14.0;
        short_label(ui, &picture.name, strong(size::BODY + 0.5), palette.text, room);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 5.0;
            let (dot, _) = ui.allocate_exact_size(vec2(7.0, 14.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, colour);
            let label = short_label(ui, &state, regular(size::SMALL), palette.weak, room);
            if let Some(Outcome::Failed(why)) = &picture.outcome {
                label.on_hover_text(why);
            }
        });
    });
    ui.add_space(6.0);
    let live = picture.outcome.is_none();
    if picture.paused {
        button(ui, Icon::Play, "Go on", Action::TogglePause, live);
    } else {
        button(ui, Icon::Pause, "Stand still", Action::TogglePause, live);
    }
    if picture.kind == SourceKind::File {
        button(ui, Icon::Step, "One step", Action::Step, live && picture.paused);
        button(ui, Icon::Restart, "From the beginning", Action::Restart, true);
        ui.add_space(2.0);
        speed_ui(ui, picture.speed, actions);
    }
    ui.add_space(10.0);
}

/// What the source does, in a word or two, and the colour of its dot.
fn state_of(picture: &Picture, palette: &Palette) -> (String, egui::Color32) {
    let percent = picture.progress.map(|p| format!(" · {:.0} %", p * 100.0)).unwrap_or_default();
    match (&picture.outcome, picture.kind) {
        (Some(Outcome::Failed(_)), _) => ("Failed".into(), palette.bad),
        (Some(Outcome::Stopped), _) => ("Stopped".into(), palette.faint),
        (Some(Outcome::Finished), SourceKind::File) => ("Read to the end".into(), palette.good),
        (Some(Outcome::Finished), _) => ("Ended".into(), palette.faint),
        (None, _) if picture.paused => (format!("Paused{percent}"), palette.warn),
        (None, SourceKind::Live) => ("Live".into(), palette.good),
        (None, SourceKind::Demo) => ("Made-up traffic".into(), palette.accent),
        (None, SourceKind::File) if picture.speed == Speed::Max => (format!("Reading{percent}"), palette.accent),
        (None, SourceKind::File) => (format!("Playing {}{percent}", picture.speed), palette.accent),
    }
}

fn speed_ui(ui: &mut Ui, now: Speed, actions: &mut Vec<Action>) {
    let chosen = egui::ComboBox::from_id_salt("speed").width(74.0).selected_text(now.to_string()).show_ui(ui, |ui| {
        for speed in Speed::STEPS.into_iter().rev() {
            if ui.selectable_label(speed == now, speed.to_string()).clicked() {
                actions.push(Action::SetSpeed(speed));
            }
        }
    });
    let label = chosen.response.on_hover_text("Speed: times the recorded one  ·  [ and ]");
    ui.ctx().accesskit_node_builder(label.id, |node| node.set_label("Speed"));
}

fn view_ui(ui: &mut Ui, kind: SourceKind, state: &State, actions: &mut Vec<Action>) {
    let table = View::Table(state.settings.table);
    let mut views = vec![
        (View::Graph, "Graph", hint("Graph", &Action::Show(View::Graph))),
        (View::Processes, "Processes", hint("Processes", &Action::Show(View::Processes))),
        (table, "Table", hint("Table", &Action::Show(table))),
    ];
    // A recording has no probes, and its bar no room.
    if kind != SourceKind::File || state.settings.view == View::Probes {
        views.push((View::Probes, "Probes", hint("Probes", &Action::Show(View::Probes))));
    }
    if let Some(view) = choice_ui(ui, state.settings.view, &views) {
        actions.push(Action::Show(view));
    }
}

/// How much moves, and how that went in the last minute; nothing once the source has ended.
fn rates_ui(ui: &mut Ui, picture: &Picture) {
    let palette = Palette::of(ui.ctx());
    if picture.outcome.is_some() {
        return;
    }
    let totals = &picture.snapshot.totals;
    let (bytes, packets) = (totals.rate_bytes.at(picture.now), totals.rate_packets.at(picture.now));
    ui.allocate_ui_with_layout(vec2(208.0, 34.0), Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let (rect, response) = ui.allocate_exact_size(vec2(100.0, 30.0), egui::Sense::hover());
        sparkline(ui.painter(), rect.shrink2(vec2(0.0, 3.0)), picture.traffic.samples(), SAMPLES, 1000.0, palette.accent);
        response.on_hover_text("Bytes a second in the last minute");
        ui.allocate_ui_with_layout(vec2(96.0, 34.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(96.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(RichText::new(rate(bytes)).font(strong(size::BODY + 0.5)));
            let packets = format!("{} packets/s", count(packets.round() as u64));
            ui.label(RichText::new(packets).font(regular(size::SMALL)).color(palette.weak));
        });
    });
}

/// The filter of what comes in: a button, and a field below it.
fn capture_filter_ui(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    let filter = &mut state.filter;
    let on = !filter.active.is_empty() || filter.error.is_some();
    let button = icon_toggle(ui, Icon::Funnel, "Let only some packets in", on);
    let id = Popup::default_response_id(&button);
    if filter.focus {
        Popup::open_id(ui.ctx(), id);
    }
    let tip = match filter.active.as_str() {
        "" => "Let only some packets in".to_owned(),
        active => format!("Only packets that match come in:  {active}"),
    };
    let opened = button.clicked();
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(360.0);
        let field = Field {
            icon: Icon::Funnel,
            name: "Capture filter",
            hint: "tcp port 443",
            width: 360.0,
            wrong: filter.error.is_some(),
            code: true,
            takes_tab: false,
            focus: filter.focus || opened,
        };
        let response = field_ui(ui, &mut filter.text, &field);
        // A field that is just being opened cannot have it yet.
        filter.focus &= !response.has_focus();
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let emptied = response.changed() && filter.text.is_empty() && !filter.active.is_empty();
        if entered || emptied {
            actions.push(Action::SetFilter(filter.text.trim().to_owned()));
        }
        ui.add_space(4.0);
        match &filter.error {
            Some(error) => error_ui(ui, error),
            None if filter.text.trim() != filter.active => {
                caption(ui, "Enter lets only these packets in.");
            }
            None => {
                caption(ui, "What does not match is not captured, and not counted below. As in pcap-filter(7):  host 192.0.2.7,  not arp");
            }
        }
    });
    button.on_hover_text(hint(&tip, &Action::FocusFilter));
}

fn tools_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let theme = match state.settings.theme {
        egui::ThemePreference::Dark => Icon::Moon,
        egui::ThemePreference::Light => Icon::Sun,
        egui::ThemePreference::System => Icon::Auto,
    };
    let notices = match state.notices.unread {
        0 => "Notices".to_owned(),
        n => format!("Notices, {n} new"),
    };
    let tools = [
        (Icon::Help, "Keys", Action::Toggle(Overlay::Help), state.overlay == Some(Overlay::Help)),
        (Icon::Hosts, "Sources and computations", Action::Toggle(Overlay::Sources), state.overlay == Some(Overlay::Sources)),
        (Icon::Sliders, "Settings", Action::Toggle(Overlay::Settings), state.overlay == Some(Overlay::Settings)),
        (theme, "Theme", Action::NextTheme, false),
        (Icon::Bell, notices.as_str(), Action::Toggle(Overlay::Notices), state.notices.unread > 0),
        (Icon::Panel, "Details", Action::ToggleDetails, state.settings.details_open),
    ];
    for (icon, name, action, on) in tools {
        if icon_toggle(ui, icon, name, on).on_hover_text(hint(name, &action)).clicked() {
            actions.push(action);
        }
    }
    ui.add_space(8.0);
}
