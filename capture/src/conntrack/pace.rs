//! When the kernel is asked for everything: right before a slice closes, as early as the answer takes.

use std::time::Duration;

use graph::{SLICE, Time};

/// So long before the slice closes it is asked, at least.
const LEAD: Duration = Duration::from_millis(150);
/// Times as long as the last answer took.
const MARGIN: u32 = 2;

/// The questions, one a slice.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// The slice in which it was asked last.
    asked: Option<Time>,
    took: Duration,
    /// Something was lost: ask at once.
    hurry: bool,
}

impl Pace {
    /// How long nothing is to be asked.
    pub(super) fn rest(&self, now: Time) -> Duration {
        if self.hurry || self.asked.is_none() {
            return Duration::ZERO;
        }
        let slice = now.floor(SLICE);
        let due = self.due(if self.asked == Some(slice) { slice.plus(SLICE) } else { slice });
        due.since(now)
    }

    /// Whether it is time to ask; then it was.
    pub(super) fn asks(&mut self, now: Time) -> bool {
        if !self.rest(now).is_zero() {
            return false;
        }
        (self.asked, self.hurry) = (Some(now.floor(SLICE)), false);
        true
    }

    /// The answer is whole.
    pub(super) fn answered(&mut self, took: Duration) {
        self.took = took;
    }

    /// Something was lost.
    pub(super) fn lost(&mut self) {
        self.hurry = true;
    }

    fn due(&self, slice: Time) -> Time {
        slice.plus(SLICE).minus((self.took * MARGIN).clamp(LEAD, SLICE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Time {
        Time(5_000_000 + ms * 1_000)
    }

    #[test]
    fn it_asks_once_a_slice_right_before_it_closes() {
        let mut pace = Pace::default();
        assert!(pace.asks(at(300)), "at first at once");
        assert!(!pace.asks(at(849)) && !pace.asks(at(999)));
        assert_eq!(pace.rest(at(999)), Duration::from_millis(851));
        assert!(pace.asks(at(1_850)) && !pace.asks(at(1_900)));
        pace.answered(Duration::from_millis(200));
        assert!(!pace.asks(at(2_599)) && pace.asks(at(2_600)));
        assert!(pace.asks(at(3_990)), "late is better than never");
        pace.answered(Duration::from_secs(9));
        assert!(pace.asks(at(4_000)) && !pace.asks(at(4_500)));
    }

    #[test]
    fn what_was_lost_is_asked_for_at_once() {
        let mut pace = Pace::default();
        assert!(pace.asks(at(900)));
        pace.lost();
        assert!(pace.asks(at(901)) && !pace.asks(at(902)));
    }
}
