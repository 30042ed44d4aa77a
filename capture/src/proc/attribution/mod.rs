//! The source `owners`: whose the ends of new flows are.
//!
//! A client may live a few milliseconds, and the capture delivers its packets later than that. So the first packets of TCP connections are
//! captured once more, alone and at once ([`syns`]); who has the socket is asked at once and a few times more, and told as soon as the
//! flow itself is known. With the feature `ebpf` the kernel says by itself who asks for connections (`ebpf`), where it lets a program do so.

mod cases;
#[cfg(feature = "ebpf")]
mod ebpf;
mod feed;
mod listener;
mod syns;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, never, select};
use graph::{Event, Kind, Ledger};

use self::cases::{Cases, Verdict};
#[cfg(feature = "ebpf")]
pub use self::ebpf::Refused;
#[cfg(feature = "ebpf")]
use self::ebpf::{Asked, Connects};
pub use self::feed::Feed;
use self::feed::{Fed, WAITING};
use self::listener::Listener;
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
    /// The interfaces whose connections are looked at as they begin; without one they are when flows are told.
    pub interfaces: Vec<String>,
    /// Who reads what others may not, if anybody does.
    pub child: Option<ProcChild>,
}

impl Config {
    /// Opens the kernel's socket diagnosis and, where that is permitted, a capture of first packets and, with the feature `ebpf`, what the
    /// kernel says of this thread's network namespace. What the feed that comes with it is told, the source hears.
    ///
    /// # Errors
    /// Where there is no procfs, or the kernel does not tell of sockets.
    pub fn open(&self) -> io::Result<(Attribution, Feed)> {
        let owners = Owners::open(&self.root, self.child.clone())?;
        let syns: Vec<Syns> = self.interfaces.iter().filter_map(|interface| Syns::open(interface)).collect();
        let blind = syns.len() < self.interfaces.len();
        let (feed, fed) = bounded(WAITING);
        let feed = Feed::new(feed);
        let attribution = Attribution {
            owners,
            syns,
            blind,
            #[cfg(feature = "ebpf")]
            connects: Connects::open(),
            fed,
            feed: feed.clone(),
        };
        Ok((attribution, feed))
    }
}

/// An open source of owners.
pub struct Attribution {
    owners: Owners,
    syns: Vec<Syns>,
    /// Whether first packets were to be captured, and cannot be.
    blind: bool,
    /// The kernel's own word on who asks for connections.
    #[cfg(feature = "ebpf")]
    connects: Result<Connects, Refused>,
    fed: Receiver<Fed>,
    feed: Feed,
}

#[cfg(feature = "ebpf")]
impl Attribution {
    /// Why the kernel does not say who asks for connections; none where it does.
    pub fn refused(&self) -> Option<&Refused> {
        self.connects.as_ref().err()
    }
}

impl Source for Attribution {
    fn name(&self) -> String {
        "owners".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        if self.blind {
            let text = "first packets cannot be captured apart: clients that live only milliseconds have no process".to_owned();
            context.notice(Notice { level: Level::Warning, text, remedy: None });
        }
        let mut listeners = Vec::new();
        for syns in self.syns {
            let feed = self.feed.clone();
            let hear = move |stop: &_| syns.run(stop, &feed);
            listeners.push(Listener::start("syns", "the capture of first packets", hear).map_err(error)?);
        }
        #[cfg(feature = "ebpf")]
        match self.connects {
            Ok(connects) => {
                let feed = self.feed.clone();
                let hear = move |stop: &_| connects.run(stop, &feed);
                listeners.push(Listener::start("ebpf", "the eBPF program", hear).map_err(error)?);
            }
            Err(refused) => context.notice(refused.notice()),
        }
        let ended = Work::new(&context, self.owners, self.feed).run(&self.fed);
        // All are stopped before any is complained about.
        let stopped: Vec<_> = listeners.into_iter().map(Listener::stop).collect();
        stopped.into_iter().collect::<Result<(), _>>()?;
        Ok(ended)
    }
}

fn error(error: io::Error) -> SourceError {
    SourceError(format!("owners: {error}"))
}

struct Work<'a> {
    context: &'a Context,
    owners: Owners,
    #[cfg(feature = "ebpf")]
    asked: Asked,
    cases: Cases,
    waiting: Vec<Event>,
    feed: Feed,
    /// Flows that were heard of and for which there was no room; how many were told.
    missed: u64,
    told: u64,
}

impl<'a> Work<'a> {
    fn new(context: &'a Context, owners: Owners, feed: Feed) -> Work<'a> {
        Work {
            context,
            owners,
            #[cfg(feature = "ebpf")]
            asked: Asked::default(),
            cases: Cases::default(),
            waiting: Vec::new(),
            feed,
            missed: 0,
            told: 0,
        }
    }

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
                if let Some(verdicts) = self.cases.know(&tuple, conn, now) {
                    verdicts.for_each(|verdict| say(&mut self.waiting, self.context, &verdict));
                }
            }
            #[cfg(feature = "ebpf")]
            Fed::Connects(connect) => match self.cases.settle(&connect.tuple, connect.side, connect.process) {
                Some(verdicts) => verdicts.for_each(|verdict| say(&mut self.waiting, self.context, &verdict)),
                None => self.missed += self.asked.put(connect, now),
            },
        }
    }

    /// Asks for those whose time has come, for a moment: in a flood what was found is told, and a command heard, before the last of them.
    fn look(&mut self) {
        let until = Instant::now() + TELL;
        while let Some(tuple) = self.cases.next_due(Instant::now()) {
            let owners = &mut self.owners;
            #[cfg(feature = "ebpf")]
            let (asked, now) = (&mut self.asked, Instant::now());
            let verdicts = self.cases.look(&tuple, |side| {
                #[cfg(feature = "ebpf")]
                if let Some(process) = asked.take(&tuple, side, now) {
                    return Some((process, graph::Attribution::Exact));
                }
                owners.owner(&tuple, side)
            });
            verdicts.for_each(|verdict| say(&mut self.waiting, self.context, &verdict));
            if Instant::now() >= until {
                return;
            }
        }
    }

    /// Hands over what was found; what finds no room waits. Returns false once nobody listens.
    fn tell(&mut self) -> bool {
        let lost_owner = self.missed.saturating_add(self.feed.unheard());
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use graph::{ConnId, Endpoint, OriginId, Proto, Time, Tuple};

    use super::*;
    use crate::source::{Outlet, Progress};

    #[test]
    fn in_a_flood_it_does_not_look_for_all_before_it_does_anything_else() {
        let root = PathBuf::from("/proc");
        let (_commands, commands) = bounded(1);
        let (outlet, _batches) = bounded(1);
        let (outlet, notices, progress) = (Outlet(outlet), bounded(1).0, Progress::default().into());
        let context = Context {
            origin: OriginId(3),
            world: crate::World::alone().unwrap().into(),
            outlet,
            commands,
            notices,
            progress,
            clock: || Time::ZERO,
        };
        let mut work = Work::new(&context, Owners::open(&root, None).unwrap(), Feed::new(bounded(1).0));
        let end = |last, port| Endpoint { addr: Ipv4Addr::new(127, 0, 0, last).into(), port };
        for port in 1..=16_000 {
            let (tuple, side) = Tuple::new(Proto::TCP, end(1, port), end(2, 443));
            work.hear(Fed::Known(tuple, side, ConnId(port.into())));
        }
        work.look();
        assert_eq!(work.cases.rest(Instant::now()), Duration::ZERO);
    }
}
