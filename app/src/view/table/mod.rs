//! The tables: hosts, flows, services.

mod body;
mod branch;
mod header;
mod sign;
mod sums;
mod tools;

pub use sums::sums_ui;

use std::collections::BTreeSet;

use egui::{Frame, Margin, Ui};
use graph::{ProcessKey, Subject, Table, Tree};

use crate::state::action::View;
use crate::state::settings::table_name;
use crate::state::table::{Command, MOST_ROWS, Purpose};
use crate::state::{Action, Picture, State};
use crate::theme::Palette;

/// Shows a table, and asks for the rows that it needs.
pub fn table_ui(ui: &mut Ui, table: Table, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let revealed = state.table.reveal.take().inspect(|process| uncover(*process, picture, state));
    obey(picture, table, state, actions);
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.background);
    Frame::new()
        .inner_margin(Margin { left: 14, right: 10, top: 10, bottom: 8 })
        .show(ui, |ui| tools::tools_ui(ui, table, picture, state, actions));
    let rows = picture.rows.get(&table);
    let all = all(table, picture, state);
    let columns = state.settings.tables.entry(table_name(table).to_owned()).or_default();
    let (of, tree) = match state.settings.view {
        View::Processes => (None, Some(Tree { folded: state.table.folded.clone() })),
        _ => (state.table.of, None),
    };
    let request = crate::state::columns::request(table, Some(&*columns), state.query.active().clone(), of, tree);
    let signs = rows.map(|rows| sign::columns(&rows.columns, &picture.schema, &picture.registry)).unwrap_or_default();
    let untold = crate::view::query::untold(state.query.active(), &picture.snapshot.totals);
    let untold = untold.as_deref();
    let filter = match state.query.instead() {
        Some(instead) => Some(instead),
        None => (!state.query.active().is_all()).then(|| "the filter".to_owned()),
    };
    let filter = filter.as_deref();
    let body = body::Body { table, rows, filter, all, untold, selection: state.selection, signs: &signs };
    let window = body::body_ui(ui, &body, columns, &mut state.table, actions);
    state.table.request = Some(graph::Request { offset: window.start, len: window.len(), ..request });
    if let Some(process) = revealed {
        state.table.want(Purpose::Find(Subject::Process(process)), 0, MOST_ROWS);
    }
}

/// How many rows a table had without a filter, where that is known.
fn all(table: Table, picture: &Picture, state: &State) -> Option<u64> {
    if state.table.of.is_some() {
        return None;
    }
    match table {
        Table::Hosts => Some(picture.snapshot.hosts.len() as u64),
        Table::Flows => Some(picture.snapshot.totals.flows),
        Table::Processes => Some(picture.snapshot.processes.values().filter(|process| process.is_alive()).count() as u64),
        Table::Services => None,
    }
}

/// Unfolds all that a process stands below, and ends a filter, which may leave it out.
fn uncover(process: ProcessKey, picture: &Picture, state: &mut State) {
    state.query.text.clear();
    let parents = |key: &ProcessKey| picture.snapshot.processes.get(key).map(|process| [process.parent, process.guardian]);
    let mut seen = BTreeSet::new();
    let mut waiting = vec![process];
    while let Some(key) = waiting.pop() {
        for parent in parents(&key).into_iter().flatten().flatten() {
            if seen.insert(parent) {
                state.table.fold(parent, false);
                waiting.push(parent);
            }
        }
    }
}

/// Does what the keyboard said.
fn obey(picture: &Picture, table: Table, state: &mut State, actions: &mut Vec<Action>) {
    let commands = std::mem::take(&mut state.table.commands);
    let Some(rows) = picture.rows.get(&table) else { return };
    for command in commands {
        let page = state.table.page;
        match command {
            Command::Go { step, extend } => state.table.go(step, extend, rows, page, state.selection),
            Command::SelectAll => state.table.want(Purpose::Select, 0, MOST_ROWS),
            Command::Copy => state.table.want(Purpose::CopySelected, 0, MOST_ROWS),
            Command::CopyAll => state.table.want(Purpose::CopyAll, 0, MOST_ROWS),
            Command::Fold(folded) => {
                if let Some(Subject::Process(process)) = state.selection {
                    state.table.fold(process, folded);
                }
            }
            Command::Menu => {
                state.table.menu = state.selection.filter(|subject| state.table.show(*subject, rows));
            }
            Command::Open => actions.extend(state.selection.map(Action::ShowInGraph)),
        }
    }
    if let Some(subject) = state.table.arrive(rows) {
        actions.push(Action::Select(Some(subject)));
    }
}
