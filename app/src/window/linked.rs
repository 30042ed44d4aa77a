//! A session and what was asked of it: filled into the picture, and asked anew when the state changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use egui::Context;
use graph::{FieldId, Query, Request, Subject};
use layouts::Change;

use crate::pipeline::{Outcome, Session, ToModel, Update, Wanted};
use crate::state::action::{Open, View};
use crate::state::{Picture, Screen, State};
use crate::view::graph::GraphAction;

/// So many changes wait for a layout that is busy; beyond it the oldest go.
const CHANGES_WAITING: usize = 10_000;

/// In a table nothing glides: so often is enough.
const CALM: Duration = Duration::from_millis(100);
/// Where probes are listed, all that changes are counters.
const SLOW: Duration = Duration::from_secs(1);

/// Asks for frames on behalf of the threads: at once while the graph is shown, and calmly otherwise.
#[derive(Clone)]
pub(super) struct Repaint {
    ctx: Context,
    after_millis: Arc<AtomicU64>,
}

impl Repaint {
    pub(super) fn new(ctx: &Context) -> Self {
        Repaint { ctx: ctx.clone(), after_millis: Arc::default() }
    }

    pub(super) fn ask(&self) {
        match self.after_millis.load(Ordering::Relaxed) {
            0 => self.ctx.request_repaint(),
            millis => self.ctx.request_repaint_after(Duration::from_millis(millis)),
        }
    }

    fn set(&self, after: Duration) {
        self.after_millis.store(u64::try_from(after.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A session on the screen.
pub(super) struct Linked {
    pub(super) session: Session,
    /// What it was opened from.
    pub(super) open: Open,
    rows: Option<Request>,
    sums: Option<Arc<Query>>,
    /// The values that were asked for last.
    values: Option<(FieldId, String)>,
    details: Option<Subject>,
    wanted: Option<Wanted>,
    changes: Vec<Change>,
    /// Whether the model was too busy to be asked.
    behind: bool,
    failure_told: bool,
    repaint: Repaint,
}

impl Linked {
    pub(super) fn new(session: Session, open: Open, repaint: Repaint) -> Self {
        Linked {
            repaint,
            session,
            open,
            rows: None,
            sums: None,
            values: None,
            details: None,
            wanted: None,
            changes: Vec::new(),
            behind: false,
            failure_told: false,
        }
    }

    /// Whether it has to be asked again soon.
    pub(super) fn is_behind(&self) -> bool {
        self.behind || !self.changes.is_empty()
    }

    /// Brings the picture up to date.
    pub(super) fn fill(&mut self, picture: &mut Picture, state: &mut State, now: f64) {
        let session = &self.session;
        picture.registry.clone_from(session.registry());
        picture.computations = session.computations();
        match session.update() {
            Some(Update::Snapshot(snapshot)) => picture.snapshot = *snapshot,
            Some(Update::Delta(delta)) => picture.snapshot.apply(*delta),
            None => {}
        }
        state.graph.times.session = Some(session.timings().clone());
        if let Some(placed) = session.placed() {
            picture.placed = placed;
        }
        if let Some(drawn) = session.drawn() {
            let members = drawn.cast.iter().flat_map(|cast| cast.members.keys());
            session.show_processes(members.map(|key| key.process));
            picture.drawn = drawn;
        }
        if let Some(rows) = session.rows() {
            session.show_processes(rows.rows.iter().filter_map(|row| match row.subject {
                Subject::Process(key) => Some(key.process),
                _ => None,
            }));
            picture.rows.insert(rows.table, rows);
        }
        if let Some(sums) = session.sums() {
            picture.sums = Some(sums);
        }
        if let Some(values) = session.values() {
            picture.values = Some(values);
        }
        if let Some(details) = session.details() {
            picture.details = details;
        }
        for notice in session.notices() {
            state.notices.push(notice, now);
        }
        picture.now = session.now();
        picture.progress = session.progress();
        picture.paused = session.is_paused();
        picture.outcome = session.outcome().cloned();
        if !picture.paused && picture.outcome.is_none() {
            picture.traffic.sample(picture.snapshot.totals.rate_bytes.at(picture.now), now);
        }
        if let (Some(Outcome::Failed(text)), false) = (&picture.outcome, self.failure_told) {
            self.failure_told = true;
            let notice = capture::Notice { level: capture::Level::Error, text: text.clone(), remedy: None };
            state.notices.push(notice, now);
        }
    }

    /// Asks for what the views need now. What is not taken is asked for again in the next frame.
    pub(super) fn ask(&mut self, state: &mut State) {
        self.behind = false;
        let main = state.screen == Screen::Main;
        self.repaint.set(match state.settings.view {
            View::Graph => Duration::ZERO,
            View::Processes | View::Table(_) if main => CALM,
            View::Probes if main => SLOW,
            _ => Duration::ZERO,
        });
        self.behind |= !self.session.look_up_names(state.settings.look_up_names);
        let rows = state.table.request.clone().filter(|_| main && matches!(state.settings.view, View::Processes | View::Table(_)));
        if rows != self.rows {
            match self.session.ask(ToModel::Rows(rows.clone())) {
                true => self.rows = rows,
                false => self.behind = true,
            }
        }
        let summed = state.query.active();
        let sums = Some(summed).filter(|query| main && query.aggregate.is_some() && state.shows_sums()).cloned();
        if sums != self.sums {
            match self.session.ask(ToModel::Sums(sums.clone())) {
                true => self.sums = sums,
                false => self.behind = true,
            }
        }
        if let Some((field, prefix)) = state.query.wants.clone()
            && self.values.as_ref().is_none_or(|asked| *asked != (field, prefix.clone()))
        {
            match self.session.ask(ToModel::Values(field, prefix.clone())) {
                true => self.values = Some((field, prefix)),
                false => self.behind = true,
            }
        }
        let details = state.selection.filter(|_| main);
        if details != self.details {
            match self.session.ask(ToModel::Details(details)) {
                true => self.details = details,
                false => self.behind = true,
            }
        }
        let graph = !main || state.settings.view == View::Graph;
        state.settings.group_by.clone_from(&state.graph.grouping.levels);
        let wanted = graph.then(|| state.wanted());
        if wanted != self.wanted {
            match self.session.ask(ToModel::Draw(wanted.clone())) {
                true => {
                    if wanted.as_ref().is_none_or(|wanted| wanted.casting.is_none()) {
                        self.session.show_processes([]);
                    }
                    self.wanted = wanted;
                }
                false => self.behind = true,
            }
        }
        if let Some((request, purpose)) = state.table.wanted.take() {
            let (answer, rows) = crossbeam_channel::bounded(1);
            match self.session.ask(ToModel::RowsOnce { request: request.clone(), answer }) {
                true => state.table.await_rows(purpose, rows),
                false => {
                    state.table.wanted = Some((request, purpose));
                    self.behind = true;
                }
            }
        }
        self.tell_layout();
    }

    /// Does what the graph wants of the layout. Returns whether it was taken.
    pub(super) fn lay_out(&mut self, action: GraphAction) -> bool {
        match action {
            GraphAction::Layout(change) => {
                self.changes.push(change);
                true
            }
            GraphAction::SetKind(kind) => self.session.set_layout(kind),
            GraphAction::Freeze(frozen) => self.session.freeze(frozen),
        }
    }

    fn tell_layout(&mut self) {
        if !self.changes.is_empty() && self.session.layout(self.changes.clone()) {
            self.changes.clear();
        }
        let excess = self.changes.len().saturating_sub(CHANGES_WAITING);
        self.changes.drain(..excess);
    }
}
