//! What the other end takes of it (AUTH_RES): so many events a second, and datagrams of such a size.

use std::time::Duration;

use graph::Time;
use wire::glouglou::{AuthResPayload, Limits, MAX_CONTENT, SEALED_OVERHEAD};

/// No content is made smaller: what the probe says of itself would not fit into it.
const MIN_CONTENT: usize = 256;

/// The terms of one session; zero is that nothing was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Records that it takes in a second.
    pub max_events_per_sec: u32,
    /// The longest datagram that it takes, in bytes.
    pub max_datagram: u16,
}

impl From<&AuthResPayload> for Terms {
    fn from(payload: &AuthResPayload) -> Terms {
        Terms { max_events_per_sec: payload.max_events_per_sec, max_datagram: payload.max_datagram }
    }
}

impl Terms {
    /// How large a content may be. One has never more records than a quarter of a second's: a listener takes a whole one or nothing.
    pub(super) fn limits(self) -> Limits {
        let bytes = match self.max_datagram {
            0 => MAX_CONTENT,
            max => usize::from(max).saturating_sub(SEALED_OVERHEAD).clamp(MIN_CONTENT, MAX_CONTENT),
        };
        let records = match self.max_events_per_sec {
            0 => u16::MAX,
            max => u16::try_from(max / 4).unwrap_or(u16::MAX).max(2),
        };
        Limits { bytes, records }
    }
}

/// Lets so many records a second pass. What a listener counts beside them (whether anybody is there) has an eighth of them for itself, and neither clock needs
/// to be right.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// None where there is no limit.
    per_sec: Option<f64>,
    /// At most half a second's; below zero what was sent and should have waited.
    left: f64,
    at: Time,
}

impl Pace {
    pub(super) fn new(terms: Terms, now: Time) -> Pace {
        let max = f64::from(terms.max_events_per_sec);
        let per_sec = (max > 0.0).then_some(max * 7.0 / 8.0);
        Pace { per_sec, left: per_sec.unwrap_or_default() / 2.0, at: now }
    }

    /// Whether there is no limit.
    pub(super) const fn is_free(&self) -> bool {
        self.per_sec.is_none()
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.at = self.at.minus(by);
    }

    /// Whether something may be sent now.
    pub(super) fn allows(&mut self, now: Time) -> bool {
        let Some(per_sec) = self.per_sec else { return true };
        self.left = (self.left + now.since(self.at).as_secs_f64() * per_sec).min(per_sec / 2.0);
        self.at = self.at.max(now);
        self.left > 0.0
    }

    /// So many were sent.
    pub(super) fn take(&mut self, records: u16) {
        if self.per_sec.is_some() {
            self.left -= f64::from(records);
        }
    }

    /// When something may be sent; in the past where it may already.
    pub(super) fn due(&self) -> Time {
        match self.per_sec {
            // One more than it takes, so that it is enough then.
            Some(per_sec) if self.left <= 0.0 => {
                self.at.plus(Duration::from_secs_f64((-self.left / per_sec).min(3_600.0)) + Duration::from_millis(1))
            }
            _ => Time::ZERO,
        }
    }
}
