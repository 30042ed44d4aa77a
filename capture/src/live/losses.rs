//! libpcap's 32-bit counters, which begin anew with each handle and turn over, as totals.

use pcap::Stat;

/// Packets that the kernel and the interface dropped since the source began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// Because the capture buffer was full.
    pub(super) kernel: u64,
    /// By the interface or its driver.
    pub(super) interface: u64,
    last: Seen,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    kernel: u32,
    interface: u32,
}

impl Losses {
    /// Takes what the handle says now. True where something was lost since the last time.
    pub(super) fn update(&mut self, stat: &Stat) -> bool {
        let kernel = step(self.last.kernel, stat.dropped);
        let interface = step(self.last.interface, stat.if_dropped);
        self.kernel += kernel;
        self.interface += interface;
        self.last = Seen { kernel: stat.dropped, interface: stat.if_dropped };
        kernel + interface > 0
    }

    /// Another handle counts from zero.
    pub(super) fn handle_changed(&mut self) {
        self.last = Seen::default();
    }
}

/// How far a counter went. One that went back by less than it could have gone forward was reset, as an interface's is
/// when it is made anew, and says nothing.
fn step(before: u32, now: u32) -> u64 {
    let step = now.wrapping_sub(before);
    if step > u32::MAX / 2 { 0 } else { u64::from(step) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(dropped: u32, if_dropped: u32) -> Stat {
        Stat { received: 0, dropped, if_dropped }
    }

    #[test]
    fn counters_turn_over_and_begin_anew() {
        let mut losses = Losses::default();
        assert!(losses.update(&stat(u32::MAX / 2, 5)));
        assert!(losses.update(&stat(u32::MAX - 1, 5)));
        assert!(losses.update(&stat(8, 5)));
        assert_eq!((losses.kernel, losses.interface), (u64::from(u32::MAX) + 9, 5));
        assert!(!losses.update(&stat(8, 2)));
        losses.handle_changed();
        assert!(losses.update(&stat(3, 0)));
        assert_eq!((losses.kernel, losses.interface), (u64::from(u32::MAX) + 12, 5));
    }
}
