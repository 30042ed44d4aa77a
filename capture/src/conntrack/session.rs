//! One run of the source: between the socket, the tracker and the model.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use graph::Time;
use wire::netlink::conntrack::Said;
use wire::netlink::header::{INTERRUPTED, MULTI};
use wire::netlink::messages;

use super::child::{Asker, AskerError};
use super::columns::Columns;
use super::pace::Pace;
use super::tracker::{Told, Tracker};
use crate::netlink::{Heard, Socket};
use crate::source::{BATCH_EVENTS, Context, Ended, Level, Notice, SourceError};
use crate::supervised::Tally;
use crate::wakeup::Wakeup;

/// Where the kernel says whether it counts, for this network namespace.
const ACCOUNTING: &str = "/proc/sys/net/netfilter/nf_conntrack_acct";
/// How long is listened before anything else is done.
const LISTEN: Duration = Duration::from_millis(20);
/// The longest that something new waits to be told.
const TICK: Duration = Duration::from_millis(50);
/// As many events wait before they are told without waiting for the tick.
const MANY: usize = 4 * BATCH_EVENTS;
/// Who has not answered in this time is asked again.
const SILENCE: Duration = Duration::from_secs(5);
/// How long the last answer is waited for, and then a model that is behind.
const LAST_LOOK: Duration = Duration::from_millis(50);
const LAST_WORDS: Duration = Duration::from_millis(30);
/// So often it is said that something was lost, at most.
const SAY_LOST: Duration = Duration::from_secs(60);

/// What one run holds.
pub(super) struct Session<'a> {
    context: &'a Context,
    asker: Asker,
    tally: Tally,
    tracker: Tracker,
    pace: Pace,
    dump: Option<Dump>,
    dumps: u32,
    told: Instant,
    said_lost: Option<Instant>,
    said_uncounted: bool,
}

/// An answer that is awaited.
struct Dump {
    number: u32,
    at: Time,
    began: Instant,
    /// Whether the table changed so much that some of it may be missing.
    is_interrupted: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context, asker: Asker, tally: Tally) -> Session<'a> {
        // Other numbers than those of whoever ran before: by the clock, a thousandth of a second each.
        let first = ((context.clock)().micros() / 1_000) as u32;
        let tracker = Tracker::new(context.origin, Columns::of(context.world.registry()), tally.clone(), first);
        let (pace, told) = (Pace::default(), Instant::now());
        Session { context, asker, tally, tracker, pace, dump: None, dumps: 0, told, said_lost: None, said_uncounted: false }
    }

    pub(super) fn run(mut self, mut socket: Socket) -> Result<Ended, SourceError> {
        if is_counting() == Some(false) {
            self.say_uncounted();
        }
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "ct commands", &self.context.commands).map_err(error)?;
            loop {
                wakeup.wait(Some(socket.descriptor()), self.rest()).map_err(error)?;
                if wakeup.stops("this source tells of connections: there are no packets to filter") {
                    self.end(&mut socket);
                    return Ok(Ended::Stopped);
                }
                self.listen(&mut socket).map_err(error)?;
                self.ask()?;
                if !self.tell(|| wakeup.is_told()) {
                    return Ok(if wakeup.is_told() { Ended::Stopped } else { Ended::Unheard });
                }
            }
        })
    }

    /// Tells of everything once more, as far as that takes no longer than a moment.
    fn end(&mut self, socket: &mut Socket) {
        let until = Instant::now() + LAST_LOOK;
        self.dump = None;
        self.pace.lost();
        if self.ask().is_err() {
            return;
        }
        while self.dump.is_some() && Instant::now() < until {
            if self.listen(socket).is_err() {
                return;
            }
        }
        self.told = until.checked_sub(LAST_LOOK + TICK).unwrap_or(until);
        let _as_far_as_it_got = self.tell(|| Instant::now() >= until + LAST_WORDS);
    }

    /// How long nothing needs to be done.
    fn rest(&self) -> Duration {
        let tick = if self.tracker.waiting() > 0 { TICK.saturating_sub(self.told.elapsed()) } else { SILENCE };
        let ask = match &self.dump {
            Some(dump) => SILENCE.saturating_sub(dump.began.elapsed()),
            None => self.pace.rest((self.context.clock)()),
        };
        tick.min(ask)
    }

    /// Asks for everything, if it is time.
    fn ask(&mut self) -> Result<(), SourceError> {
        if self.dump.as_ref().is_some_and(|dump| dump.began.elapsed() >= SILENCE) {
            self.dump = None;
        }
        let now = (self.context.clock)();
        if self.dump.is_some() || !self.pace.asks(now) {
            return Ok(());
        }
        self.dumps = self.dumps.wrapping_add(1).max(1);
        self.asker.dump(self.dumps).map_err(refused)?;
        self.dump = Some(Dump { number: self.dumps, at: now, began: Instant::now(), is_interrupted: false });
        Ok(())
    }

    /// Listens to what the kernel tells, for a moment.
    fn listen(&mut self, socket: &mut Socket) -> Result<(), nix::errno::Errno> {
        let until = Instant::now() + LISTEN;
        let now = (self.context.clock)();
        let (mut came, mut went) = (0, 0);
        loop {
            match socket.hear()? {
                Heard::Nothing => break,
                Heard::Other => {}
                Heard::Overflow => self.lost(),
                Heard::Messages(received) => {
                    for message in messages(received) {
                        let said = message.and_then(|message| Ok((message.header, Said::parse(&message)?)));
                        let Ok((header, said)) = said else {
                            self.tally.refuse("malformed", 1);
                            continue;
                        };
                        let dump = self.dump.as_mut().filter(|dump| header.flags & MULTI != 0 && dump.number == header.seq);
                        match (said, dump) {
                            (Said::Is(entry), Some(dump)) => {
                                dump.is_interrupted |= header.flags & INTERRUPTED != 0;
                                self.tracker.is(now, &entry, Told::Dumped);
                            }
                            (Said::Is(_), None) if header.flags & MULTI != 0 => {} // of an answer that was given up on
                            (Said::Is(entry), None) => {
                                came += 1;
                                self.tracker.is(now, &entry, Told::Came);
                            }
                            (Said::Gone(entry), _) => {
                                went += 1;
                                self.tracker.gone(now, &entry);
                            }
                            (Said::End(end), Some(_)) => self.dumped(now, end.errno()),
                            (Said::End(_) | Said::Other, _) => {}
                        }
                    }
                }
            }
            if Instant::now() >= until {
                break;
            }
        }
        self.tally.add("came", came);
        self.tally.add("went", went);
        Ok(())
    }

    /// The answer is at its end.
    fn dumped(&mut self, now: Time, errno: u32) {
        let Some(dump) = self.dump.take() else { return };
        let took = dump.began.elapsed();
        self.pace.answered(took);
        self.tally.set("µs for the last dump", u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        if errno != 0 || dump.is_interrupted {
            self.tally.lose("dumps that were not whole", 1);
            return self.pace.lost();
        }
        // What began before the kernel was told to count never is.
        if !self.tracker.dumped(now, dump.at) && is_counting() != Some(true) {
            self.say_uncounted();
        }
    }

    /// Something that came or went was not heard: a dump tells what is there.
    fn lost(&mut self) {
        self.tally.lose("overflows", 1);
        self.pace.lost();
        if self.said_lost.is_none_or(|said| said.elapsed() >= SAY_LOST) {
            self.said_lost = Some(Instant::now());
            let text = "connections came and went faster than they could be heard: all that are there were asked for again; what the last packets of \
                        some that went moved is not known";
            self.context.notice(Notice { level: Level::Warning, text: text.to_owned(), remedy: None });
        }
    }

    fn say_uncounted(&mut self) {
        if !std::mem::replace(&mut self.said_uncounted, true) {
            let text = "the kernel tracks connections and does not count what they move".to_owned();
            let remedy = "sudo sysctl net.netfilter.nf_conntrack_acct=1; connections that begin after that are counted";
            self.context.notice(Notice { level: Level::Warning, text, remedy: Some(remedy.to_owned()) });
        }
    }

    /// Tells the model, if it is time, and waits while it is behind. False where it is gone, or this is told to end.
    fn tell(&mut self, give_up: impl FnMut() -> bool) -> bool {
        let waiting = self.tracker.waiting();
        if waiting == 0 || waiting < MANY && self.told.elapsed() < TICK {
            return true;
        }
        self.told = Instant::now();
        let now = (self.context.clock)();
        self.context.outlet.send_all(now, self.tracker.take(), give_up)
    }
}

/// Whether the kernel counts what moves; none where it does not say.
fn is_counting() -> Option<bool> {
    fs::read_to_string(ACCOUNTING).ok().map(|is| is.trim() != "0")
}

/// The kernel, or the child, refused to be asked.
fn refused(error: AskerError) -> SourceError {
    SourceError(super::remedied(&error))
}

fn error(error: impl std::fmt::Display) -> SourceError {
    SourceError(format!("the kernel no longer tells of connections: {error}"))
}
