//! A probe whose clock is wrong: what it tells is put where it happened by the clock here. Times of a probe whose clock is about right stay as they are, to the microsecond.

use graph::{Kind, Time};

/// Clocks that are closer than that are right enough: what is sent at once is on its way for less.
const RIGHT_US: i64 = 5_000_000;

/// How far a clock is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Skew(i64);

impl Skew {
    /// Looks at what was sent at that time by the clock there, and came now. True where the clock is found to be wrong, or wrong by another amount.
    pub(super) fn look(&mut self, now: Time, sent: Time) -> bool {
        let off = sent.micros().cast_signed().saturating_sub(now.micros().cast_signed());
        if off.saturating_sub(self.0).saturating_abs() <= RIGHT_US {
            return false;
        }
        let was = self.0;
        self.0 = if off.saturating_abs() <= RIGHT_US { 0 } else { off };
        self.0 != was && self.0 != 0
    }

    /// By how many seconds it is ahead; below zero is behind.
    pub(super) const fn secs(self) -> i64 {
        self.0 / 1_000_000
    }

    /// An event as it was by the clock here.
    pub(super) fn set_right(self, (at, mut kind): (Time, Kind)) -> (Time, Kind) {
        if self.0 == 0 {
            return (at, kind);
        }
        match &mut kind {
            Kind::Open { start: time, .. } | Kind::Data { last: time, .. } | Kind::Close { last: time, .. } | Kind::Booted { at: time } => {
                *time = self.right(*time);
            }
            _ => {}
        }
        (self.right(at), kind)
    }

    fn right(self, time: Time) -> Time {
        Time(time.micros().saturating_add_signed(self.0.saturating_neg()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR_US: u64 = 365 * 86_400 * 1_000_000;
    const NOW: Time = Time(50 * YEAR_US);

    #[test]
    fn a_year_ahead_or_behind_is_put_right() {
        for there in [NOW.0 + YEAR_US, NOW.0 - YEAR_US] {
            let mut skew = Skew::default();
            assert!(skew.look(NOW, Time(there)) && !skew.look(Time(NOW.0 + 1_000_000), Time(there + 1_200_000)));
            assert_eq!(skew.secs().unsigned_abs(), 365 * 86_400);
            let (at, kind) = skew.set_right((Time(there + 7), Kind::Booted { at: Time(there - 9) }));
            assert_eq!((at, kind), (Time(NOW.0 + 7), Kind::Booted { at: Time(NOW.0 - 9) }));
            // Somebody sets it.
            assert!(!skew.look(NOW, NOW) && skew == Skew::default());
        }
    }

    #[test]
    fn what_is_about_right_stays_as_it_is() {
        let mut skew = Skew::default();
        assert!(!skew.look(NOW, Time(NOW.0 + 4_000_000)) && !skew.look(NOW, Time(NOW.0 - 4_000_000)));
        assert_eq!(skew.set_right((NOW, Kind::Booted { at: NOW })), (NOW, Kind::Booted { at: NOW }));
    }
}
