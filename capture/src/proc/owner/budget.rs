//! How often something that costs may be done.

use std::time::{Duration, Instant};

/// When it may be done again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    due: Option<Instant>,
    /// What it costs times this is the time until it may be done again.
    rest: u32,
}

impl Budget {
    /// A twentieth of a processor at most, though look-ups should fail all the time.
    pub(super) fn a_twentieth() -> Budget {
        Budget { due: None, rest: 19 }
    }

    /// A fifth.
    pub(super) fn a_fifth() -> Budget {
        Budget { due: None, rest: 4 }
    }

    /// Whether it may be done.
    pub(super) fn is_there(&self) -> bool {
        self.due.is_none_or(|due| Instant::now() >= due)
    }

    /// Does it, if it may be done.
    pub(super) fn spend<T>(&mut self, work: impl FnOnce() -> T) -> Option<T> {
        if !self.is_there() {
            return None;
        }
        let began = Instant::now();
        let done = work();
        self.due = Some(Instant::now() + began.elapsed() * self.rest);
        Some(done)
    }

    /// It may be done again after so long, whatever it cost.
    pub(super) fn rest_at_most(&mut self, at_most: Duration) {
        self.due = self.due.map(|due| due.min(Instant::now() + at_most));
    }

    /// It may not be done for so long.
    pub(super) fn rest(&mut self, at_least: Duration) {
        self.due = self.due.max(Some(Instant::now() + at_least));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_not_done_again_at_once() {
        let (mut budget, mut done) = (Budget::a_fifth(), 0);
        for _ in 0..3 {
            budget.spend(|| {
                done += 1;
                std::thread::sleep(Duration::from_millis(5)); // what it costs
            });
        }
        assert_eq!(done, 1);
        let mut later = Budget::a_twentieth();
        later.rest(Duration::from_secs(60));
        assert_eq!(later.spend(|| ()), None);
    }
}
