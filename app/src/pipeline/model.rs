//! The model's thread: it owns the model, takes batches in, and hands out what the view asks for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use capture::Batch;
use crossbeam_channel::{Receiver, Sender, TrySendError, never, select};
use graph::{Cast, Event, History, Kind, Limits, Model, NameOrigin, OriginId, ProcessKey, Request, Rows, Subject};

use super::Update;
use super::lookups::{Answer, Asker};
use super::own_feed::OwnFeed;
use super::seen::Seen;
use super::session::{Repaint, Shared};

/// At most this often a view is told of changes.
const PUBLISH_EVERY: Duration = Duration::from_millis(40);
/// At most this often rows and details that are being watched are made anew.
const ROWS_EVERY: Duration = Duration::from_millis(250);
/// At most this long events are taken in before anything else is looked at.
const TAKE_IN: Duration = Duration::from_millis(20);

/// What the view asks of the model.
#[derive(Debug)]
pub enum ToModel {
    /// These rows from now on, again whenever they change; or none any more.
    Rows(Option<Request>),
    /// These details from now on; or none any more.
    Details(Option<Subject>),
    /// The processes that the graph shows from now on, again whenever they are others; or none any more.
    Cast(Option<Casting>),
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
}

/// Processes are shown in the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Casting {
    /// One that shall be shown though it does nothing.
    pub selected: Option<ProcessKey>,
}

pub(super) struct Modeller {
    model: Model,
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
    details: Option<Subject>,
    /// Which processes are shown in the graph, if any are, and those that were told last.
    casting: Option<(Casting, Arc<Cast>)>,
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
        feed: Option<OwnFeed>,
        batches: Receiver<Batch>,
        asked: Receiver<ToModel>,
        wake_layout: Sender<()>,
        shared: Arc<Shared>,
        repaint: Repaint,
    ) -> Self {
        let long_ago = Instant::now().checked_sub(ROWS_EVERY).unwrap_or_else(Instant::now);
        Modeller {
            model,
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
            details: None,
            casting: None,
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
                    Err(_) => return,
                },
                recv(self.answers) -> answer => match answer {
                    Ok(answer) => self.hear(&answer),
                    Err(_) => (self.asker, self.answers) = (None, never()), // look-ups ended: what was learnt stays
                },
                default(self.until_due()) => {}
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
            if let Some(feed) = &self.feed {
                feed.see(&batch.events);
            }
            for event in &batch.events {
                self.model.apply(batch.now, event, &mut self.history);
            }
            self.model.advance(batch.now, &mut self.history);
            self.changed = true;
            self.rows_stale = true;
            next = if began.elapsed() < TAKE_IN { self.batches.try_recv().ok() } else { None };
        }
    }

    fn answer(&mut self, what: ToModel) {
        match what {
            ToModel::Rows(request) => {
                self.rows = request;
                self.make_rows();
            }
            ToModel::Details(subject) => {
                self.details = subject;
                self.make_details();
            }
            ToModel::Cast(casting) => self.set_casting(casting),
            ToModel::RowsOnce { request, answer } => {
                let _nobody_waits = answer.try_send(self.model.rows(&request));
                (self.repaint)();
            }
            ToModel::Limits(limits) => self.model.set_limits(limits),
            ToModel::LookUp(asker) => {
                self.answers = asker.answers();
                self.asker = Some(asker);
            }
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
        if self.asker.as_ref().is_some_and(Asker::is_due) {
            return Duration::ZERO;
        }
        let left = |pending: bool, since: Instant, every: Duration| {
            if pending { every.saturating_sub(since.elapsed()) } else { Duration::from_secs(3600) }
        };
        let watching = self.rows_stale && (self.rows.is_some() || self.details.is_some() || self.casting.is_some());
        left(self.changed, self.told, PUBLISH_EVERY).min(left(watching, self.rows_made, ROWS_EVERY))
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
            self.make_cast();
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
        let shows = self.seen.shows(&delta, self.casting.is_some());
        let mut behind = false;
        let mut put = |slot: &super::Slot<Update>, update| {
            slot.merge(update, |waiting, later| {
                waiting.merge(later);
                behind |= waiting.is_too_far_behind();
            });
        };
        put(&self.shared.for_layout, Update::Delta(Box::new(delta.clone())));
        put(&self.shared.update, Update::Delta(Box::new(delta)));
        if behind {
            let snapshot = Box::new(self.model.snapshot());
            self.shared.for_layout.put(Update::Snapshot(snapshot.clone()));
            self.shared.update.put(Update::Snapshot(snapshot));
        }
        if !shows {
            return;
        }
        self.wake_layout();
        (self.repaint)();
    }

    fn wake_layout(&self) {
        match self.wake_layout.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    fn set_casting(&mut self, casting: Option<Casting>) {
        let before = self.casting.take().map(|(_, cast)| cast).unwrap_or_default();
        match casting {
            Some(casting) => {
                let cast = Arc::new(self.model.cast(casting.selected, &before));
                self.tell_cast(casting, cast);
            }
            None => {
                self.shared.cast_for_layout.put(None);
                self.wake_layout();
            }
        }
    }

    /// The processes in the graph, if they are others than before: nothing else is worth a frame.
    fn make_cast(&mut self) {
        let Some((casting, before)) = &self.casting else { return };
        let (casting, cast) = (*casting, self.model.cast(casting.selected, before));
        if cast != **before {
            self.tell_cast(casting, Arc::new(cast));
        }
    }

    fn tell_cast(&mut self, casting: Casting, cast: Arc<Cast>) {
        self.shared.cast.put(cast.clone());
        self.shared.cast_for_layout.put(Some(cast.clone()));
        self.casting = Some((casting, cast));
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
    }

    fn make_details(&mut self) {
        if let Some(subject) = self.details {
            self.shared.details.put(self.model.details(subject, &self.history));
            (self.repaint)();
        }
    }
}
