//! Where countries and owners of networks are looked up.

use std::path::{Path, PathBuf};

use egui::{Align, Layout, Ui};

use super::add;
use crate::pipeline::SourceKind;
use crate::state::sources::{Adding, Databases, NamedBy, Sources, What};
use crate::state::start::shown;
use crate::state::{Action, Picture};
use crate::theme::{Palette, regular, size};
use crate::view::bits::{caption, plain_button, short_label};
use crate::view::icon::{Icon, icon_button};

/// Shows it.
pub(super) fn databases_ui(ui: &mut Ui, picture: &Picture, state: &mut Sources, actions: &mut Vec<Action>) {
    let Databases { places, by } = &picture.sources.databases;
    match by {
        NamedBy::CommandLine => {
            caption(ui, format!("The command line names {}.", list(places)));
            return;
        }
        NamedBy::Nobody if places.is_empty() => {
            caption(ui, "None yet. With one such as GeoLite2-Country, hosts have a country, and their network an owner.");
        }
        NamedBy::Nobody => {
            caption(ui, format!("Those in {} are used, until others are added.", list(places)));
        }
        NamedBy::Settings => places.iter().for_each(|place| place_ui(ui, place, actions)),
    }
    ui.add_space(6.0);
    match &mut state.adding {
        Some(adding) if adding.what == What::Databases => add::add_ui(ui, picture.kind, adding, actions),
        _ => {
            if plain_button(ui, Icon::Plus, "Databases…").on_hover_text("Countries and owners of networks by files that you have").clicked()
            {
                state.adding = Some(Adding::begin(What::Databases));
            }
            if picture.kind == SourceKind::Demo {
                caption(ui, "The demo's hosts are made up: databases count for whatever else is shown.");
            }
        }
    }
}

fn place_ui(ui: &mut Ui, place: &Path, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let text = shown(place);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, &format!("Remove {text}")).on_hover_text("It is used no more").clicked() {
                actions.push(Action::RemoveDatabases(place.to_owned()));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let room = ui.available_width();
                short_label(ui, &text, regular(size::BODY), palette.text, room);
            });
        });
    });
}

fn list(places: &[PathBuf]) -> String {
    places.iter().map(|place| shown(place)).collect::<Vec<_>>().join(", ")
}
