//! The last packets: what the kernel holds back is waited for, so that what was sent before the end is counted.

use std::time::{Duration, Instant};

use super::handle::{HOLD_MS, Handle};
use super::session::Session;
use crate::source::Offer;

/// How long the kernel may keep a packet that it has seen: its own time and what its timer is late.
const HELD: Duration = Duration::from_millis(HOLD_MS as u64 + 30);
/// How often it is looked whether it has come.
const AGAIN: Duration = Duration::from_millis(3);
/// How long a model that is behind is waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(20);

impl Session<'_> {
    /// Reads what the kernel had for us when this began, as far as there is time. Returns how many packets are left; none
    /// where that cannot be known.
    pub(super) fn drain(&mut self, handle: &mut Handle) -> u32 {
        let until = Instant::now() + HELD;
        let waiting = self.count_losses(handle);
        let mut left = waiting.unwrap_or(u32::MAX);
        while left > 0 {
            // A process that was kept waiting itself reads once more.
            let late = Instant::now() >= until;
            // What went wrong with the interface shows as an error until the packets from before are handed over.
            match self.read(handle) {
                Ok(read) if read > 0 => left = left.saturating_sub(u32::try_from(read).unwrap_or(u32::MAX)),
                Ok(_) | Err(_) if !late => std::thread::sleep(AGAIN),
                Ok(_) | Err(_) => {}
            }
            if late {
                break;
            }
        }
        if waiting.is_some() { left } else { 0 }
    }

    /// Reads the last packets, and counts those for which there was no time among what the kernel drops.
    pub(super) fn close(&mut self, mut handle: Handle) {
        let left = self.drain(&mut handle);
        self.losses.kernel += u64::from(left);
        self.summariser.set_lost(self.losses.kernel, self.losses.interface);
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
