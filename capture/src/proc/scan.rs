//! Everything that lives, a slice of time at once.

use std::io;
use std::time::{Duration, Instant};

use super::tracker::Tracker;

/// How long a slice may take: commands and events wait no longer.
pub(super) const SLICE: Duration = Duration::from_millis(5);

/// A look at everything that lives, which goes on slice by slice; what is not there any more ends with it.
#[derive(Debug)]
pub(super) struct Scan {
    pids: std::vec::IntoIter<u32>,
}

impl Scan {
    /// Begins.
    ///
    /// # Errors
    /// Where /proc itself cannot be read.
    pub(super) fn begin(tracker: &mut Tracker) -> io::Result<Scan> {
        let pids = tracker.reader.pids()?;
        tracker.round = tracker.round.wrapping_add(1);
        Ok(Scan { pids: pids.into_iter() })
    }

    /// Goes on for one slice. True where all has been looked at.
    pub(super) fn step(&mut self, tracker: &mut Tracker) -> bool {
        let until = Instant::now() + SLICE;
        for pid in self.pids.by_ref() {
            tracker.look(pid, true);
            if Instant::now() >= until {
                return false;
            }
        }
        true
    }
}
