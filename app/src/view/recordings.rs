//! The recordings of the start screen: open one by the desktop's dialog, by its path, by dropping it, or again.

use std::path::Path;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Event, Key, Popup, PopupCloseBehavior, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::bits::{Field, caption, error_ui, field_ui, heading, line, primary_button};
use super::icon::{self, Icon, focus_ring};
use super::keys::hint;
use crate::state::action::Open;
use crate::state::start::{expand, shown};
use crate::state::{Action, State};
use crate::theme::{Palette, regular, size};

/// Shows them.
pub fn recordings_ui(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    heading(ui, "OPEN A RECORDING");
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        let button = ui.add_enabled_ui(!state.start.choosing, |ui| primary_button(ui, Icon::Folder, "Open a capture…")).inner;
        if button.on_hover_text(hint("pcap or pcapng, plain, .gz or .zst", &Action::ChooseFile)).clicked() {
            actions.push(Action::ChooseFile);
        }
        caption(ui, "or drop a file here");
    });
    ui.add_space(2.0);
    path_ui(ui, state, actions);
    if let Some(error) = state.start.error_of(|open| matches!(open, Open::File(_))) {
        error_ui(ui, error);
    }
    if state.start.nothing_chosen && state.start.path.is_empty() {
        caption(ui, "No file was chosen. If no dialog came up, type the path above.");
    }
    let recent: Vec<_> = state.settings.recent.iter().cloned().collect();
    if !recent.is_empty() {
        ui.add_space(12.0);
        heading(ui, "RECENT");
        ui.spacing_mut().item_spacing.y = 2.0;
        for path in recent {
            recent_ui(ui, &path, actions);
        }
    }
}

fn path_ui(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    let written = ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Text(_))));
    let field = Field {
        icon: Icon::File,
        name: "Path of a capture",
        hint: "or type its path, ~/captures/…",
        width: ui.available_width(),
        wrong: state.start.error_of(|open| matches!(open, Open::File(_))).is_some(),
        code: false,
        takes_tab: written || !state.start.path.is_empty() && !state.start.completions().is_empty(),
        focus: std::mem::take(&mut state.start.focus_path),
    };
    let response = field_ui(ui, &mut state.start.path, &field);
    if response.has_focus() && field.takes_tab && ui.input(|i| i.key_pressed(Key::Tab)) {
        state.start.complete();
        put_cursor_at_end(&response, &state.start.path);
    }
    if response.changed() && matches!(state.start.error, Some((Open::File(_), _))) {
        state.start.error = None;
    }
    if response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) && !state.start.path.trim().is_empty() {
        response.request_focus();
        actions.push(Action::Open(Open::File(expand(state.start.path.trim()))));
    }
    completions_ui(&response, state);
}

fn put_cursor_at_end(field: &Response, text: &str) {
    if let Some(mut edit) = TextEditState::load(&field.ctx, field.id) {
        let end = CCursor::new(text.chars().count());
        edit.cursor.set_char_range(Some(CCursorRange::one(end)));
        edit.store(&field.ctx, field.id);
    }
}

/// What could complete the path, below the field while it has the keyboard.
fn completions_ui(field: &Response, state: &mut State) {
    let open = field.has_focus() && !state.start.path.is_empty();
    let mut chosen = None;
    if open {
        let completions = state.start.completions().to_vec();
        let popup = Popup::from_response(field).open(!completions.is_empty()).close_behavior(PopupCloseBehavior::IgnoreClicks);
        popup.show(|ui| {
            ui.set_min_width(280.0);
            for completion in &completions {
                let name = completion.trim_end_matches('/').rsplit('/').next().unwrap_or(completion);
                let slash = if completion.ends_with('/') { "/" } else { "" };
                if ui.selectable_label(false, format!("{name}{slash}")).clicked() {
                    chosen = Some(completion.clone());
                }
            }
        });
    }
    if let Some(path) = chosen {
        put_cursor_at_end(field, &path);
        state.start.path = path;
        field.request_focus();
    }
}

fn recent_ui(ui: &mut Ui, path: &Path, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let name = path.file_name().map_or_else(|| shown(path), |name| name.to_string_lossy().into_owned());
    let folder = path.parent().map(shown).unwrap_or_default();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Open {name}")));
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, palette.hover);
    }
    focus_ring(ui, rect, &response);
    let sign = egui::Rect::from_center_size(rect.left_center() + vec2(14.0, 0.0), vec2(14.0, 14.0));
    icon::paint(ui.painter(), sign, Icon::Clock, 14.0, palette.weak);
    let room = rect.width() - 40.0;
    let first = line(ui, &name, regular(size::BODY), palette.text, room * 0.6);
    let second = line(ui, &folder, regular(size::SMALL), palette.weak, room - first.size().x - 12.0);
    let middle = rect.center().y;
    ui.painter().galley(pos2(rect.left() + 28.0, middle - first.size().y / 2.0), first.clone(), palette.text);
    let at = rect.left() + 28.0 + first.size().x + 10.0;
    ui.painter().galley(pos2(at, middle - second.size().y / 2.0 + 0.5), second, palette.weak);
    response.context_menu(|ui| {
        if ui.button("Remove from the list").clicked() {
            actions.push(Action::Forget(path.to_owned()));
        }
    });
    if response.on_hover_text(path.display().to_string()).clicked() {
        actions.push(Action::Open(Open::File(path.to_owned())));
    }
}
