//! Time is an argument: nothing in this crate reads a clock.

use std::fmt;
use std::time::Duration;

/// Microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The Unix epoch, used as "never".
    pub const ZERO: Time = Time(0);

    /// A time from whole seconds since the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Time(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Seconds after `earlier`; zero if it is not after it.
    pub fn secs_since(self, earlier: Time) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1e6
    }

    /// This time and `d`, at most the end of time.
    pub const fn plus(self, d: Duration) -> Time {
        let micros = d.as_micros();
        let micros = if micros > u64::MAX as u128 { u64::MAX } else { micros as u64 };
        Time(self.0.saturating_add(micros))
    }

    /// This time less `d`, at least the epoch.
    pub const fn minus(self, d: Duration) -> Time {
        let micros = d.as_micros();
        let micros = if micros > u64::MAX as u128 { u64::MAX } else { micros as u64 };
        Time(self.0.saturating_sub(micros))
    }

    /// The start of the slice of `len` in which this time lies.
    pub const fn floor(self, len: Duration) -> Time {
        let len = len.as_micros() as u64;
        if len == 0 { self } else { Time(self.0 - self.0 % len) }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturates_and_floors() {
        let second = Duration::from_secs(1);
        assert_eq!(Time(5).since(Time(9)), Duration::ZERO);
        assert_eq!(Time(u64::MAX).plus(second), Time(u64::MAX));
        assert_eq!(Time(2_999_999).floor(second), Time(2_000_000));
        assert_eq!(Time(7).floor(Duration::ZERO), Time(7));
    }
}
