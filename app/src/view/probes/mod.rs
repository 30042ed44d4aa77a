//! The probes of other machines: who may come, how each is, and what it takes to add one.

mod add;
mod card;
mod connect;
mod light;
mod listen;

pub use add::add_ui;
pub use connect::connect_ui;

use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Ui};

use super::bits::{caption, error_ui, plain_button, primary_button};
use super::icon::{Icon, icon_ui};
use super::keys::hint;
use crate::state::{Action, Overlay, Picture, State};
use crate::theme::{Palette, size, strong};

/// So many are shown; more are no list that anybody reads.
const SHOWN: usize = 200;
/// The room of the buttons, of a way in which probes are heard, and of the address to listen at, in points.
const BUTTONS: f32 = 340.0;
const WAY: f32 = 400.0;
const ADDRESS: f32 = 420.0;

/// Shows them.
pub fn probes_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.background);
    let frame = Frame::new().inner_margin(Margin { left: 18, right: 14, top: 12, bottom: 10 });
    ScrollArea::vertical().id_salt("probes").auto_shrink(false).show(ui, |ui| {
        frame.show(ui, |ui| {
            bar_ui(ui, picture, state, actions);
            if let Some(error) = &state.probes.error {
                ui.add_space(4.0);
                error_ui(ui, error);
            }
            ui.add_space(10.0);
            if picture.probes.lines.is_empty() {
                empty_ui(ui, actions);
            }
            for line in picture.probes.lines.iter().take(SHOWN) {
                card::card_ui(ui, line, &picture.probes, state.probes.forgetting == Some(line.probe_id), actions);
                ui.add_space(8.0);
            }
            if !picture.probes.not_taken.is_empty() {
                let causes: Vec<String> = picture.probes.not_taken.iter().map(|(cause, count)| format!("{count} {cause}")).collect();
                caption(ui, format!("Datagrams that were not taken, nor answered: {}", causes.join(", ")));
            }
            if let Some(more @ 1..) = picture.probes.lines.len().checked_sub(SHOWN) {
                caption(ui, format!("and {more} more: glouglou probe list names them"));
            }
        });
    });
}

/// Whether and where it is listened, and how to add a probe.
fn bar_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let address = if picture.probes.at().is_none() { ADDRESS } else { 0.0 };
    if ui.available_width() >= BUTTONS + WAY * picture.probes.ways.len() as f32 + address {
        row_ui(ui, |ui| {
            picture.probes.ways.iter().for_each(|way| listen::way_ui(ui, picture, way, actions));
            listen::address_ui(ui, picture, state, actions);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                add_button(ui, actions);
                connect_button(ui, actions);
            });
        });
    } else {
        for way in &picture.probes.ways {
            row_ui(ui, |ui| listen::way_ui(ui, picture, way, actions));
        }
        if picture.probes.at().is_none() {
            row_ui(ui, |ui| listen::address_ui(ui, picture, state, actions));
        }
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            add_button(ui, actions);
            connect_button(ui, actions);
        });
    }
}

/// A row as high as a button, so that words stand in its middle.
fn row_ui(ui: &mut Ui, row: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_height(34.0);
        row(ui);
    });
}

fn add_button(ui: &mut Ui, actions: &mut Vec<Action>) {
    let add = Action::Toggle(Overlay::AddProbe);
    if primary_button(ui, Icon::Plus, "Add a probe…").on_hover_text(hint("Lets another machine tell what it sees", &add)).clicked() {
        actions.push(add);
    }
}

fn connect_button(ui: &mut Ui, actions: &mut Vec<Action>) {
    let connect = Action::Toggle(Overlay::Connect);
    if plain_button(ui, Icon::Arrow, "Connect to a probe…").on_hover_text(hint("Dials a probe that listens", &connect)).clicked() {
        actions.push(connect);
    }
}

/// What to do while there are none.
fn empty_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space((ui.available_height() * 0.18).clamp(12.0, 140.0));
    ui.vertical_centered(|ui| {
        icon_ui(ui, Icon::Probe, 44.0, palette.faint);
        ui.add_space(8.0);
        ui.label(RichText::new("No probes yet").font(strong(size::HEADING)));
        ui.set_max_width(520.0_f32.min(ui.available_width()));
        let text = "A probe is the small program ggprobe on another machine. It tells this one what it sees: who talks to whom there, \
                    and which process does it. Add one, paste the line that you get into a terminal of that machine, and it appears here.";
        ui.label(RichText::new(text).color(palette.weak));
        ui.add_space(10.0);
        let add = Action::Toggle(Overlay::AddProbe);
        if plain_button(ui, Icon::Plus, "Add the first one…").clicked() {
            actions.push(add);
        }
    });
}
