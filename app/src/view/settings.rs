//! The settings.

use egui::{Grid, ThemePreference, Ui};

use super::bits::{caption, choice_ui};
use super::help::{modal, title_ui};
use super::icon::{Icon, icon_button};
use super::keys::hint;
use crate::state::{Action, Overlay, Settings};

/// Shows the settings.
pub fn settings_ui(ui: &mut Ui, settings: &mut Settings, actions: &mut Vec<Action>) {
    let shown = modal(ui, "settings").show(ui.ctx(), |ui| {
        ui.set_width(440.0_f32.min(ui.ctx().content_rect().width() - 80.0));
        title_ui(ui, "Settings", Overlay::Settings, actions);
        Grid::new("settings").num_columns(2).spacing([24.0, 14.0]).show(ui, |ui| {
            ui.label("Theme");
            let themes = [
                (ThemePreference::Dark, "Dark", hint("Dark", &Action::NextTheme)),
                (ThemePreference::Light, "Light", hint("Light", &Action::NextTheme)),
                (ThemePreference::System, "Desktop", hint("As the desktop is", &Action::NextTheme)),
            ];
            if let Some(theme) = choice_ui(ui, settings.theme, &themes) {
                actions.push(Action::Theme(theme));
            }
            ui.end_row();

            ui.label("Text size");
            ui.horizontal(|ui| text_size_ui(ui, settings, actions));
            ui.end_row();

            ui.label("Motion");
            ui.vertical(|ui| {
                ui.checkbox(&mut settings.reduced_motion, "Reduce motion");
                caption(ui, "Nothing glides, and no dots run along the links.");
            });
            ui.end_row();

            ui.label("Capture");
            ui.vertical(|ui| {
                ui.checkbox(&mut settings.promiscuous, "Promiscuous mode");
                caption(ui, "Takes packets that are for other computers too. From the next capture on.");
            });
            ui.end_row();

            ui.label("Names");
            ui.vertical(|ui| {
                ui.checkbox(&mut settings.look_up_names, "Look up names (reverse DNS)");
                caption(ui, "Asks your name server for the name of each address without one: so it learns whom you look at.");
            });
            ui.end_row();
        });
        ui.add_space(10.0);
        if let Some(path) = crate::state::store::path() {
            caption(ui, format!("Kept in {}", crate::state::start::shown(&path)));
        }
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Settings));
    }
}

fn text_size_ui(ui: &mut Ui, settings: &Settings, actions: &mut Vec<Action>) {
    let percent = (settings.text_size * 100.0).round();
    let buttons = [
        (Icon::Minus, "Smaller text", Action::TextSmaller),
        (Icon::Plus, "Larger text", Action::TextLarger),
        (Icon::Restart, "Usual text", Action::TextNormal),
    ];
    ui.allocate_ui(egui::vec2(52.0, 28.0), |ui| ui.label(format!("{percent} %")));
    for (icon, name, action) in buttons {
        if icon_button(ui, icon, name).on_hover_text(hint(name, &action)).clicked() {
            actions.push(action);
        }
    }
}
