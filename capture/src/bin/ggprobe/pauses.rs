//! How long to wait before what died is started again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);
/// Who lived so long did not die of its start.
const LONG_LIFE: Duration = Duration::from_secs(60);

/// Longer and longer, while it dies soon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pauses {
    next: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses { next: FIRST }
    }
}

impl Pauses {
    /// After a life so long; `random`, from 0 to 1, keeps many that died together from starting together: three quarters to five quarters of the pause.
    pub(super) fn after(&mut self, lived: Duration, random: f64) -> Duration {
        if lived >= LONG_LIFE {
            self.next = FIRST;
        }
        let pause = self.next;
        self.next = (pause * 2).min(LONGEST);
        pause.mul_f64(0.75 + random.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_to_an_end_and_begin_anew_after_a_long_life() {
        let mut pauses = Pauses::default();
        let soon = Duration::from_secs(1);
        let all: Vec<u128> = (0..9).map(|_| pauses.after(soon, 0.5).as_millis()).collect();
        assert_eq!(all, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(pauses.after(LONG_LIFE, 0.0).as_millis(), 187);
        assert_eq!(pauses.after(soon, 1.0).as_millis(), 625);
    }
}
