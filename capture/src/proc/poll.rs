//! Without the connector: what is new and what is gone, a few times a second, as cheaply as may be.

use std::io;
use std::time::{Duration, Instant};

use super::clock::worked;
use super::tracker::Tracker;

/// The shortest time from one poll to the next.
const EVERY: Duration = Duration::from_millis(250);
/// The longest.
const LONGEST: Duration = Duration::from_secs(5);
/// The processor time of a poll times this is the time to the next one: one and a half hundredth of a processor.
const REST: u32 = 66;
/// Every process is looked at once in so many polls, and a whole one in as many of these.
const TURNS: u32 = 16;

/// When to poll, and whose turn it is.
#[derive(Debug)]
pub(super) struct Poll {
    due: Instant,
    turn: u32,
}

impl Poll {
    pub(super) fn new(now: Instant) -> Poll {
        Poll { due: now + EVERY, turn: 0 }
    }

    /// How long nothing needs to be done.
    pub(super) fn rest(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// Polls, if it is time. Numbers that are new are read, young processes are looked at each time, all others in turn.
    ///
    /// # Errors
    /// Where /proc itself cannot be read.
    pub(super) fn poll(&mut self, now: Instant, tracker: &mut Tracker, give_up: impl Fn() -> bool) -> io::Result<()> {
        if now < self.due {
            return Ok(());
        }
        let began = worked();
        tracker.round = tracker.round.wrapping_add(1);
        self.turn = self.turn.wrapping_add(1);
        for pid in tracker.reader.pids()? {
            let due = pid % TURNS == self.turn % TURNS;
            let whole = due && (pid / TURNS) % TURNS == (self.turn / TURNS) % TURNS;
            if !tracker.pass(pid) || due {
                tracker.look(pid, whole);
            }
            if give_up() {
                return Ok(());
            }
        }
        tracker.end_unseen();
        tracker.tell_orphans();
        let spent = worked().saturating_sub(began);
        self.due = Instant::now() + (spent * REST).clamp(EVERY, LONGEST);
        Ok(())
    }
}
