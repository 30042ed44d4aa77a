//! How much of something is done, in a fixed space.

use std::net::IpAddr;
use std::time::Duration;

use super::Random;

/// So many a second, and no more at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    per_sec: u32,
    left: f64,
    at: Duration,
}

impl Rate {
    pub(super) fn new(per_sec: u32, now: Duration) -> Rate {
        Rate { per_sec, left: per_sec.into(), at: now }
    }

    /// Takes `count`, if that many are left.
    pub(super) fn take(&mut self, now: Duration, count: u32) -> bool {
        let most = f64::from(self.per_sec);
        self.left = (self.left + now.saturating_sub(self.at).as_secs_f64() * most).min(most);
        self.at = self.at.max(now);
        let taken = self.left >= f64::from(count);
        if taken {
            self.left -= f64::from(count);
        }
        taken
    }
}

/// As many sources are remembered.
const SLOTS: usize = 4096;
/// Failures of one source that are put up with, and for how long.
const FAILURES: u8 = 5;
const WITHIN: Duration = Duration::from_secs(60);

/// Who failed lately. Of two that share a slot the later one pushes the other out: that takes somebody who holds valid cookies for many addresses.
#[derive(Debug)]
pub(super) struct Failures {
    slots: Vec<Option<Failed>>,
    /// So that nobody can choose whom to push out.
    salt: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Failed {
    who: (IpAddr, u32),
    since: Duration,
    count: u8,
}

impl Failures {
    pub(super) fn new(random: &mut impl Random) -> Failures {
        Failures { slots: vec![None; SLOTS], salt: random.number() | 1 }
    }

    /// Whether that source has failed too often.
    pub(super) fn is_barred(&mut self, now: Duration, who: (IpAddr, u32)) -> bool {
        let slot = self.slot(who);
        slot.is_some_and(|failed| failed.who == who && now.saturating_sub(failed.since) < WITHIN && failed.count >= FAILURES)
    }

    /// It failed once more.
    pub(super) fn fail(&mut self, now: Duration, who: (IpAddr, u32)) {
        let slot = self.slot(who);
        let before = slot.filter(|failed| failed.who == who && now.saturating_sub(failed.since) < WITHIN);
        let before = before.unwrap_or(Failed { who, since: now, count: 0 });
        *slot = Some(Failed { count: before.count.saturating_add(1), ..before });
    }

    fn slot(&mut self, (addr, probe_id): (IpAddr, u32)) -> &mut Option<Failed> {
        let bits = match addr {
            IpAddr::V4(addr) => addr.to_bits().into(),
            IpAddr::V6(addr) => addr.to_bits(),
        };
        let mixed = ((bits >> 64) as u64 ^ bits as u64 ^ u64::from(probe_id)).wrapping_mul(self.salt);
        let place = (mixed.rotate_left(23).wrapping_mul(self.salt) >> 32) as usize % SLOTS;
        #[expect(clippy::indexing_slicing, reason = "a remainder of its length")]
        &mut self.slots[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_a_second() {
        let mut rate = Rate::new(10, Duration::ZERO);
        let taken = |rate: &mut Rate, ms| (0..100).filter(|_| rate.take(Duration::from_millis(ms), 1)).count();
        assert_eq!((taken(&mut rate, 0), taken(&mut rate, 500), taken(&mut rate, 60_000)), (10, 5, 10));
        assert!(!rate.take(Duration::from_secs(90), 11));
    }

    #[test]
    fn who_failed_five_times_waits_for_a_minute() {
        let mut failures = Failures::new(&mut |bytes: &mut [u8]| bytes.fill(7));
        let (bad, good) = ((IpAddr::from([192, 0, 2, 1]), 1), (IpAddr::from([192, 0, 2, 2]), 1));
        for _ in 0..5 {
            assert!(!failures.is_barred(Duration::ZERO, bad));
            failures.fail(Duration::ZERO, bad);
        }
        assert!(failures.is_barred(Duration::from_secs(59), bad) && !failures.is_barred(Duration::ZERO, good));
        assert!(!failures.is_barred(Duration::from_secs(61), bad));
        failures.fail(Duration::from_secs(61), bad);
        assert!(!failures.is_barred(Duration::from_secs(61), bad), "it is counted anew");
    }
}
