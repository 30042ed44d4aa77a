//! The last packets: what the kernel holds back is waited for, so that what was sent before the end is counted.

use std::time::{Duration, Instant};

use super::handle::{HOLD_MS, Handle};
use super::session::Session;
use crate::source::Offer;

/// How long the kernel may keep a packet that it has seen: its own time and a tick of its timer.
const HELD: Duration = Duration::from_millis(HOLD_MS as u64 + 15);
/// How often it is looked whether it has come.
const AGAIN: Duration = Duration::from_millis(3);
/// How long a model that is behind is waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(20);

impl Session<'_> {
    /// Reads the packets that the kernel had for us when this began, and then its counters for the last time.
    pub(super) fn drain(&mut self, handle: &mut Handle) {
        let until = Instant::now() + HELD;
        let mut waiting = handle.stats().map_or(u64::MAX, |stat| u64::from(handle.waiting(&stat)));
        while waiting > 0 && Instant::now() < until {
            // What went wrong with the interface shows as an error until the packets from before are handed over.
            match self.read(handle) {
                Ok(read) if read > 0 => waiting = waiting.saturating_sub(read as u64),
                Ok(_) | Err(_) => std::thread::sleep(AGAIN),
            }
        }
        self.count_losses(handle);
    }

    /// Ends every connection and tells the last ledger, even to a model that is behind, for a moment.
    pub(super) fn finish(&mut self) {
        let outlet = &self.context.outlet;
        let until = Instant::now() + LAST_WORDS;
        self.summariser.finish((self.context.clock)(), |batch| {
            if outlet.send(batch, || Instant::now() >= until) { Offer::Taken } else { Offer::Unheard }
        });
    }
}
