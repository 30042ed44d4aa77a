//! The model's thread: it owns the model, takes batches in, and hands out what the view asks for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use capture::Batch;
use crossbeam_channel::{Receiver, Sender, TrySendError, never, select};
use graph::{
    Cast, Event, FieldId, Folding, History, Kind, Limits, Model, NameOrigin, OriginId, Prepared, ProcessKey, Query, Request, Rows, Subject,
    Value,
};

use super::Update;
use super::computer::Computer;
use super::lookups::{Answer, Asker};
use super::own_feed::OwnFeed;
use super::seen::Seen;
use super::session::{Repaint, Shared};

/// At most this often a view is told of changes.
const PUBLISH_EVERY: Duration = Duration::from_millis(40);
/// At most this often rows and details that are being watched are made anew.
const ROWS_EVERY: Duration = Duration::from_millis(250);
/// So many values are told.
const VALUES: usize = 12;
/// Times as long as drawing the graph took, it is not drawn again.
const DRAW_REST: u32 = 8;
/// At most this long events are taken in before anything else is looked at.
const TAKE_IN: Duration = Duration::from_millis(20);

/// What the view asks of the model.
#[derive(Debug)]
pub enum ToModel {
    /// These rows from now on, again whenever they change; or none any more.
    Rows(Option<Request>),
    /// What the flows that match this come to from now on, again whenever that changes; or nothing any more.
    Sums(Option<Arc<Query>>),
    /// The commonest values of a field that have this in them, once.
    Values(FieldId, String),
    /// These details from now on; or none any more.
    Details(Option<Subject>),
    /// What the graph shows from now on, again whenever it changes; or nothing any more.
    Draw(Option<Wanted>),
    /// Rows once, such as all of them for the clipboard.
    RowsOnce {
        /// Which.
        request: Request,
        /// Where they go.
        answer: Sender<Rows>,
    },
    /// Other bounds from now on.
    Limits(Limits),
    /// Names of hosts without one are asked for from now on.
    LookUp(Asker),
    /// A computation is switched on or off.
    Compute {
        /// Its name.
        name: String,
        /// Whether it goes on.
        on: bool,
    },
    /// A computation goes on with other files.
    Replace(Box<dyn Prepared>),
    /// A computation forgets what it remembers.
    Forget {
        /// Its name.
        name: String,
    },
}

/// The commonest values of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// Which.
    pub field: FieldId,
    /// What they have in them.
    pub prefix: String,
    /// Each, and how many have it; the commonest first.
    pub values: Vec<(Value, usize)>,
}

/// What the graph shall show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How it is folded.
    pub folding: Folding,
    /// Processes too, if any.
    pub casting: Option<Casting>,
}

/// Processes are shown in the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Casting {
    /// One that shall be shown though it does nothing.
    pub selected: Option<ProcessKey>,
}

/// What the graph shows.
struct Drawing {
    wanted: Wanted,
    cast: Option<Arc<Cast>>,
    /// Whether anything came since it was drawn.
    stale: bool,
    /// When it may be drawn again.
    due: Instant,
}

pub(super) struct Modeller {
    model: Model,
    computer: Computer,
    /// What looks for the owners of flows, and is told of everything.
    feed: Option<OwnFeed>,
    /// Whose events answers to look-ups are.
    origin: OriginId,
    history: History,
    batches: Receiver<Batch>,
    asked: Receiver<ToModel>,
    asker: Option<Asker>,
    answers: Receiver<Answer>,
    wake_layout: Sender<()>,
    shared: Arc<Shared>,
    repaint: Repaint,
    rows: Option<Request>,
    sums: Option<Arc<Query>>,
    details: Option<Subject>,
    /// None while no graph is shown.
    drawing: Option<Drawing>,
    /// What is on the screen.
    seen: Seen,
    /// Whether anything came since the view was told.
    changed: bool,
    told: Instant,
    /// Whether anything came since rows and details were made.
    rows_stale: bool,
    rows_made: Instant,
}

impl Modeller {
    pub(super) fn new(
        (model, origin): (Model, OriginId),
        computer: Computer,
        feed: Option<OwnFeed>,
        (batches, asked): (Receiver<Batch>, Receiver<ToModel>),
        wake_layout: Sender<()>,
        shared: Arc<Shared>,
        repaint: Repaint,
    ) -> Self {
        let long_ago = Instant::now().checked_sub(ROWS_EVERY).unwrap_or_else(Instant::now);
        Modeller {
            model,
            computer,
            origin,
            feed,
            history: History::default(),
            batches,
            asked,
            asker: None,
            answers: never(),
            wake_layout,
            shared,
            repaint,
            rows: None,
            sums: None,
            details: None,
            drawing: None,
            seen: Seen::default(),
            changed: true,
            told: long_ago,
            rows_stale: false,
            rows_made: long_ago,
        }
    }

    /// Runs until the view is gone.
    pub(super) fn run(mut self) {
        loop {
            select! {
                recv(self.batches) -> batch => match batch {
                    Ok(batch) => self.take_in(batch),
                    Err(_) => self.batches = never(), // the source ended: what is there stays
                },
                recv(self.asked) -> what => match what {
                    Ok(what) => self.answer(what),
                    Err(_) => return self.computer.end(),
                },
                recv(self.computer.moved()) -> told => {
                    let has_moved = self.computer.look_around(told, &mut self.model);
                    self.changed |= has_moved;
                    self.rows_stale |= has_moved;
                }
                recv(self.answers) -> answer => match answer {
                    Ok(answer) => self.hear(&answer),
                    Err(_) => (self.asker, self.answers) = (None, never()), // look-ups ended: what was learnt stays
                },
                default(self.until_due()) => {}
            }
            if self.computer.is_behind() {
                self.computer.run(&mut self.model);
                self.changed = true;
                self.rows_stale = true;
            }
            self.publish_if_due();
            if let Some(asker) = &mut self.asker {
                asker.go_round(&self.model, Instant::now());
            }
        }
    }

    fn take_in(&mut self, first: Batch) {
        let began = Instant::now();
        let mut next = Some(first);
        while let Some(batch) = next {
            for event in &batch.events {
                self.model.apply(batch.now, event, &mut self.history);
            }
            if let Some(feed) = &self.feed {
                feed.see(&batch.events, &self.model);
            }
            self.computer.run(&mut self.model);
            self.model.advance(batch.now, &mut self.history);
            self.changed = true;
            self.rows_stale = true;
            next = if began.elapsed() < TAKE_IN { self.batches.try_recv().ok() } else { None };
        }
        self.shared.timings.took(|timings| &timings.model, began);
    }

    fn answer(&mut self, what: ToModel) {
        match what {
            ToModel::Rows(request) => {
                self.rows = request;
                self.make_rows();
            }
            ToModel::Sums(query) => {
                self.sums = query;
                self.make_rows();
            }
            ToModel::Values(field, prefix) => {
                let values = self.model.live_values(field, &prefix, VALUES);
                self.shared.values.put(Values { field, prefix, values });
                (self.repaint)();
            }
            ToModel::Details(subject) => {
                self.details = subject;
                self.make_details();
            }
            ToModel::Draw(wanted) => self.set_drawing(wanted),
            ToModel::RowsOnce { request, answer } => {
                let _nobody_waits = answer.try_send(self.model.rows(&request));
                (self.repaint)();
            }
            ToModel::Limits(limits) => self.model.set_limits(limits),
            ToModel::LookUp(asker) => {
                self.answers = asker.answers();
                self.asker = Some(asker);
            }
            ToModel::Compute { name, on } => {
                self.computer.switch(&name, on, &mut self.model);
                self.changed = true;
                self.rows_stale = true;
            }
            ToModel::Replace(prepared) => {
                self.computer.replace(prepared, &mut self.model);
                self.changed = true;
                self.rows_stale = true;
            }
            ToModel::Forget { name } => self.computer.forget(&name),
        }
    }

    fn hear(&mut self, answer: &Answer) {
        if let Some(asker) = &mut self.asker {
            asker.hear(answer, Instant::now());
        }
        let Some(told) = &answer.name else { return };
        let now = self.model.now();
        let kind = Kind::Name { addr: answer.addr, origin: NameOrigin::Ptr, ttl_secs: told.ttl_secs, name: told.text.clone() };
        self.model.apply(now, &Event { at: now, origin: self.origin, kind }, &mut self.history);
        self.changed = true;
        self.rows_stale = true;
    }

    /// How long nothing is due; an hour if nothing is pending.
    fn until_due(&self) -> Duration {
        if self.computer.is_behind() || self.asker.as_ref().is_some_and(Asker::is_due) {
            return Duration::ZERO;
        }
        let left = |pending: bool, since: Instant, every: Duration| {
            if pending { every.saturating_sub(since.elapsed()) } else { Duration::from_secs(3600) }
        };
        let watching = self.rows_stale && (self.rows.is_some() || self.sums.is_some() || self.details.is_some() || self.drawing.is_some());
        let drawing =
            self.drawing.as_ref().filter(|drawing| drawing.stale).map(|drawing| drawing.due.saturating_duration_since(Instant::now()));
        let others = left(self.changed, self.told, PUBLISH_EVERY).min(left(watching, self.rows_made, ROWS_EVERY));
        drawing.map_or(others, |due| due.min(others))
    }

    fn publish_if_due(&mut self) {
        if self.changed && self.told.elapsed() >= PUBLISH_EVERY {
            self.changed = false;
            self.told = Instant::now();
            self.publish();
        }
        if self.rows_stale && self.rows_made.elapsed() >= ROWS_EVERY {
            self.make_rows();
            self.make_details();
            self.cast();
        }
        if self.drawing.as_ref().is_some_and(|drawing| drawing.stale && drawing.due <= Instant::now()) {
            self.draw();
        }
    }

    fn publish(&mut self) {
        *self.shared.clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((self.model.now(), Instant::now()));
        let delta = self.model.delta();
        if delta.is_empty() {
            return;
        }
        if let Some(asker) = &mut self.asker {
            asker.offer(delta.hosts.values(), Instant::now());
        }
        let mixed = self.drawing.as_ref().is_some_and(|drawing| drawing.wanted.casting.is_some());
        let shows = self.seen.shows(&delta, mixed);
        let mut behind = false;
        self.shared.update.merge(Update::Delta(Box::new(delta)), |waiting, later| {
            waiting.merge(later);
            behind |= waiting.is_too_far_behind();
        });
        if behind {
            self.shared.update.put(Update::Snapshot(Box::new(self.model.snapshot())));
        }
        if !shows {
            return;
        }
        if let Some(drawing) = &mut self.drawing {
            drawing.stale = true;
        }
        (self.repaint)();
    }

    fn wake_layout(&self) {
        match self.wake_layout.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    fn set_drawing(&mut self, wanted: Option<Wanted>) {
        let cast = self.drawing.take().and_then(|drawing| drawing.cast);
        if let Some(wanted) = wanted {
            self.drawing = Some(Drawing { wanted, cast, stale: true, due: Instant::now() });
            self.cast();
            self.draw();
        }
    }

    /// Whose processes are in the graph. Nothing else than others than before is worth a frame.
    fn cast(&mut self) {
        let Some(drawing) = &mut self.drawing else { return };
        let cast = drawing.wanted.casting.map(|casting| {
            let before = drawing.cast.clone().unwrap_or_default();
            let cast = self.model.cast(casting.selected, &before);
            if cast == *before { before } else { Arc::new(cast) }
        });
        drawing.stale |= cast != drawing.cast;
        drawing.cast = cast;
    }

    /// Draws the graph, and gives it to the layout and the view. The larger it is the longer it is left alone.
    fn draw(&mut self) {
        let Some(drawing) = &mut self.drawing else { return };
        let began = Instant::now();
        let drawn = Arc::new(self.model.draw(&drawing.wanted.folding, drawing.cast.clone()));
        drawing.stale = false;
        drawing.due = Instant::now() + PUBLISH_EVERY.max(began.elapsed() * DRAW_REST);
        self.shared.drawn.put(drawn.clone());
        self.shared.drawn_for_layout.put(drawn);
        self.wake_layout();
        (self.repaint)();
    }

    fn make_rows(&mut self) {
        self.rows_stale = false;
        self.rows_made = Instant::now();
        if let Some(request) = &self.rows {
            self.shared.rows.put(self.model.rows(request));
            (self.repaint)();
        }
        if let Some(sums) = self.sums.as_ref().and_then(|query| self.model.sums(query)) {
            self.shared.sums.put(sums);
            (self.repaint)();
        }
    }

    fn make_details(&mut self) {
        if let Some(subject) = self.details {
            self.shared.details.put(self.model.details(subject, &self.history));
            (self.repaint)();
        }
    }
}
