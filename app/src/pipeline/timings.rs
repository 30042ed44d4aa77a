//! How long things take: written by the threads that do them, read by whoever wants to know. No lock: who measures must not wait.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// So many samples are kept: some seconds of sixty a second.
const KEPT: usize = 512;
/// Older ones say nothing about now.
const RECENT: Duration = Duration::from_secs(5);

/// How long one kind of work took, of late.
#[derive(Debug)]
pub struct Samples {
    /// When each was taken, in milliseconds of its owner, and how long it took, in microseconds; 0 where there is none.
    ring: [AtomicU64; KEPT],
    next: AtomicUsize,
}

impl Default for Samples {
    fn default() -> Self {
        Samples { ring: [const { AtomicU64::new(0) }; KEPT], next: AtomicUsize::new(0) }
    }
}

/// What samples come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Half of them took no longer.
    pub median: Duration,
    /// The longest.
    pub worst: Duration,
    /// How many there were.
    pub count: usize,
}

impl Samples {
    /// It took that long, at `at` from the beginning.
    pub fn add(&self, at: Duration, took: Duration) {
        let millis = u32::try_from(at.as_millis()).unwrap_or(u32::MAX);
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX).max(1);
        let place = self.next.fetch_add(1, Relaxed) % KEPT;
        if let Some(sample) = self.ring.get(place) {
            sample.store(u64::from(millis) << 32 | u64::from(micros), Relaxed);
        }
    }

    /// What those of the last seconds come to; none where there are none.
    pub fn recent(&self, now: Duration) -> Option<Spent> {
        let since = now.saturating_sub(RECENT).as_millis() as u64;
        let samples = self.ring.iter().map(|sample| sample.load(Relaxed));
        let mut took: Vec<u64> = samples.filter(|sample| *sample > 0 && sample >> 32 >= since).map(|sample| sample & 0xffff_ffff).collect();
        took.sort_unstable();
        let micros = |at: Option<&u64>| at.map(|micros| Duration::from_micros(*micros));
        Some(Spent { median: micros(took.get(took.len() / 2))?, worst: micros(took.last())?, count: took.len() })
    }
}

/// How long the threads of a session take.
#[derive(Debug)]
pub struct Timings {
    /// Taking in the batches that wait.
    pub model: Samples,
    /// One tick of the layout.
    pub layout: Samples,
    begun: Instant,
}

impl Default for Timings {
    fn default() -> Self {
        Timings { model: Samples::default(), layout: Samples::default(), begun: Instant::now() }
    }
}

impl Timings {
    /// Since these are kept.
    pub fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What began then has just been done.
    pub(super) fn took(&self, which: impl FnOnce(&Timings) -> &Samples, began: Instant) {
        which(self).add(self.now(), began.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn median_and_worst_are_those_of_the_last_seconds() {
        let samples = Samples::default();
        assert_eq!(samples.recent(millis(0)), None);
        samples.add(millis(10), millis(900));
        for took in [3, 1, 2, 9, 4] {
            samples.add(millis(6_000), millis(took));
        }
        assert_eq!(samples.recent(millis(6_500)), Some(Spent { median: millis(3), worst: millis(9), count: 5 }));
        assert_eq!(samples.recent(millis(4_000)).map(|spent| spent.worst), Some(millis(900)));
        assert_eq!(samples.recent(millis(60_000)), None);
    }

    #[test]
    fn there_are_never_more_than_are_kept() {
        let samples = Samples::default();
        (0..10 * KEPT as u64).for_each(|n| samples.add(millis(n), millis(n)));
        let spent = samples.recent(millis(1)).unwrap();
        assert_eq!((spent.count, spent.worst), (KEPT, millis(10 * KEPT as u64 - 1)));
    }
}
