//! The dialog that adds a probe: a name and a way here, then the line for the other machine, and a light that turns green when it arrives.

use capture::remote::board::State;
use egui::{Key, RichText, Ui};

use super::light::{colour, light_ui};
use crate::probes::{Invited, reached_at};
use crate::state::probes::Adding;
use crate::state::{Action, Overlay, Picture};
use crate::theme::{Palette, size, strong};
use crate::view::bits::{Field, caption, command_ui, error_ui, field_ui, plain_button, primary_button};
use crate::view::help::{modal, title_ui};
use crate::view::icon::Icon;

/// Shows it; `port` is where probes are listened for, once they are.
pub fn add_ui(ui: &mut Ui, picture: &Picture, adding: &mut Adding, port: u16, actions: &mut Vec<Action>) {
    let shown = modal(ui, "add a probe").show(ui.ctx(), |ui| {
        ui.set_width(500.0_f32.min(ui.ctx().content_rect().width() - 80.0));
        title_ui(ui, "Add a probe", Overlay::AddProbe, actions);
        match adding.invited.clone() {
            None => ask_ui(ui, picture, adding, port, actions),
            Some(invited) => invited_ui(ui, picture, adding, &invited, actions),
        }
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::AddProbe));
    }
}

/// What it is called, and how it gets here.
fn ask_ui(ui: &mut Ui, picture: &Picture, adding: &mut Adding, port: u16, actions: &mut Vec<Action>) {
    let width = ui.available_width();
    let field = |icon, name, hint, wrong, focus| Field { icon, name, hint, width, wrong, code: false, takes_tab: false, focus };
    ui.label("What the other machine is called here");
    let name = field(Icon::Probe, "Name of the probe", "attic", false, adding.focus);
    let named = field_ui(ui, &mut adding.name, &name);
    // A dialog that is just being opened cannot have it yet.
    adding.focus &= !named.has_focus();
    ui.add_space(4.0);
    ui.label("How this machine is reached from there");
    let place = adding.place.get_or_insert_with(|| reached_at(picture.probes.at().map_or(port, |at| at.port())));
    let placed = field_ui(ui, place, &field(Icon::Globe, "This machine, from there", "host or host:port", false, false));
    caption(ui, "A name or an address of this machine. The other one sends to it, over UDP: a firewall here must let that in.");
    if named.changed() || placed.changed() {
        adding.error = None;
    }
    if let Some(error) = &adding.error {
        error_ui(ui, error);
    }
    ui.add_space(8.0);
    let place = place.trim().to_owned();
    let ready = !adding.name.trim().is_empty() && !place.is_empty();
    let entered = (named.lost_focus() || placed.lost_focus()) && ui.input(|i| i.key_pressed(Key::Enter));
    let clicked = ui.add_enabled_ui(ready, |ui| primary_button(ui, Icon::Plus, "Add")).inner.clicked();
    if ready && (entered || clicked) {
        actions.push(Action::Invite { name: adding.name.trim().to_owned(), place });
    }
}

/// The line to paste there, and whether it has arrived.
fn invited_ui(ui: &mut Ui, picture: &Picture, adding: &mut Adding, invited: &Invited, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let line = invited.line();
    ui.label(format!(
        "Paste this line into a terminal of the other machine; ggprobe has to be there. Who has it may come as {}.",
        invited.name
    ));
    ui.add_space(2.0);
    command_ui(ui, &line, actions);
    ui.add_space(6.0);
    if primary_button(ui, Icon::Copy, "Copy the line").clicked() {
        actions.push(Action::Copy(line));
    }
    ui.add_space(10.0);
    let probe = picture.probes.line(invited.probe_id);
    let state = probe.map_or(State::Awaited, |line| line.state);
    let words = match (state, probe.map_or("", |line| line.hostname.as_str())) {
        (State::Awaited, _) => format!("Waiting for {}…", invited.name),
        (State::Live | State::Paused, "") => format!("{} has arrived", invited.name),
        (State::Live | State::Paused, host) => format!("{} has arrived, on {host}", invited.name),
        (State::Silent, _) => format!("{} was here, and is silent", invited.name),
    };
    ui.horizontal(|ui| {
        light_ui(ui, colour(state, palette), 12.0);
        let colour = if state == State::Awaited { palette.weak } else { colour(state, palette) };
        ui.label(RichText::new(words).font(strong(size::BODY)).color(colour));
    });
    match (&adding.error, picture.probes.at()) {
        (Some(error), None) => error_ui(ui, error),
        (_, Some(at)) => drop(caption(ui, format!("This machine listens at {at}, UDP."))),
        (None, None) => drop(caption(ui, "This machine does not listen: begin to in the view Probes.")),
    }
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        if plain_button(ui, Icon::Check, "Done").clicked() {
            actions.push(Action::Toggle(Overlay::AddProbe));
        }
        if plain_button(ui, Icon::Plus, "Add another").clicked() {
            *adding = Adding::begin();
        }
    });
}
