//! What tells of the same traffic beside the capture, and what is computed of it: each can be switched on and off while it runs.

use std::time::{Duration, Instant};

use capture::supervised::{Line, State};
use egui::{RichText, Ui};
use graph::{Listed, Standing};

use super::bits::{caption, heading};
use super::help::{modal, scroll, title_ui};
use crate::state::{Action, Overlay, Picture};
use crate::theme::{Palette, regular, size};
use crate::units::count;

/// Shows them.
pub fn sources_ui(ui: &mut Ui, picture: &Picture, actions: &mut Vec<Action>) {
    let screen = ui.ctx().content_rect().size();
    let shown = modal(ui, "sources").show(ui.ctx(), |ui| {
        ui.set_width(620.0_f32.min(screen.x - 80.0));
        title_ui(ui, "Sources and computations", Overlay::Sources, actions);
        scroll(screen.y - 170.0).auto_shrink([false, true]).show(ui, |ui| {
            if !picture.sources.is_empty() {
                heading(ui, "BESIDE THE CAPTURE");
                picture.sources.iter().enumerate().for_each(|(nth, source)| source_ui(ui, nth, source, actions));
                ui.add_space(14.0);
            }
            heading(ui, "COMPUTATIONS");
            if picture.computations.is_empty() {
                caption(ui, "There are none before a source is open.");
            }
            picture.computations.iter().for_each(|listed| computation_ui(ui, listed, actions));
        });
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Sources));
    }
}

fn source_ui(ui: &mut Ui, nth: usize, source: &Line, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let mut on = !matches!(source.state, State::Off | State::Failed(_));
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if ui.checkbox(&mut on, &source.name).changed() {
            actions.push(Action::SwitchSource { nth, on });
        }
        caption(ui, &source.from);
    });
    let (text, colour) = match &source.state {
        State::Off => ("off".to_owned(), palette.weak),
        State::Running => ("running".to_owned(), palette.good),
        State::Finished => ("has told all there was".to_owned(), palette.weak),
        State::Failed(why) => (why.clone(), palette.bad),
        State::Restarting { why, .. } => {
            let secs = source.state.restarts_in(Instant::now()).unwrap_or_default();
            ui.ctx().request_repaint_after(Duration::from_secs(1));
            (format!("{why}: it is started again in {secs} s"), palette.warn)
        }
    };
    let counts: Vec<String> = source.counts.iter().map(|(name, n)| format!("{} {name}", count(*n))).collect();
    ui.horizontal_wrapped(|ui| {
        ui.add_space(22.0);
        ui.label(RichText::new(text).font(regular(size::SMALL)).color(colour));
        if !counts.is_empty() {
            caption(ui, counts.join("  ·  "));
        }
    });
}

fn computation_ui(ui: &mut Ui, listed: &Listed, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let mut on = listed.standing == Standing::On;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if ui.checkbox(&mut on, listed.name).changed() {
            actions.push(Action::Compute { name: listed.name, on });
        }
        if listed.remembers && ui.small_button("Forget").on_hover_text("Forgets what it remembers, from earlier runs too").clicked() {
            actions.push(Action::ForgetComputed(listed.name));
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.add_space(22.0);
        caption(ui, listed.help);
    });
    if let Standing::Failed(why) = &listed.standing {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(22.0);
            ui.label(RichText::new(format!("It could not go on: {why}")).color(palette.bad));
        });
    }
}
