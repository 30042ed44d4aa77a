//! The clocks that tell of processes. The connector's events carry CLOCK_MONOTONIC, /proc tells beginnings by CLOCK_BOOTTIME, which goes on
//! while the machine sleeps, and the user reads the wall clock.

use std::time::Duration;

use graph::Time;
use nix::time::{ClockId, clock_gettime};

/// All three at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moment {
    monotonic_ns: u64,
    boot_ns: u64,
    wall: Time,
}

impl Moment {
    fn now(wall: Time) -> Moment {
        Moment { monotonic_ns: nanos(ClockId::CLOCK_MONOTONIC), boot_ns: nanos(ClockId::CLOCK_BOOTTIME), wall }
    }

    fn boot_of(&self, monotonic_ns: u64) -> u64 {
        let boot = i128::from(monotonic_ns) + i128::from(self.boot_ns) - i128::from(self.monotonic_ns);
        u64::try_from(boot).unwrap_or_default()
    }
}

/// What the clocks said last, and before that: an event from before a sleep is told by the earlier one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clocks {
    before: Moment,
    last: Moment,
}

impl Clocks {
    /// Reads them; `wall` is what the wall clock says.
    pub(super) fn new(wall: Time) -> Clocks {
        let now = Moment::now(wall);
        Clocks { before: now, last: now }
    }

    /// Reads them again.
    pub(super) fn read(&mut self, wall: Time) {
        (self.before, self.last) = (self.last, Moment::now(wall));
    }

    /// The wall clock when they were read.
    pub(super) fn wall(&self) -> Time {
        self.last.wall
    }

    /// The same by the connector's clock.
    pub(super) fn monotonic_ns(&self) -> u64 {
        self.last.monotonic_ns
    }

    /// How long ago the machine began, in nanoseconds, at the last reading.
    pub(super) fn boot_ns(&self) -> u64 {
        self.last.boot_ns
    }

    /// An event's time by the clock that /proc tells beginnings by; never zero.
    pub(super) fn boot_of(&self, monotonic_ns: u64) -> u64 {
        let by = if monotonic_ns <= self.before.monotonic_ns { &self.before } else { &self.last };
        by.boot_of(monotonic_ns).max(1)
    }

    /// An event's time by the wall clock, at most now.
    pub(super) fn wall_of(&self, monotonic_ns: u64) -> Time {
        let ago = self.last.boot_ns.saturating_sub(self.boot_of(monotonic_ns));
        self.last.wall.minus(Duration::from_nanos(ago))
    }
}

fn nanos(clock: ClockId) -> u64 {
    let Ok(time) = clock_gettime(clock) else { return 0 };
    let secs = u64::try_from(time.tv_sec()).unwrap_or_default();
    secs.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec()).unwrap_or_default())
}

/// How long this thread has had a processor.
pub(super) fn worked() -> Duration {
    Duration::from_nanos(nanos(ClockId::CLOCK_THREAD_CPUTIME_ID))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_between_two_readings_is_not_counted_twice() {
        let second = 1_000_000_000;
        let before = Moment { monotonic_ns: 10 * second, boot_ns: 15 * second, wall: Time::from_secs(100) };
        // It slept for 100 s.
        let last = Moment { monotonic_ns: 12 * second, boot_ns: 117 * second, wall: Time::from_secs(202) };
        let clocks = Clocks { before, last };
        assert_eq!(clocks.boot_of(9 * second), 14 * second);
        assert_eq!(clocks.boot_of(11 * second), 116 * second);
        assert_eq!(clocks.wall_of(11 * second), Time::from_secs(201));
        assert_eq!(clocks.wall_of(9 * second), Time::from_secs(99));
        assert_eq!(clocks.wall_of(500 * second), Time::from_secs(202), "nothing is told ahead of its time");
        assert_eq!(Clocks::default().boot_of(0), 1, "zero would mean that it is not known");
    }

    #[test]
    fn the_clocks_go() {
        let mut clocks = Clocks::new(Time::from_secs(5));
        let first = clocks.monotonic_ns();
        clocks.read(Time::from_secs(6));
        assert!(first > 0 && clocks.monotonic_ns() > first && worked() > Duration::ZERO);
    }
}
