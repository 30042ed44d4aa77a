//! What is drawn. A view reads the picture and the state, and says what the user did: it changes nothing else.

pub mod bits;
pub mod details;
pub mod foot;
pub mod graph;
pub mod help;
pub mod icon;
pub mod interfaces;
pub mod keys;
pub mod main;
mod menu;
pub mod notices;
pub mod ordered;
pub mod plot;
pub mod probes;
pub mod query;
pub mod recordings;
pub mod saving;
pub mod settings;
pub mod sources;
pub mod spark;
pub mod start;
pub mod table;
pub mod top;

#[cfg(test)]
mod tests;

use egui::{Align2, Id, LayerId, Order, Stroke, StrokeKind, Ui};

use crate::state::{Action, Overlay, Picture, Screen, State};
use crate::theme::{Palette, size, strong};

/// The whole window.
pub fn root_ui(ui: &mut Ui, picture: &Picture, state: &mut State) -> Vec<Action> {
    ordered::await_field(ui.ctx(), state);
    // What keys say is done before anything is drawn.
    let now = ui.input(|i| i.time);
    let pressed = keys::pressed(ui.ctx(), picture, state);
    let mut actions: Vec<Action> = pressed.into_iter().filter_map(|action| state.apply(action, now)).collect();
    match state.screen {
        Screen::Start => start::start_ui(ui, picture, state, &mut actions),
        Screen::Main => main::main_ui(ui, picture, state, &mut actions),
    }
    match state.overlay {
        Some(Overlay::Help) => help::help_ui(ui, &mut actions),
        Some(Overlay::Settings) => settings::settings_ui(ui, &mut state.settings, &mut actions),
        Some(Overlay::Notices) => notices::list_ui(ui, &mut state.notices, &mut actions),
        Some(Overlay::Connect) => probes::connect_ui(ui, &mut state.probes.connecting, &mut actions),
        Some(Overlay::AddProbe) => probes::add_ui(ui, picture, &mut state.probes.adding, state.settings.listen_at.port(), &mut actions),
        Some(Overlay::Sources) => sources::sources_ui(ui, picture, &mut state.sources, &mut actions),
        Some(Overlay::SavePicture) => saving::saving_ui(ui, &mut state.saving, &mut actions),
        None => {}
    }
    notices::toasts_ui(ui, &state.notices, &mut actions);
    drop_ui(ui);
    actions
}

/// Says that a file may be dropped, while one is held over the window.
fn drop_ui(ui: &Ui) {
    if ui.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = Palette::of(ui.ctx());
    let screen = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    painter.rect_filled(screen, 0.0, palette.background.gamma_multiply(0.85));
    painter.rect_stroke(screen.shrink(16.0), 16.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    painter.text(screen.center(), Align2::CENTER_CENTER, "Drop to open", strong(size::TITLE), palette.text);
}
