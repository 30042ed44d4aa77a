//! How fast recorded time passes. Time is an argument here.

use std::time::Duration;

use graph::Time;

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pace {
    /// Without any pause.
    #[default]
    AsFastAsPossible,
    /// So many times as fast as it was recorded, [`Pace::SLOWEST`] to [`Pace::FASTEST`].
    Times(f64),
}

impl Pace {
    /// A tenth of the recorded speed.
    pub const SLOWEST: f64 = 0.1;
    /// A thousand times the recorded speed.
    pub const FASTEST: f64 = 1000.0;

    /// Of what a user asks for: none is as fast as possible, and what is out of bounds is moved into them.
    pub fn of(times: Option<f64>) -> Pace {
        match times {
            Some(times) if times.is_nan() => Pace::Times(1.0),
            Some(times) => Pace::Times(times.clamp(Pace::SLOWEST, Pace::FASTEST)),
            None => Pace::AsFastAsPossible,
        }
    }
}

/// How far, in seconds of the wall clock, what is shown may lie behind. A reader that is slower than the pace loses the rest,
/// and so does recorded time that jumps back.
const MAX_LAG_SECS: f64 = 1.0;
/// A longer time between two looks at the clock did not pass here: the computer slept, or somebody set the clock.
const MAX_STEP: Duration = Duration::from_secs(2);

/// The recorded time up to which packets are due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pacer {
    pace: Pace,
    /// None until the first packet.
    due: Option<Time>,
    /// What of the next microsecond has passed.
    fraction: f64,
    looked: Time,
}

impl Pacer {
    /// Recorded time begins to pass with its first packet.
    pub(super) fn new(pace: Pace, wall: Time) -> Pacer {
        Pacer { pace, due: None, fraction: 0.0, looked: wall }
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Changes the pace; where it has come to stays. As fast as possible that is wherever the next packet is.
    pub(super) fn set(&mut self, pace: Pace) {
        if [self.pace, pace].contains(&Pace::AsFastAsPossible) {
            self.due = None;
        }
        self.pace = pace;
    }

    /// Lets recorded time pass as the wall clock says it has.
    pub(super) fn pass(&mut self, wall: Time) {
        let passed = wall.since(self.looked).min(MAX_STEP);
        self.looked = wall;
        if let (Pace::Times(times), Some(due)) = (self.pace, self.due) {
            let micros = passed.as_micros() as f64 * times + self.fraction;
            self.fraction = micros.fract();
            self.due = Some(Time(due.micros().saturating_add(micros as u64)));
        }
    }

    /// Lets no recorded time pass since the last look.
    pub(super) fn stand(&mut self, wall: Time) {
        self.looked = wall;
    }

    /// Whether a packet of that time is due.
    #[inline]
    pub(super) fn is_due(&mut self, at: Time) -> bool {
        let Pace::Times(times) = self.pace else {
            return true;
        };
        let due = *self.due.get_or_insert(at);
        if at > due {
            return false;
        }
        let latest = at.plus(Duration::from_secs_f64(MAX_LAG_SECS * times));
        self.due = Some(due.min(latest));
        true
    }

    /// A packet has been let through without being due: time is there now.
    pub(super) fn reach(&mut self, at: Time) {
        self.due = Some(self.due.map_or(at, |due| due.max(at)));
    }

    /// The recorded time it is.
    pub(super) fn now(&self) -> Option<Time> {
        self.due
    }

    /// How long, by the wall clock, until a packet is due.
    pub(super) fn until(&self, at: Time) -> Duration {
        match (self.pace, self.due) {
            (Pace::Times(times), Some(due)) => Duration::try_from_secs_f64(at.secs_since(due) / times).unwrap_or(Duration::MAX),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(s: f64) -> Time {
        Time((s * 1e6) as u64)
    }

    #[test]
    fn recorded_time_passes_in_proportion() {
        for times in [0.1, 1.0, 10.0, 1000.0] {
            let mut pacer = Pacer::new(Pace::Times(times), secs(50.0));
            assert!(pacer.is_due(secs(7.0)), "the first is due at once");
            let next = secs(7.0 + 0.5 * times);
            assert!(!pacer.is_due(next));
            assert_eq!(pacer.until(next).as_millis(), 500);
            // In steps that are no whole number of recorded microseconds.
            for step in 1..=71_428 {
                pacer.pass(Time(50_000_000 + step * 7));
            }
            assert!(!pacer.is_due(next));
            pacer.pass(secs(50.5001));
            assert!(pacer.is_due(next), "{times}");
        }
    }

    #[test]
    fn a_change_of_pace_keeps_the_place() {
        let mut pacer = Pacer::new(Pace::Times(1.0), secs(0.0));
        pacer.is_due(secs(100.0));
        pacer.pass(secs(1.0));
        pacer.set(Pace::Times(10.0));
        assert_eq!(pacer.now(), Some(secs(101.0)));
        pacer.pass(secs(2.0));
        assert_eq!(pacer.now(), Some(secs(111.0)));
    }

    #[test]
    fn after_a_sprint_time_passes_from_there() {
        let mut pacer = Pacer::new(Pace::Times(1.0), secs(0.0));
        pacer.is_due(secs(100.0));
        pacer.set(Pace::AsFastAsPossible);
        assert!(pacer.is_due(secs(5000.0)));
        pacer.set(Pace::Times(1.0));
        assert!(pacer.is_due(secs(5001.0)));
        assert_eq!(pacer.until(secs(5003.0)).as_secs(), 2);
    }

    #[test]
    fn time_that_jumps_back_does_not_hang_nor_hurry() {
        let mut pacer = Pacer::new(Pace::Times(1.0), secs(0.0));
        pacer.is_due(secs(1000.0));
        assert!(pacer.is_due(secs(500.0)), "what is past is due");
        assert!(!pacer.is_due(secs(502.0)), "and from there time passes as ever");
        assert_eq!(pacer.until(secs(502.0)).as_secs(), 1);
    }

    #[test]
    fn a_clock_that_is_set_changes_little() {
        let mut pacer = Pacer::new(Pace::Times(1.0), secs(1000.0));
        pacer.is_due(secs(10.0));
        pacer.pass(secs(5.0));
        assert_eq!(pacer.now(), Some(secs(10.0)));
        pacer.pass(secs(9000.0));
        assert_eq!(pacer.now(), Some(secs(12.0)));
    }

    #[test]
    fn what_a_user_asks_for_is_moved_into_bounds() {
        assert_eq!(Pace::of(Some(f64::INFINITY)), Pace::Times(1000.0));
        assert_eq!(Pace::of(Some(-3.0)), Pace::Times(0.1));
        assert_eq!(Pace::of(Some(f64::NAN)), Pace::Times(1.0));
        assert_eq!(Pace::of(None), Pace::AsFastAsPossible);
    }
}
