//! The field of the filter that all views obey.

use egui::Ui;

use super::bits::{Field, field_ui};
use super::icon::Icon;
use super::keys::hint;
use crate::state::{Action, Picture, State};

/// Shows it.
pub fn query_ui(ui: &mut Ui, width: f32, _picture: &Picture, state: &mut State, _actions: &mut Vec<Action>) {
    let focus = std::mem::take(&mut state.query.focus);
    let field = Field { icon: Icon::Search, name: "Filter", hint: "Filter", width, wrong: false, code: false, takes_tab: false, focus };
    let response = field_ui(ui, &mut state.query.text, &field);
    response.on_hover_text(hint("Only what matches is shown", &Action::Filter));
}
