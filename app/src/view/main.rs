//! The screen of a source: a bar above, figures below, the graph or a table between them, details at the right.

use capture::remote::board;
use egui::{CentralPanel, Frame, Panel, Ui};
use graph::{ArcStr, Attribute, Subject, Table};

use super::graph::Scene;
use super::{details, foot, probes, table, top};
use crate::pipeline::SourceKind;
use crate::state::action::View;
use crate::state::settings::DETAILS_WIDTHS;
use crate::state::{Action, Picture, Screen, State};
use crate::theme::{Palette, size};

/// Shows it.
pub fn main_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    top::top_ui(ui, picture, state, actions);
    foot::foot_ui(ui, picture);
    if state.settings.details_open && state.selection.is_some() {
        let most = (ui.available_width() - 320.0).max(*DETAILS_WIDTHS.start());
        let frame = Frame::new().fill(palette.panel);
        let panel = Panel::right("details")
            .resizable(true)
            .default_size(state.settings.details_width)
            .size_range(*DETAILS_WIDTHS.start()..=most.min(*DETAILS_WIDTHS.end()))
            .frame(frame);
        let shown = panel.show(ui, |ui| details::details_ui(ui, picture, state.selection, actions));
        state.settings.details_width = shown.response.rect.width().round();
    }
    CentralPanel::no_frame().show(ui, |ui| match state.settings.view {
        View::Graph => graph_ui(ui, picture, state, actions),
        View::Processes => table::table_ui(ui, Table::Processes, picture, state, actions),
        View::Table(_) if state.shows_sums() => table::sums_ui(ui, picture, state, actions),
        View::Table(which) => table::table_ui(ui, which, picture, state, actions),
        View::Probes => probes::probes_ui(ui, picture, state, actions),
    });
}

/// Shows the graph.
pub fn graph_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    let title = match picture.kind {
        SourceKind::Live if picture.probes.alone.is_some() => {
            match picture.probes.lines.iter().find(|line| line.state == board::State::Live) {
                Some(line) => format!("Waiting for traffic at {}…", line.name),
                None => "Waiting for a probe…".to_owned(),
            }
        }
        SourceKind::Live => format!("Waiting for traffic on {}…", picture.name),
        SourceKind::File => format!("Reading {}…", picture.name),
        SourceKind::Demo => "The demo begins…".to_owned(),
    };
    let waiting = match (picture.kind, &picture.outcome) {
        (SourceKind::File, Some(_)) => {
            ("No hosts in this recording", "None of its packets has an IP header, or the filter left all of them out.")
        }
        (SourceKind::Live, _) if picture.probes.alone.is_some() => {
            (title.as_str(), "What a probe of another machine sees appears here. Press A to add one.")
        }
        (SourceKind::Live, _) => (title.as_str(), "Everything that sends or receives a packet appears here."),
        _ => (title.as_str(), ""),
    };
    let untold = super::query::untold(state.query.active(), &picture.snapshot.totals);
    let scene = Scene {
        registry: &picture.registry,
        snapshot: &picture.snapshot,
        drawn: &picture.drawn,
        budget: state.settings.node_budget,
        alike: alike(state.selection, picture),
        mode: state.settings.mode,
        colouring: state.settings.colouring,
        now: picture.now,
        positions: &picture.placed.positions,
        placed: Some(picture.placed.number),
        discs: &picture.placed.discs,
        palette: Palette::of(ui.ctx()),
        text_size: size::SMALL,
        reduced_motion: state.settings.reduced_motion,
        waiting,
        untold: untold.as_deref(),
    };
    let before = in_graph(state.selection, picture);
    let mut selection = before;
    let wanted = super::graph::graph_ui(ui, scene, &mut state.graph, &mut selection);
    actions.extend(wanted);
    if selection != before && state.screen == Screen::Main {
        actions.push(Action::Select(selection));
    }
}

/// What the selected node has in common with others, as far as the model has told.
fn alike(selection: Option<Subject>, picture: &Picture) -> &[(Attribute, ArcStr)] {
    let details = picture.details.as_ref().filter(|details| Some(details.subject) == selection);
    details.map_or(&[], |details| &details.alike)
}

/// What of the selection the graph can show: of a flow, its link.
fn in_graph(selection: Option<Subject>, picture: &Picture) -> Option<Subject> {
    match selection {
        Some(Subject::Flow(_)) => {
            let details = picture.details.as_ref().filter(|d| Some(d.subject) == selection)?;
            details.link.as_ref().map(|link| Subject::Link(link.id))
        }
        other => other,
    }
}
