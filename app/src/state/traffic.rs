//! How a rate went in the last minute, for a sparkline.

use std::collections::VecDeque;

/// How many samples are kept.
pub const SAMPLES: usize = 120;
/// A gap of so many samples or fewer is a late frame; a longer one is silence.
const LATE: usize = 3;

/// Samples of a rate, at even distances.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    samples: VecDeque<f32>,
    step_secs: f64,
    last: Option<f64>,
}

impl Default for Traffic {
    /// One minute.
    fn default() -> Self {
        Traffic::every(0.5)
    }
}

impl Traffic {
    /// Nothing yet; a sample is taken every so many seconds.
    pub fn every(step_secs: f64) -> Self {
        Traffic { samples: VecDeque::new(), step_secs, last: None }
    }

    /// Takes the rate at `now`, in seconds; does nothing before the next sample is due, and counts as silence what was missed.
    pub fn sample(&mut self, rate: f32, now: f64) {
        let steps = match self.last {
            None => 1,
            Some(last) => ((now - last) / self.step_secs).floor().clamp(0.0, SAMPLES as f64) as usize,
        };
        if steps == 0 {
            return;
        }
        self.last = Some(self.last.filter(|_| steps < SAMPLES).map_or(now, |last| last + steps as f64 * self.step_secs));
        let missed = if steps <= LATE { rate } else { 0.0 };
        self.samples.extend(std::iter::repeat_n(missed, steps - 1).chain([rate]));
        let excess = self.samples.len().saturating_sub(SAMPLES);
        self.samples.drain(..excess);
    }

    /// The samples, oldest first; the last one is the newest.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = f32> + '_ {
        self.samples.iter().copied()
    }

    /// Whether there is nothing but silence.
    pub fn is_quiet(&self) -> bool {
        self.samples.iter().all(|s| *s <= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_even_and_a_long_gap_is_silence() {
        let mut traffic = Traffic::every(0.5);
        for i in 0..10 {
            traffic.sample(7.0, f64::from(i) * 0.25);
        }
        assert_eq!(traffic.samples().collect::<Vec<_>>(), [7.0; 5]);
        traffic.sample(8.0, 3.1);
        assert_eq!(traffic.samples().skip(5).collect::<Vec<_>>(), [8.0, 8.0]);
        traffic.sample(9.0, 3.0 + 5.0 * 0.5);
        assert_eq!(traffic.samples().skip(7).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 0.0, 9.0]);
        traffic.sample(1.0, 1e6);
        assert_eq!(traffic.samples().len(), SAMPLES);
        assert!(!traffic.is_quiet());
    }
}
