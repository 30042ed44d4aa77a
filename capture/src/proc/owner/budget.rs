//! How often something that costs may be done.

use std::time::{Duration, Instant};

/// What something costs times this is the time until it may be done again: a twentieth of a processor, where look-ups fail all the time.
const REST: u32 = 20;

/// When it may be done again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Budget(Option<Instant>);

impl Budget {
    /// Whether it may be done.
    pub(super) fn is_there(self) -> bool {
        self.0.is_none_or(|due| Instant::now() >= due)
    }

    /// Does it, if it may be.
    pub(super) fn spend(&mut self, work: impl FnOnce()) {
        if self.is_there() {
            let began = Instant::now();
            work();
            self.0 = Some(Instant::now() + began.elapsed() * REST);
        }
    }

    /// May not be done for so long.
    pub(super) fn rest(&mut self, at_least: Duration) {
        let due = Instant::now() + at_least;
        self.0 = self.0.max(Some(due));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_not_done_again_at_once() {
        let (mut budget, mut done) = (Budget::default(), 0);
        for _ in 0..3 {
            budget.spend(|| {
                done += 1;
                std::thread::sleep(Duration::from_millis(5)); // what it costs
            });
        }
        assert_eq!(done, 1);
        let mut free = Budget::default();
        free.rest(Duration::from_secs(60));
        assert!(!free.is_there());
    }
}
