//! How long after it happened something is in the model.

use std::time::Duration;

use graph::Time;
use serde::Serialize;

/// Longer ones count as this.
const LONGEST_MS: usize = 10_000;

/// Counts by the millisecond.
pub(super) struct Delays(Vec<u64>);

/// What so many of a hundred take at most, milliseconds.
#[derive(Serialize)]
pub(super) struct Percentiles {
    p50: usize,
    p99: usize,
    most: usize,
}

impl Delays {
    pub(super) fn new() -> Delays {
        Delays(vec![0; LONGEST_MS + 1])
    }

    /// Something happened `at`, and is in the model now.
    pub(super) fn count(&mut self, at: Time, now: Time) {
        let late: Duration = now.since(at);
        let bucket = usize::try_from(late.as_millis()).unwrap_or(LONGEST_MS).min(LONGEST_MS);
        if let Some(count) = self.0.get_mut(bucket) {
            *count += 1;
        }
    }

    /// None where nothing was counted.
    pub(super) fn percentiles(&self) -> Option<Percentiles> {
        let all: u64 = self.0.iter().sum();
        let at = |share: f64| {
            let mut left = (all as f64 * share).ceil() as u64;
            self.0.iter().position(|count| {
                left = left.saturating_sub(*count);
                left == 0
            })
        };
        (all > 0).then_some(())?;
        Some(Percentiles { p50: at(0.5)?, p99: at(0.99)?, most: at(1.0)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_later() {
        let mut delays = Delays::new();
        assert!(delays.percentiles().is_none());
        (1..=100).for_each(|ms| delays.count(Time(0), Time(ms * 1_000)));
        let Percentiles { p50, p99, most } = delays.percentiles().unwrap();
        assert_eq!((p50, p99, most), (50, 99, 100));
        delays.count(Time(0), Time(u64::MAX));
        assert_eq!(delays.percentiles().unwrap().most, LONGEST_MS);
    }
}
