//! The source `owners`: whose the ends of new flows are.
//!
//! A client may live a few milliseconds, and the capture delivers its packets later than that. So the first packets of TCP connections are
//! captured once more, alone and at once ([`syns`]); who has the socket is asked at once and a few times more, and told as soon as the
//! flow itself is known.

mod cases;
mod feed;
mod syns;

use std::io;
use std::path::PathBuf;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select};
use graph::{Event, Kind, Ledger};

use self::cases::{Cases, Verdict};
pub use self::feed::Feed;
use self::feed::{Fed, WAITING};
use self::syns::Syns;
use super::child::ProcChild;
use super::owner::Owners;
use crate::source::{BATCH_EVENTS, Batch, Command, Context, Ended, Level, Notice, Offer, Source, SourceError};

/// The longest that an answer waits to be told.
const TELL: Duration = Duration::from_millis(10);
/// The most answers that wait for a model that is behind; later ones are found out again when the flow is asked for anew, or never.
const MAX_WAITING: usize = 16_384;

/// What the source of owners is opened with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where procfs is mounted: `/proc`.
    pub root: PathBuf,
    /// The interface whose connections are looked at as they begin; none waits until flows are told.
    pub interface: Option<String>,
    /// Who reads what others may not, if anybody does.
    pub child: Option<ProcChild>,
}

impl Config {
    /// Opens the kernel's socket diagnosis and, where that is permitted, a capture of first packets. What the feed that comes with it is
    /// told, the source hears.
    ///
    /// # Errors
    /// Where there is no procfs, or the kernel does not tell of sockets.
    pub fn open(&self) -> io::Result<(Attribution, Feed)> {
        let owners = Owners::open(&self.root, self.child.clone())?;
        let syns = self.interface.as_deref().and_then(Syns::open);
        let blind = self.interface.is_some() && syns.is_none();
        let (feed, fed) = bounded(WAITING);
        let feed = Feed::new(feed);
        Ok((Attribution { owners, syns, blind, fed, feed: feed.clone() }, feed))
    }
}

/// An open source of owners.
pub struct Attribution {
    owners: Owners,
    syns: Option<Syns>,
    /// Whether first packets were to be captured, and cannot be.
    blind: bool,
    fed: Receiver<Fed>,
    feed: Feed,
}

impl Source for Attribution {
    fn name(&self) -> String {
        "owners".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Attribution { owners, syns, blind, fed, feed } = *self;
        if blind {
            let text = "first packets cannot be captured apart: clients that live only milliseconds have no process".to_owned();
            context.notice(Notice { level: Level::Warning, text, remedy: None });
        }
        let counter = feed.clone();
        let (stop_syns, stopped) = bounded::<Command>(1);
        let thread = match syns {
            Some(syns) => Some(Builder::new().name("syns".into()).spawn(move || syns.run(&stopped, &feed)).map_err(error)?),
            None => None,
        };
        let ended =
            Work { context: &context, owners, cases: Cases::default(), waiting: Vec::new(), feed: counter, missed: 0, told: 0 }.run(&fed);
        let _gone = stop_syns.try_send(Command::Stop);
        drop(stop_syns);
        match thread.map(std::thread::JoinHandle::join) {
            Some(Err(_)) => Err(SourceError("the capture of first packets failed: short-lived clients are missed".to_owned())),
            Some(Ok(Err(message))) => Err(SourceError(format!("the capture of first packets ended: {message}"))),
            _ => Ok(ended),
        }
    }
}

fn error(error: io::Error) -> SourceError {
    SourceError(format!("owners: {error}"))
}

struct Work<'a> {
    context: &'a Context,
    owners: Owners,
    cases: Cases,
    waiting: Vec<Event>,
    feed: Feed,
    /// Flows that were heard of and for which there was no room; how many were told.
    missed: u64,
    told: u64,
}

impl Work<'_> {
    fn run(mut self, fed: &Receiver<Fed>) -> Ended {
        let mut commands = self.context.commands.clone();
        loop {
            let now = Instant::now();
            let pause = if self.waiting.is_empty() { self.cases.rest(now) } else { self.cases.rest(now).min(TELL) };
            select! {
                recv(commands) -> command => match command {
                    Ok(Command::Stop) => return Ended::Stopped,
                    Ok(_) => {}
                    Err(_) => commands = never(), // nobody says anything any more
                },
                recv(fed) -> told => match told {
                    Ok(told) => {
                        self.hear(told);
                        fed.try_iter().take(WAITING).for_each(|told| self.hear(told));
                    }
                    Err(_) => return Ended::Finished,
                },
                default(pause) => {}
            }
            self.look();
            if !self.tell() {
                return Ended::Unheard;
            }
        }
    }

    fn hear(&mut self, told: Fed) {
        let now = Instant::now();
        match told {
            Fed::Began(pid) => self.owners.began(pid),
            Fed::Ended(pid) => self.owners.ended(pid),
            Fed::Begins(tuple, by) => {
                let _when_it_is_shown = self.cases.begin(tuple, by, now);
            }
            Fed::Known(tuple, by, conn) => {
                self.missed += u64::from(!self.cases.begin(tuple, by, now));
                if let Some(verdicts) = self.cases.know(&tuple, conn) {
                    verdicts.for_each(|verdict| say(&mut self.waiting, self.context, &verdict));
                }
            }
        }
    }

    /// Asks for those whose time has come.
    fn look(&mut self) {
        while let Some(tuple) = self.cases.next_due(Instant::now()) {
            let owners = &mut self.owners;
            let verdicts = self.cases.look(&tuple, |side| owners.owner(&tuple, side));
            verdicts.for_each(|verdict| say(&mut self.waiting, self.context, &verdict));
        }
    }

    /// Hands over what was found; what finds no room waits. Returns false once nobody listens.
    fn tell(&mut self) -> bool {
        let lost_owner = self.missed + self.feed.unheard();
        if lost_owner != self.told {
            self.told = lost_owner;
            let kind = Kind::Ledger(Ledger { lost_owner, ..Ledger::default() });
            self.waiting.push(Event { at: (self.context.clock)(), origin: self.context.origin, kind });
        }
        while !self.waiting.is_empty() {
            let events = self.waiting.drain(..self.waiting.len().min(BATCH_EVENTS)).collect();
            match self.context.outlet.offer(Batch { now: (self.context.clock)(), events }) {
                Offer::Taken => {}
                Offer::Full(batch) => {
                    self.waiting.splice(..0, batch.events);
                    self.missed += self.waiting.len().saturating_sub(MAX_WAITING) as u64;
                    self.waiting.truncate(MAX_WAITING);
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
        true
    }
}

fn say(waiting: &mut Vec<Event>, context: &Context, verdict: &Verdict) {
    let Verdict { tuple, conn, side, process, how } = *verdict;
    waiting.push(Event { at: (context.clock)(), origin: context.origin, kind: Kind::Owner { tuple, conn, side, process, how } });
}
