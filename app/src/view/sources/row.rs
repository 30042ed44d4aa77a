//! One source: what it is, how it is, what it heard, refused and lost.

use std::time::Instant;

use capture::supervised::{Line, Of, State};
use egui::{Align, Color32, Label, Layout, RichText, Ui};

use super::{LINE, below_ui};
use crate::pipeline::SourceKind;
use crate::state::Action;
use crate::state::sources::Row;
use crate::theme::{Palette, regular, size};
use crate::units::count;
use crate::view::bits::short_label;
use crate::view::icon::{Icon, icon_button};

/// Shows it, beside something of that kind.
pub(super) fn row_ui(ui: &mut Ui, kind: SourceKind, row: &Row, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = LINE;
        let mut on = row.on;
        if ui.checkbox(&mut on, row.spec.name()).changed() {
            actions.push(Action::SwitchSource { spec: row.spec.clone(), on });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Remove {} {}", row.spec.name(), row.spec.from());
            if icon_button(ui, Icon::Close, name.trim_end()).on_hover_text("Remove it: it is not heard any more, nor next time").clicked() {
                actions.push(Action::RemoveSource(row.spec.clone()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let room = ui.available_width();
                short_label(ui, &row.spec.from(), regular(size::SMALL), palette.weak, room);
            });
        });
    });
    let failed = matches!(&row.line, Some(Line { state: State::Failed(_), .. }));
    let (text, colour) = standing(kind, row, palette);
    below_ui(ui, |ui| {
        small_ui(ui, text, colour);
        if failed && row.on && ui.link("Try again").clicked() {
            actions.push(Action::SwitchSource { spec: row.spec.clone(), on: true });
        }
        if let Some(line) = &row.line {
            counts_ui(ui, line, Of::Heard, "", palette.weak);
            counts_ui(ui, line, Of::Refused, "refused: ", palette.warn);
            counts_ui(ui, line, Of::Lost, "lost: ", palette.warn);
        }
    });
}

fn small_ui(ui: &mut Ui, text: String, colour: Color32) {
    ui.add(Label::new(RichText::new(text).font(regular(size::SMALL)).color(colour)).wrap());
}

/// How it is, in words, and their colour.
fn standing(kind: SourceKind, row: &Row, palette: &Palette) -> (String, Color32) {
    let Some(line) = &row.line else {
        let text = match (row.on, kind) {
            (false, _) => "off",
            (true, SourceKind::Demo) => "waits until something else than the demo is shown",
            (true, _) => "tells of this machine as it is now: not heard beside a recording",
        };
        return (text.to_owned(), palette.weak);
    };
    match &line.state {
        State::Off => ("off".to_owned(), palette.weak),
        State::Running => ("running".to_owned(), palette.good),
        State::Waiting(what) => (what.clone(), palette.warn),
        State::Finished => ("has told all there was".to_owned(), palette.weak),
        State::Failed(why) => (why.clone(), palette.bad),
        State::Restarting { why, .. } => {
            let secs = line.state.restarts_in(Instant::now()).unwrap_or_default();
            (format!("{why}: it is started again in {secs} s"), palette.warn)
        }
    }
}

/// What it counted of that.
fn counts_ui(ui: &mut Ui, line: &Line, of: Of, before: &str, colour: Color32) {
    let counts: Vec<String> =
        line.counts.iter().filter(|one| one.of == of && one.count > 0).map(|one| format!("{} {}", count(one.count), one.name)).collect();
    if !counts.is_empty() {
        small_ui(ui, format!("{before}{}", counts.join("  ·  ")), colour);
    }
}
