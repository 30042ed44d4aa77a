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
pub mod notices;
pub mod plot;
pub mod recordings;
pub mod settings;
pub mod spark;
pub mod start;
pub mod table;
pub mod top;

#[cfg(test)]
mod tests;

use egui::Ui;

use crate::state::{Action, Overlay, Picture, Screen, State};

/// The whole window.
pub fn root_ui(ui: &mut Ui, picture: &Picture, state: &mut State) -> Vec<Action> {
    let mut actions = keys::pressed(ui.ctx(), picture, state);
    match state.screen {
        Screen::Start => start::start_ui(ui, picture, state, &mut actions),
        Screen::Main => main::main_ui(ui, picture, state, &mut actions),
    }
    match state.overlay {
        Some(Overlay::Help) => help::help_ui(ui, &mut actions),
        Some(Overlay::Settings) => settings::settings_ui(ui, &mut state.settings, &mut actions),
        Some(Overlay::Notices) => notices::list_ui(ui, &mut state.notices, &mut actions),
        None => {}
    }
    notices::toasts_ui(ui, &state.notices, &mut actions);
    actions
}
