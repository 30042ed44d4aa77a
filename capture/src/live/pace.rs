//! When to tell the model something, and when to look after the interface.

use std::time::{Duration, Instant};

/// The longest that something new waits to be told.
const TICK: Duration = Duration::from_millis(50);
/// The shortest time between two tellings: what the kernel holds back for a little less than a tick is told as it comes.
const BREATH: Duration = Duration::from_millis(40);
/// How often the kernel's counters and the interface are looked at, and how often it is told that nothing happened.
const LOOK: Duration = Duration::from_secs(1);

/// The times of one capture, by a clock that never goes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    told: Instant,
    looked: Instant,
    /// Whether there is something new to tell.
    pub(super) news: bool,
}

impl Pace {
    /// Begins with a telling that is due in [`LOOK`].
    pub(super) fn new(now: Instant) -> Pace {
        Pace { told: now, looked: now, news: false }
    }

    /// How long nothing needs to be done.
    pub(super) fn rest(&self, now: Instant) -> Duration {
        let told = self.told + if self.news { TICK } else { LOOK };
        told.min(self.looked + LOOK).saturating_duration_since(now)
    }

    /// Whether to tell now; if so it counts as told.
    pub(super) fn tell(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.told) >= if self.news { BREATH } else { LOOK };
        if due {
            (self.told, self.news) = (now, false);
        }
        due
    }

    /// Whether to look now; if so it counts as looked.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        let due = now.saturating_duration_since(self.looked) >= LOOK;
        if due {
            self.looked = now;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn idle_means_once_a_second_and_news_every_tick() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.rest(start), LOOK);
        assert!(!pace.tell(start + 999 * MILLI) && !pace.look(start + 999 * MILLI));
        assert!(pace.tell(start + LOOK) && pace.look(start + LOOK));
        pace.news = true;
        assert_eq!(pace.rest(start + LOOK), TICK);
        assert!(!pace.tell(start + LOOK + 39 * MILLI));
        assert!(pace.tell(start + LOOK + 45 * MILLI));
        assert!(!pace.news);
    }
}
