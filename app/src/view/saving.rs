//! The dialog that keeps a picture of the graph: where, and how large.

use egui::{Key, Ui};

use super::bits::{Field, caption, choice_ui, error_ui, field_ui, plain_button, primary_button};
use super::graph::picture::Format;
use super::help::{modal, title_ui};
use super::icon::Icon;
use crate::state::saving::{Saving, TIMES, Wanted};
use crate::state::start::expand;
use crate::state::{Action, Overlay};

/// Shows it.
pub fn saving_ui(ui: &mut Ui, saving: &mut Saving, actions: &mut Vec<Action>) {
    let shown = modal(ui, "save picture").show(ui.ctx(), |ui| {
        ui.set_width(500.0_f32.min(ui.ctx().content_rect().width() - 80.0));
        title_ui(ui, "Save picture", Overlay::SavePicture, actions);
        fields_ui(ui, saving, actions);
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::SavePicture));
    }
}

fn fields_ui(ui: &mut Ui, saving: &mut Saving, actions: &mut Vec<Action>) {
    ui.label("Where it goes");
    let response = ui.horizontal(|ui| {
        let field = Field {
            icon: Icon::File,
            name: "Path of the picture",
            hint: "~/graph.svg or ~/graph.png",
            width: ui.available_width() - 130.0,
            wrong: saving.error.is_some(),
            code: false,
            takes_tab: false,
            focus: saving.focus,
        };
        let response = field_ui(ui, &mut saving.path, &field);
        if ui.add_enabled_ui(!saving.choosing, |ui| plain_button(ui, Icon::Folder, "Choose…")).inner.clicked() {
            actions.push(Action::ChoosePicture);
        }
        response
    });
    let response = response.inner;
    // A dialog that is just being opened cannot have it yet.
    saving.focus &= !response.has_focus();
    caption(ui, "SVG is sharp at any size; PNG is made of pixels. What is there already is replaced.");
    if response.changed() {
        saving.error = None;
    }
    let path = expand(saving.path.trim());
    let format = Format::of(&path);
    if format.as_ref().is_ok_and(|format| *format == Format::Png) {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.label("Pixels");
            let times =
                TIMES.map(|times| (times, name_of(times), format!("{times} times as many pixels along each side as on the screen")));
            if let Some(times) = choice_ui(ui, saving.times, &times) {
                saving.times = times;
            }
        });
    }
    if let Some(error) = &saving.error {
        error_ui(ui, error);
    }
    ui.add_space(8.0);
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    let clicked = ui.add_enabled_ui(!saving.path.trim().is_empty(), |ui| primary_button(ui, Icon::Picture, "Save")).inner.clicked();
    if entered || clicked {
        match format {
            Ok(_) => actions.push(Action::SavePicture(Wanted { path, times: saving.times })),
            Err(error) => (saving.error, saving.focus) = (Some(error.to_string()), true),
        }
    }
}

const fn name_of(times: u8) -> &'static str {
    match times {
        1 => "×1",
        2 => "×2",
        _ => "×4",
    }
}
