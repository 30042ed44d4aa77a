//! One run of the source, from its first look at everything to its last word.

use std::thread;
use std::time::{Duration, Instant};

use graph::Kind;
use wire::netlink::process::Event;

use super::child::{ChildError, ProcChild};
use super::connector::{Connector, ConnectorError, Heard};
use super::machine;
use super::outbox::{MAX_WAITING, Outbox};
use super::poll::Poll;
use super::reader::Reader;
use super::scan::Scan;
use super::table::{MAX_KNOWN, Table};
use super::tracker::{Happened, Tracker};
use super::visible::Visible;
use crate::interfaces;
use crate::source::{BATCH_EVENTS, Context, Ended, Level, Notice, Offer, SourceError};
use crate::wakeup::Wakeup;

/// The longest that something new waits to be told.
const TICK: Duration = Duration::from_millis(50);
/// How often processes are measured, and how often it is told that nothing happened.
const LOOK: Duration = Duration::from_secs(1);
/// How long events are listened to before anything else is done.
const LISTEN: Duration = Duration::from_millis(20);
/// How many events are taken at once.
const LISTEN_EVENTS: usize = 1024;
/// How long a model that is behind is waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// What one run holds.
pub(super) struct Session<'a> {
    context: &'a Context,
    tracker: Tracker,
    visible: Visible,
    once: bool,
    scan: Option<Scan>,
    /// All was looked at; what the kernel told meanwhile comes before what nobody told.
    scanned: bool,
    last_scan: Instant,
    looked: Instant,
    told: Instant,
    heard: Vec<Happened>,
    /// Whom to miss when it is gone.
    child: Option<ProcChild>,
}

/// Where news come from.
enum Ear {
    /// The kernel tells.
    Connector(Connector),
    /// Nobody does: one looks.
    Poll(Poll),
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, reader: Reader, visible: Visible, once: bool) -> Session<'a> {
        let (table, outbox) = (Table::new(MAX_KNOWN), Outbox::new(context.origin, MAX_WAITING));
        let tracker = Tracker::new(reader, table, outbox, (context.clock)());
        let now = Instant::now();
        Session {
            context,
            tracker,
            visible,
            once,
            scan: None,
            scanned: false,
            last_scan: now,
            looked: now,
            told: now,
            heard: Vec::new(),
            child: None,
        }
    }

    /// Tells of processes until told to stop. Whatever ends it, the last ledger is told.
    pub(super) fn run(
        mut self,
        connector: Option<Result<Connector, ConnectorError>>,
        child: Result<Option<ProcChild>, ChildError>,
        users: &[u8],
    ) -> Result<Ended, SourceError> {
        self.child = child.unwrap_or_else(|error| {
            self.miss(&error);
            None
        });
        let mut ear = match connector {
            Some(Ok(connector)) => Ear::Connector(connector),
            Some(Err(error)) => self.poll_because(Some(error)),
            None => self.poll_because(None),
        };
        let ended = thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "proc commands", &self.context.commands).map_err(|e| error(&e.to_string()))?;
            self.tell_machine(users);
            self.begin_scan()?;
            loop {
                let wait = self.rest(&ear, Instant::now());
                let descriptor = match &ear {
                    Ear::Connector(connector) => Some(connector.descriptor()),
                    Ear::Poll(_) => None,
                };
                wakeup.wait(descriptor, wait).map_err(|e| error(&e.to_string()))?;
                if wakeup.stops("this source tells of processes: there are no packets to filter") {
                    return Ok(Ended::Stopped);
                }
                self.work(&mut ear, &wakeup)?;
                if !self.tell() {
                    return Ok(Ended::Unheard);
                }
                if self.once && self.scan.is_none() && !self.scanned {
                    return Ok(Ended::Finished);
                }
            }
        });
        self.finish();
        ended
    }

    /// How long nothing needs to be done.
    fn rest(&self, ear: &Ear, now: Instant) -> Duration {
        if self.scan.is_some() || self.scanned {
            return Duration::ZERO;
        }
        let told = self.told + if self.tracker.outbox.has_news() { TICK } else { LOOK };
        let rest = told.min(self.looked + LOOK).saturating_duration_since(now);
        match ear {
            Ear::Connector(_) => rest,
            Ear::Poll(poll) => rest.min(poll.rest(now)),
        }
    }

    /// Takes in what there is, for a moment.
    fn work(&mut self, ear: &mut Ear, wakeup: &Wakeup) -> Result<(), SourceError> {
        let drained = match ear {
            Ear::Connector(connector) => match self.listen(connector) {
                Ok(drained) => drained,
                Err(errno) => {
                    *ear = self.poll_because(Some(ConnectorError::Refused(errno)));
                    self.tracker.missed = true;
                    true
                }
            },
            Ear::Poll(poll) => {
                self.tracker.clocks.read((self.context.clock)());
                if self.scan.is_none() {
                    poll.poll(Instant::now(), &mut self.tracker, || wakeup.is_told()).map_err(|e| error(&e.to_string()))?;
                }
                true
            }
        };
        if let Some(scan) = &mut self.scan {
            if scan.step(&mut self.tracker) {
                (self.scan, self.scanned) = (None, true);
            }
        } else if self.scanned && drained {
            self.tracker.end_unseen();
            self.scanned = false;
        }
        self.tracker.tell_orphans();
        let now = Instant::now();
        if now.saturating_duration_since(self.looked) >= LOOK {
            self.looked = now;
            self.measure();
            self.tracker.tell_ended();
            if self.child.take_if(|child| child.is_gone()).is_some() {
                self.miss(&ChildError::Silent);
            }
            // What was missed is looked for when there is room to tell it, and not all the time.
            let idle = self.scan.is_none() && !self.scanned && self.tracker.outbox.has_room();
            if self.tracker.missed && idle && now.saturating_duration_since(self.last_scan) >= LOOK {
                self.begin_scan()?;
            }
        }
        Ok(())
    }

    /// Listens to what the kernel tells. What a new program is must be read before it may end: that comes before all else. True where
    /// nothing more waits.
    fn listen(&mut self, connector: &mut Connector) -> Result<bool, nix::errno::Errno> {
        let until = Instant::now() + LISTEN;
        let mut drained = Ok(false);
        while self.heard.len() < LISTEN_EVENTS {
            let heard = match connector.hear() {
                Ok(heard) => heard,
                Err(errno) => {
                    drained = Err(errno);
                    break;
                }
            };
            match heard {
                Heard::Event(told, lost) => {
                    let details = match told.event {
                        Event::Exec { task } if !task.is_thread() => Some(self.tracker.reader.details(task.pid)),
                        _ => None,
                    };
                    self.heard.push(Happened { told, details });
                    if lost > 0 {
                        self.tracker.outbox.lose(lost.into());
                        self.tracker.missed = true;
                    }
                }
                Heard::Overflow => self.tracker.missed = true,
                Heard::Other => {}
                Heard::Nothing => {
                    drained = Ok(true);
                    break;
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
        self.tracker.clocks.read((self.context.clock)());
        for happened in std::mem::take(&mut self.heard) {
            self.tracker.heard(happened);
        }
        drained
    }

    fn tell_machine(&mut self, users: &[u8]) {
        let now = self.tracker.clocks.wall();
        for kind in [machine::booted(&self.tracker.clocks)].into_iter().chain(machine::users(users)) {
            self.tracker.outbox.put(now, kind);
        }
    }

    fn begin_scan(&mut self) -> Result<(), SourceError> {
        self.tracker.clocks.read((self.context.clock)());
        self.tracker.missed = false;
        self.last_scan = Instant::now();
        self.scan = Some(Scan::begin(&mut self.tracker).map_err(|e| error(&e.to_string()))?);
        Ok(())
    }

    /// Measures the processes that somebody looks at.
    fn measure(&mut self) {
        let now = self.tracker.clocks.wall();
        for process in self.visible.get().iter() {
            let Some(id) = self.tracker.table.get(process.pid).map(|known| known.id).filter(|id| id.is(*process)) else { continue };
            let Ok(stat) = self.tracker.reader.stat(id.pid) else { continue };
            if self.tracker.is_same(id.pid, &stat) {
                let usage = self.tracker.reader.usage(&stat);
                self.tracker.outbox.put(now, Kind::Usage { process: id, usage });
            }
        }
    }

    /// Tells the model, if it is time. A model that is behind is told more at the next tick. False where it is gone.
    fn tell(&mut self) -> bool {
        let since = Instant::now().saturating_duration_since(self.told);
        let due = if self.tracker.outbox.has_news() { TICK } else { LOOK };
        if since < due && self.tracker.outbox.len() < BATCH_EVENTS || since < Duration::from_millis(5) {
            return true;
        }
        self.told = Instant::now();
        self.tracker.outbox.tell((self.context.clock)(), &self.context.outlet)
    }

    /// Tells the last ledger, even to a model that is behind, for a moment.
    fn finish(&mut self) {
        let outlet = &self.context.outlet;
        let until = Instant::now() + LAST_WORDS;
        self.tracker.outbox.flush((self.context.clock)(), |batch| {
            if outlet.send(batch, || Instant::now() >= until) { Offer::Taken } else { Offer::Unheard }
        });
    }

    /// Says what is not known without the child.
    fn miss(&self, why: &ChildError) {
        let text = format!("what other users' processes run, and which connections are theirs, is not known: {why}");
        self.context.notice(Notice { level: Level::Warning, text, remedy: Some(why.remedy().to_owned()) });
    }

    /// Polls from now on, and says why.
    fn poll_because(&self, error: Option<ConnectorError>) -> Ear {
        let why = error.map(|error| format!(" ({error})")).unwrap_or_default();
        let remedy = match error {
            Some(ConnectorError::NotPermitted) => Some(interfaces::remedy("any").lasting),
            Some(ConnectorError::Namespace) => Some("start glouglou outside of the container".to_owned()),
            Some(ConnectorError::Refused(_)) => Some("a kernel with CONFIG_PROC_EVENTS tells of every process".to_owned()),
            None => None,
        };
        let text = format!("polling: short-lived processes are missed{why}");
        if !self.once {
            self.context.notice(Notice { level: Level::Warning, text, remedy });
        }
        Ear::Poll(Poll::new(Instant::now()))
    }
}

fn error(message: &str) -> SourceError {
    SourceError(format!("processes: {message}; is /proc mounted?"))
}
