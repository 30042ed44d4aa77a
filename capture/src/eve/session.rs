//! One run of the source: between where the records come from, the reader and the model.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::columns::Columns;
use super::listener::{Datagrams, Streams};
use super::reader::Reader;
use super::tail::{Found, Tail};
use crate::source::{Context, Ended, Level, Notice};
use crate::supervised::Tally;
use crate::wakeup::Wakeup;

/// How often a file is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long a socket is waited for at a time.
const REST: Duration = Duration::from_secs(60);

/// Where the records come from.
#[derive(Debug)]
pub(super) enum Ear {
    File(Box<Tail>),
    Streams(Streams),
    Datagrams(Datagrams),
}

/// What one run holds.
pub(super) struct Session<'a> {
    context: &'a Context,
    reader: Reader,
    tally: Tally,
    /// Whether there is nothing to hear: the file is not there, or nobody is connected.
    waits: &'a AtomicBool,
    said_missing: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, tally: Tally, waits: &'a AtomicBool, opens: bool) -> Session<'a> {
        let reader = Reader::new(context.origin, Columns::of(context.world.registry()), tally.clone(), opens);
        Session { context, reader, tally, waits, said_missing: false }
    }

    /// Reads until it is told to end; what is read once, to its end.
    pub(super) fn run(mut self, mut ear: Ear, once: bool) -> io::Result<Ended> {
        self.waits.store(matches!(ear, Ear::Streams(_)), Ordering::Relaxed);
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "eve commands", &self.context.commands)?;
            let mut more = true;
            loop {
                let (descriptor, rest) = match &ear {
                    Ear::File(_) => (None, if more { Duration::ZERO } else { LOOK }),
                    Ear::Streams(streams) => (Some(streams.descriptor()), REST),
                    Ear::Datagrams(datagrams) => (Some(datagrams.descriptor()), REST),
                };
                wakeup.wait(descriptor, rest)?;
                if wakeup.stops("this source tells of records: there are no packets to filter") {
                    return Ok(Ended::Stopped);
                }
                more = self.read(&mut ear)?;
                let ends = once && !more;
                if let (true, Ear::File(tail)) = (ends, &mut ear) {
                    let now = (self.context.clock)();
                    tail.end(|line| self.reader.line(now, line));
                }
                if !self.tell(|| wakeup.is_told()) {
                    return Ok(if wakeup.is_told() { Ended::Stopped } else { Ended::Unheard });
                }
                if ends {
                    return Ok(Ended::Finished);
                }
            }
        })
    }

    /// Reads what came. True where there is more.
    fn read(&mut self, ear: &mut Ear) -> io::Result<bool> {
        let now = (self.context.clock)();
        let reader = &mut self.reader;
        match ear {
            Ear::File(tail) => {
                let found = tail.read(Instant::now(), |line| reader.line(now, line))?;
                let is_missing = found == Found::Nothing;
                self.waits.store(is_missing, Ordering::Relaxed);
                if std::mem::replace(&mut self.said_missing, is_missing) != is_missing {
                    let how =
                        if is_missing { "there is no such file now; it is read once there is" } else { "the file is there, and read" };
                    let text = format!("{}: {how}", super::NAME);
                    self.context.notice(Notice { level: Level::Info, text, remedy: None });
                }
                return Ok(found == Found::More);
            }
            Ear::Streams(streams) => {
                let refused = streams.read(|line| reader.line(now, line))?;
                self.tally.refuse("connections refused", refused);
                self.tally.set("connected", streams.connected() as u64);
                self.waits.store(streams.connected() == 0, Ordering::Relaxed);
            }
            Ear::Datagrams(datagrams) => datagrams.read(|line| reader.line(now, line))?,
        }
        Ok(false)
    }

    /// Tells the model, and waits while it is behind. False where it is gone, or this is told to end.
    fn tell(&mut self, give_up: impl FnMut() -> bool) -> bool {
        if self.reader.waiting() == 0 {
            return true;
        }
        let now = (self.context.clock)();
        self.context.outlet.send_all(now, self.reader.take(), give_up)
    }
}
