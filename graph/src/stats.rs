//! Counters of a flow. The type says whether they are differences or totals.

/// Packets and bytes that went one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets.
    pub packets: u64,
    /// Bytes on the wire, link layer included.
    pub bytes: u64,
    /// Bytes from the IP header on: what two observers can compare.
    pub ip_bytes: u64,
}

impl Counts {
    /// Nothing at all.
    pub const NONE: Counts = Counts { packets: 0, bytes: 0, ip_bytes: 0 };

    /// One packet.
    pub const fn packet(bytes: u32, ip_bytes: u32) -> Self {
        Counts { packets: 1, bytes: bytes as u64, ip_bytes: ip_bytes as u64 }
    }

    /// Whether nothing was counted.
    pub const fn is_zero(&self) -> bool {
        self.packets == 0 && self.bytes == 0 && self.ip_bytes == 0
    }

    /// The sum, saturating.
    pub const fn plus(&self, o: &Counts) -> Counts {
        Counts {
            packets: self.packets.saturating_add(o.packets),
            bytes: self.bytes.saturating_add(o.bytes),
            ip_bytes: self.ip_bytes.saturating_add(o.ip_bytes),
        }
    }

    /// What is in this and not in `o`; never below zero.
    pub const fn minus(&self, o: &Counts) -> Counts {
        Counts {
            packets: self.packets.saturating_sub(o.packets),
            bytes: self.bytes.saturating_sub(o.bytes),
            ip_bytes: self.ip_bytes.saturating_sub(o.ip_bytes),
        }
    }
}

/// Both directions: from the lower endpoint to the higher, and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both {
    /// From side A to side B.
    pub ab: Counts,
    /// From side B to side A.
    pub ba: Counts,
}

impl Both {
    /// The counters of what `side` sent.
    pub const fn from(&self, side: crate::Side) -> &Counts {
        match side {
            crate::Side::A => &self.ab,
            crate::Side::B => &self.ba,
        }
    }

    /// The same, to change.
    pub const fn from_mut(&mut self, side: crate::Side) -> &mut Counts {
        match side {
            crate::Side::A => &mut self.ab,
            crate::Side::B => &mut self.ba,
        }
    }

    /// Both directions together.
    pub const fn sum(&self) -> Counts {
        self.ab.plus(&self.ba)
    }

    /// Whether nothing was counted.
    pub const fn is_zero(&self) -> bool {
        self.ab.is_zero() && self.ba.is_zero()
    }
}

/// Counters since the beginning of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total(pub Both);

/// Counters since the last report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference(pub Both);

impl Total {
    /// What came since `earlier`; a counter that went back counts as nothing.
    pub const fn since(&self, earlier: &Total) -> Difference {
        Difference(Both { ab: self.0.ab.minus(&earlier.0.ab), ba: self.0.ba.minus(&earlier.0.ba) })
    }

    /// This total and a difference.
    pub const fn plus(&self, d: &Difference) -> Total {
        Total(Both { ab: self.0.ab.plus(&d.0.ab), ba: self.0.ba.plus(&d.0.ba) })
    }

    /// Per direction the larger of two observers' totals, compared by IP bytes: the same packets
    /// seen twice are not twice the packets.
    pub const fn max(&self, o: &Total) -> Total {
        Total(Both { ab: larger(&self.0.ab, &o.0.ab), ba: larger(&self.0.ba, &o.0.ba) })
    }
}

const fn larger(x: &Counts, y: &Counts) -> Counts {
    // Who counts from the IP header on knows no more than that of the wire: of two who agree the other is believed.
    let (ahead, level) = (y.ip_bytes > x.ip_bytes, y.ip_bytes == x.ip_bytes);
    let more = y.packets > x.packets || (y.packets == x.packets && y.bytes > x.bytes);
    if ahead || (level && more) { *y } else { *x }
}

/// A rate that decays: bytes a second, exponentially weighted. It needs no tick: whoever holds one
/// can read it for any later time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rate {
    per_sec: f32,
    at: crate::Time,
}

/// The time in which a rate without traffic falls to 1/e.
const DECAY_SECS: f64 = 2.0;

/// What is left of a rate after so many seconds without traffic: a part of it.
pub fn decay(secs: f64) -> f32 {
    (-secs / DECAY_SECS).exp() as f32
}

impl Rate {
    /// One that is so much a second at `at`.
    pub const fn steady(per_sec: f32, at: crate::Time) -> Rate {
        Rate { per_sec, at }
    }

    /// Adds `amount` at `now`.
    pub fn add(&mut self, amount: u64, now: crate::Time) {
        if amount == 0 {
            return;
        }
        let faded = self.at(now);
        self.per_sec = (f64::from(faded) + amount as f64 / DECAY_SECS) as f32;
        self.at = self.at.max(now);
    }

    /// Another rate is part of this one from now on.
    pub(crate) fn join(&mut self, other: &Rate, now: crate::Time) {
        *self = Rate { per_sec: self.at(now) + other.at(now), at: self.at.max(now) };
    }

    /// Another rate, which was part of this one, no longer is.
    pub(crate) fn part(&mut self, other: &Rate, now: crate::Time) {
        *self = Rate { per_sec: (self.at(now) - other.at(now)).max(0.0), at: self.at.max(now) };
    }

    /// The rate when something was last added: it was never more since.
    pub(crate) const fn last(&self) -> f32 {
        self.per_sec
    }

    /// The rate per second at `now`.
    pub fn at(&self, now: crate::Time) -> f32 {
        if self.per_sec == 0.0 {
            return 0.0;
        }
        let faded = f64::from(self.per_sec) * (-now.secs_since(self.at) / DECAY_SECS).exp();
        if faded < 0.5 { 0.0 } else { faded as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn a_rate_follows_a_steady_flow_and_fades() {
        let mut rate = Rate::default();
        for i in 0..200 {
            rate.add(100, Time(i * 100_000));
        }
        let steady = rate.at(Time(19_900_000));
        assert!((900.0..1100.0).contains(&steady), "{steady}");
        assert!(rate.at(Time::from_secs(24)) < steady / 5.0);
        assert_eq!(rate.at(Time::from_secs(60)), 0.0);
    }

    #[test]
    fn rates_are_put_together_and_taken_apart() {
        let (mut one, mut two) = (Rate::default(), Rate::default());
        one.add(10_000, Time::from_secs(1));
        two.add(4_000, Time::from_secs(2));
        let now = Time::from_secs(3);
        let (a, b) = (one.at(now), two.at(now));
        one.join(&two, now);
        assert!((one.at(now) - a - b).abs() < 1.0);
        one.part(&two, now);
        assert!((one.at(now) - a).abs() < 1.0);
        one.part(&one.clone(), now);
        assert_eq!(one.at(now), 0.0);
    }

    #[test]
    fn two_observers_are_not_added() {
        let seen = |ab, ba| {
            Total(Both { ab: Counts { packets: 1, bytes: ab + 14, ip_bytes: ab }, ba: Counts { packets: 1, bytes: ba + 14, ip_bytes: ba } })
        };
        assert_eq!(seen(100, 5).max(&seen(90, 8)), seen(100, 8));
    }
}
