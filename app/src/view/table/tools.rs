//! Above a table: which one, a filter for its rows, its columns, copying.

use egui::{Align, Layout, Popup, PopupCloseBehavior, Ui};
use graph::{Subject, Table};

use crate::state::action::View;
use crate::state::columns::{arrange, keep};
use crate::state::settings::table_name;
use crate::state::table::Command;
use crate::state::{Action, Picture, State};
use crate::units::count;
use crate::view::bits::{caption, choice_ui, heading};
use crate::view::icon::{Icon, icon_button};
use crate::view::keys::{hint, key_of};

pub(super) fn tools_ui(ui: &mut Ui, table: Table, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let tabs = [(Table::Hosts, "Hosts"), (Table::Flows, "Flows"), (Table::Services, "Services"), (Table::Processes, "Processes")]
            .map(|(table, name)| (table, name, hint(name, &Action::Show(View::Table(table)))));
        if state.settings.view == View::Processes {
            heading(ui, "Processes");
        } else if let Some(table) = choice_ui(ui, table, &tabs) {
            actions.push(Action::Show(View::Table(table)));
        }
        if state.settings.view != View::Processes {
            of_ui(ui, picture, state);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            copy_ui(ui, state, actions);
            columns_ui(ui, table, picture, state);
            if let Some(rows) = picture.rows.get(&table)
                && ui.available_width() > 90.0
            {
                ui.add_space(8.0);
                let total = count(rows.total as u64);
                let all = super::all(table, picture, state).filter(|all| !state.query.active().is_all() && *all > rows.total as u64);
                caption(
                    ui,
                    all.map_or(format!("{total} {}", if rows.total == 1 { "row" } else { "rows" }), |all| {
                        format!("{total} of {} rows", count(all))
                    }),
                );
            }
        });
    });
}

/// Whose flows these are, if not all; a click shows all.
fn of_ui(ui: &mut Ui, picture: &Picture, state: &mut State) {
    let Some(of) = state.table.of else { return };
    let name = match of {
        Subject::Host(id) => picture.snapshot.hosts.get(&id).map_or("a host that is gone".to_owned(), |h| h.label()),
        Subject::Link(_) => "one link".to_owned(),
        Subject::Flow(_) => "one flow".to_owned(),
        Subject::Service(service) => service.to_string(),
        Subject::Group(id) => picture.drawn.groups.get(&id).map_or("a group that is gone".to_owned(), |group| group.key.label().to_owned()),
        Subject::Process(key) => picture.snapshot.processes.get(&key).map_or("a process that is gone".to_owned(), |p| p.label()),
    };
    let button = ui.button(format!("of {name}  ×")).on_hover_text("Show those of all");
    if button.clicked() {
        state.table.of = None;
    }
}

fn columns_ui(ui: &mut Ui, table: Table, picture: &Picture, state: &mut State) {
    let button = icon_button(ui, Icon::Columns, "Columns").on_hover_text("Columns");
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| columns_menu(ui, table, picture, state));
}

/// A tick for every column.
fn columns_menu(ui: &mut Ui, table: Table, picture: &Picture, state: &mut State) {
    let Some(rows) = picture.rows.get(&table) else { return };
    let settings = state.settings.tables.entry(table_name(table).to_owned()).or_default();
    let mut arranged = arrange(&rows.columns, settings);
    let mut changed = false;
    let height = ui.ctx().content_rect().height() - 200.0;
    egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
        ui.set_min_width(180.0);
        for column in &mut arranged {
            let Some(offered) = rows.columns.get(column.index) else { continue };
            changed |= ui.checkbox(&mut column.shown, &offered.title).on_hover_text(&offered.help).changed();
        }
    });
    ui.separator();
    if ui.button("As at first").clicked() {
        settings.columns.clear();
    } else if changed {
        keep(&rows.columns, &arranged, settings);
    }
}

fn copy_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let button = icon_button(ui, Icon::Copy, "Copy rows").on_hover_text("Copy rows");
    let selected = state.table.selected.len();
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(200.0);
        let mut entry = |ui: &mut Ui, text: &str, command, enabled| {
            let action = Action::Table(command);
            let button = egui::Button::new(text);
            let button = match key_of(&action) {
                Some(key) => button.shortcut_text(key),
                None => button,
            };
            if ui.add_enabled(enabled, button).clicked() {
                actions.push(action);
            }
        };
        entry(ui, "Copy the selected rows", Command::Copy, selected > 0);
        entry(ui, "Copy all rows", Command::CopyAll, true);
        entry(ui, "Select all rows", Command::SelectAll, true);
    });
}
