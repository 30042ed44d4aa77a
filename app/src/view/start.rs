//! The start screen: what can be shown, beside a demo that already moves.

use egui::{CentralPanel, Frame, Margin, Panel, RichText, ScrollArea, Ui, vec2};

use super::bits::{Field, caption, error_ui, field_ui, heading, plain_button};
use super::icon::{self, Icon, icon_button};
use super::{interfaces, keys, main, recordings};
use crate::pipeline::Way;
use crate::state::action::Open;
use crate::state::{Action, Overlay, Picture, State};
use crate::theme::{Palette, size, strong};

/// Shows it.
pub fn start_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let width = (ui.available_width() * 0.4).clamp(380.0, 520.0);
    let frame = Frame::new().fill(palette.panel);
    Panel::left("start").exact_size(width).resizable(false).frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            Frame::new().inner_margin(Margin { left: 28, right: 24, top: 26, bottom: 20 }).show(ui, |ui| {
                title_ui(ui, actions);
                live_ui(ui, state, actions);
                ui.add_space(18.0);
                probes_ui(ui, state, actions);
                ui.add_space(18.0);
                recordings::recordings_ui(ui, state, actions);
            });
        });
    });
    CentralPanel::no_frame().show(ui, |ui| {
        let room = ui.max_rect();
        main::graph_ui(ui, picture, state, actions);
        let covered = demo_label(ui, room, actions);
        state.graph.kept_free.push(covered);
    });
}

fn title_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(38.0, 38.0), egui::Sense::hover());
        icon::logo(ui.painter(), rect, palette);
        ui.add_space(2.0);
        ui.label(RichText::new("glouglou").font(strong(size::TITLE)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (icon, name, action) in
                [(Icon::Help, "Keys", Action::Toggle(Overlay::Help)), (Icon::Sliders, "Settings", Action::Toggle(Overlay::Settings))]
            {
                if icon_button(ui, icon, name).on_hover_text(keys::hint(name, &action)).clicked() {
                    actions.push(action);
                }
            }
        });
    });
    ui.add_space(2.0);
    ui.label(RichText::new("Who talks to whom on your network, as it happens.").color(palette.weak));
    ui.add_space(18.0);
}

fn live_ui(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    heading(ui, "WATCH AN INTERFACE");
    ui.add_space(2.0);
    let field = Field {
        icon: Icon::Funnel,
        name: "Capture filter",
        hint: "Capture filter, such as  tcp port 443",
        width: ui.available_width(),
        wrong: state.start.filter_error.is_some(),
        code: true,
        takes_tab: false,
        focus: false,
    };
    if field_ui(ui, &mut state.start.filter, &field).changed() {
        state.start.filter_error = None;
    }
    if let Some(error) = &state.start.filter_error {
        error_ui(ui, error);
    }
    ui.add_space(4.0);
    interfaces::interfaces_ui(ui, &state.start, actions);
    ui.add_space(2.0);
    let sources = Action::Toggle(Overlay::Sources);
    let tip = keys::hint("What Suricata finds, what the kernel tracks: beside an interface, or alone", &sources);
    if ui.link("Hear other sources…").on_hover_text(tip).clicked() {
        actions.push(sources);
    }
    if let Some(error) = state.start.error_of(|open| *open == Open::Machine) {
        error_ui(ui, error);
    }
}

/// What other machines see.
fn probes_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    heading(ui, "LISTEN TO OTHER MACHINES");
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        let at = state.settings.listen_at;
        let listen = plain_button(ui, Icon::Probe, "Listen for probes").on_hover_text(format!("At {at}, UDP"));
        if listen.clicked() {
            actions.push(Action::Hear(Way::Listens(at)));
        }
        let add = Action::Toggle(Overlay::AddProbe);
        if plain_button(ui, Icon::Plus, "Add a probe…").on_hover_text(keys::hint("Lets another machine tell what it sees", &add)).clicked()
        {
            actions.push(add);
        }
    });
    let connect = Action::Toggle(Overlay::Connect);
    if ui.link("Connect to a probe that listens…").on_hover_text(keys::hint("Dials it, with the key that it gave", &connect)).clicked() {
        actions.push(connect);
    }
    if let Some(error) = state.start.error_of(|open| matches!(open, Open::Listen(_))) {
        error_ui(ui, error);
    }
}

/// Says that the traffic beside it is made up. Returns what of the graph it covers.
fn demo_label(ui: &mut Ui, room: egui::Rect, actions: &mut Vec<Action>) -> egui::Rect {
    let palette = Palette::of(ui.ctx());
    let at = egui::Rect::from_min_size(room.left_top() + vec2(16.0, 14.0), vec2((room.width() - 80.0).max(120.0), 40.0));
    let mut corner = ui.new_child(egui::UiBuilder::new().id_salt("demo").max_rect(at));
    let frame = Frame::new().fill(palette.panel.gamma_multiply(0.94)).stroke((1.0, palette.line)).corner_radius(9);
    let shown = frame.inner_margin(Margin { left: 12, right: 5, top: 5, bottom: 5 }).show(&mut corner, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            ui.label(RichText::new("Demo").font(strong(size::BODY)).color(palette.accent));
            if room.width() > 420.0 {
                caption(ui, "made-up traffic of a home and an office");
            }
            let play = egui::Button::new(RichText::new("Play the demo").font(strong(size::BODY)));
            if ui.add(play).clicked() {
                actions.push(Action::Open(Open::Demo));
            }
        });
    });
    shown.response.rect
}
