//! One run of the source: one way after the other, one question at a time.

use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use graph::{Event, Kind, Trace};

use super::Feed;
use super::agenda::{APART, Agenda};
use super::child::{Probe, TraceChild, TraceError};
use super::feed::Fed;
use super::way::Way;
use crate::source::{Batch, Context, Ended, Level, Notice, Offer, SourceError};
use crate::wakeup::Wakeup;

/// How often it is looked whether there is somebody to trace.
const LOOK: Duration = Duration::from_secs(1);
/// How soon a model that is behind is told again.
const AGAIN: Duration = Duration::from_millis(50);

pub(super) struct Session<'a> {
    context: &'a Context,
    child: TraceChild,
    echo_id: u16,
    fed: Receiver<Fed>,
    feed: Feed,
    agenda: Agenda,
    way: Option<Way>,
    /// What a model that was behind has not heard yet.
    waiting: Option<Batch>,
    begun: Instant,
    /// Addresses that were left out, as far as the user was told, and when.
    missed: (u64, Option<Duration>),
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, child: TraceChild, echo_id: u16, fed: Receiver<Fed>, feed: Feed) -> Session<'a> {
        let (agenda, way, waiting, missed) = Default::default();
        Session { context, child, echo_id, fed, feed, agenda, way, waiting, begun: Instant::now(), missed }
    }

    pub(super) fn run(mut self) -> Result<Ended, SourceError> {
        let failed = |error: std::io::Error| SourceError(format!("routes: {error}"));
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "trace commands", &self.context.commands).map_err(failed)?;
            loop {
                if wakeup.stops("this source traces routes: there are no packets to filter") {
                    return Ok(Ended::Stopped);
                }
                self.hear();
                if !self.tell() {
                    return Ok(Ended::Unheard);
                }
                self.trace().map_err(|error| SourceError(format!("no more routes are traced: {error}; start it again")))?;
                let answer = self.child.is_asked().then(|| self.child.as_fd());
                wakeup.wait(answer, if self.waiting.is_some() { AGAIN } else { LOOK }).map_err(failed)?;
            }
        })
    }

    /// Takes in with whom flows are, and says where that is too much.
    fn hear(&mut self) {
        let now = self.begun.elapsed();
        for fed in self.fed.try_iter() {
            match fed {
                Fed::Begins(addr) => self.agenda.begins(now, addr),
                Fed::Ends(addr) => self.agenda.ends(addr),
            }
        }
        let left_out = self.agenda.left_out() + self.feed.unheard();
        let (told, at) = self.missed;
        if left_out > told && at.is_none_or(|at| now.saturating_sub(at) >= APART) {
            self.missed = (left_out, Some(now));
            let text = format!("the routes to {left_out} hosts were not traced: there are too many at a time");
            self.context.notice(Notice { level: Level::Info, text, remedy: None });
        }
    }

    /// Goes on with the way that is traced, or with the next one.
    fn trace(&mut self) -> Result<(), TraceError> {
        loop {
            if self.child.is_asked() {
                let Some(probed) = self.child.answer()? else { return Ok(()) };
                self.way.iter_mut().for_each(|way| way.take(probed));
            }
            let asks = self.way.as_ref().and_then(|way| Some((way.dst(), way.next_ttl()?)));
            if let Some((dst, ttl)) = asks {
                self.child.ask(Probe { dst, ttl, echo_id: self.echo_id })?;
                continue;
            }
            self.way.take().and_then(Way::finish).into_iter().for_each(|trace| self.found(trace));
            // One that the model has no room for is enough.
            if self.waiting.is_some() {
                return Ok(());
            }
            match self.agenda.next(self.begun.elapsed()) {
                Some(dst) => self.way = Some(Way::new(dst)),
                None => return Ok(()),
            }
        }
    }

    fn found(&mut self, trace: Trace) {
        let now = (self.context.clock)();
        let event = Event { at: now, origin: self.context.origin, kind: Kind::Trace(trace.into()) };
        self.waiting = Some(Batch { now, events: vec![event] });
        let _who_is_gone_is_noticed_next = self.tell();
    }

    /// Tells what was found. False once nobody listens.
    fn tell(&mut self) -> bool {
        match self.waiting.take().map(|batch| self.context.outlet.offer(batch)) {
            Some(Offer::Full(batch)) => self.waiting = Some(batch),
            Some(Offer::Unheard) => return false,
            Some(Offer::Taken) | None => {}
        }
        true
    }
}
