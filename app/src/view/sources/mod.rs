//! What tells of the same traffic beside the capture, what is computed of it, and with which databases: each can be added, switched on and off, and removed while it runs.

mod add;
mod databases;
mod row;

use std::time::Duration;

use egui::{RichText, Ui};
use graph::{Listed, Standing};

use super::bits::{caption, command_ui, error_ui, heading, plain_button};
use super::help::{modal, scroll, title_ui};
use super::icon::Icon;
use crate::others::{self, Spec};
use crate::pipeline::SourceKind;
use crate::state::action::Open;
use crate::state::sources::{Adding, Shown, Sources, What, Wrong};
use crate::state::{Action, Overlay, Picture};
use crate::theme::Palette;

/// The room before what stands below a name, in points.
const INDENT: f32 = 20.0;
/// So often what a source counted is shown anew: what it tells need not change anything else.
const COUNTED: Duration = Duration::from_secs(1);
/// No line of a box and a name is lower, in points.
const LINE: f32 = 24.0;

/// Shows them.
pub fn sources_ui(ui: &mut Ui, picture: &Picture, state: &mut Sources, actions: &mut Vec<Action>) {
    let screen = ui.ctx().content_rect().size();
    let shown = modal(ui, "sources").show(ui.ctx(), |ui| {
        ui.set_width(620.0_f32.min(screen.x - 80.0));
        title_ui(ui, "Sources and computations", Overlay::Sources, actions);
        scroll(screen.y - 170.0).auto_shrink([false, true]).show(ui, |ui| {
            heading(ui, "BESIDE THE CAPTURE");
            beside_ui(ui, picture, state, actions);
            ui.add_space(16.0);
            heading(ui, "COUNTRIES AND OWNERS OF NETWORKS");
            databases::databases_ui(ui, picture, state, actions);
            ui.add_space(16.0);
            heading(ui, "COMPUTATIONS");
            if picture.computations.is_empty() {
                caption(ui, "There are none before a source is open.");
            }
            ui.scope(|ui| picture.computations.iter().for_each(|listed| computation_ui(ui, listed, actions)));
        });
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Sources));
    }
}

/// Other sources, and how to add one.
fn beside_ui(ui: &mut Ui, picture: &Picture, state: &mut Sources, actions: &mut Vec<Action>) {
    let Shown { rows, remedy, .. } = &picture.sources;
    if rows.is_empty() {
        caption(ui, "None yet. They tell what packets do not: what Suricata found in a flow, what the kernel forwards and translates.");
    }
    ui.scope(|ui| rows.iter().for_each(|row| row::row_ui(ui, picture.kind, row, actions)));
    if rows.iter().any(|row| row.line.is_some()) {
        ui.ctx().request_repaint_after(COUNTED);
    }
    if picture.kind == SourceKind::Demo && rows.iter().any(|row| row.on) {
        ui.add_space(8.0);
        if plain_button(ui, Icon::Play, "Show what they tell").on_hover_text("Of this machine, without a capture").clicked() {
            actions.push(Action::Toggle(Overlay::Sources));
            actions.push(Action::Open(Open::Machine));
        }
    }
    ui.add_space(8.0);
    match &mut state.adding {
        Some(adding) if adding.what != What::Databases => return add::add_ui(ui, picture.kind, adding, actions),
        _ if rows.len() >= others::MOST => {
            caption(ui, "More there cannot be: remove one first.");
            return;
        }
        _ => {}
    }
    buttons_ui(ui, &picture.sources, state, actions);
    if let Some(wrong) = &state.wrong {
        ui.add_space(4.0);
        wrong_ui(ui, wrong, actions);
    }
    if let Some(remedy) = remedy {
        ui.add_space(8.0);
        caption(ui, "Connection tracking of this machine needs permission:");
        command_ui(ui, &remedy.command, actions);
        caption(ui, "To hear it without sudo, once and for all:");
        command_ui(ui, &remedy.lasting, actions);
    }
}

/// One click for what needs no more to be said, and what opens a form for the rest.
fn buttons_ui(ui: &mut Ui, shown: &Shown, state: &mut Sources, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        if let Some(spec) = state.offered(&shown.rows) {
            let text = format!("Suricata: {}", spec.from());
            if plain_button(ui, Icon::Plus, &text).on_hover_text("Its records are there: hears what it finds").clicked() {
                actions.push(Action::AddSource { spec, checked: true });
            }
        }
        let mut form = |ui: &mut Ui, name: &str, tip: &str, what| {
            if plain_button(ui, Icon::Plus, name).on_hover_text(tip).clicked() {
                state.adding = Some(Adding::begin(what));
                state.wrong = None;
            }
        };
        form(ui, "Suricata…", "What it finds in flows: alerts, names, protocols", What::Suricata);
        #[cfg(feature = "guts")]
        form(ui, "guts…", "What the pakon-guts daemon tells. Unverified: nobody has tried it with the daemon itself", What::Guts);
        let has_conntrack = shown.rows.iter().any(|row| row.spec == Spec::Conntrack);
        if shown.remedy.is_none() && !has_conntrack {
            let tip = "Every connection that this machine has or forwards, as its kernel tracks it";
            if plain_button(ui, Icon::Plus, "Connection tracking").on_hover_text(tip).clicked() {
                actions.push(Action::AddSource { spec: Spec::Conntrack, checked: true });
            }
        }
    });
}

/// Why something was not added, and how to add it nevertheless.
fn wrong_ui(ui: &mut Ui, wrong: &Wrong, actions: &mut Vec<Action>) {
    error_ui(ui, &wrong.text);
    if let Some(spec) = &wrong.later
        && ui.link("Add it all the same: it is tried again").clicked()
    {
        actions.push(Action::AddSource { spec: spec.clone(), checked: false });
    }
}

fn computation_ui(ui: &mut Ui, listed: &Listed, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let mut on = listed.standing == Standing::On;
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = LINE;
        if ui.checkbox(&mut on, listed.name).changed() {
            actions.push(Action::Compute { name: listed.name, on });
        }
        if listed.remembers && ui.small_button("Forget").on_hover_text("Forgets what it remembers, from earlier runs too").clicked() {
            actions.push(Action::ForgetComputed(listed.name));
        }
    });
    below_ui(ui, |ui| {
        caption(ui, listed.help);
        if let Standing::Failed(why) = &listed.standing {
            ui.label(RichText::new(format!("It could not go on: {why}")).color(palette.bad));
        }
    });
}

/// What stands below the box of something that is switched on and off, as far to the right as its name.
fn below_ui(ui: &mut Ui, show: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        ui.add_space(INDENT);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            show(ui);
        });
    });
}
