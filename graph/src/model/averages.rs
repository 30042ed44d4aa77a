//! Rates of a recording that is read at once. Its flows are told of as it suits who reads it, so that a rate at an instant would say when that was.

use crate::{Both, Flow, Host, Model, Rate, Time};

impl Model {
    /// From now on the rate of a flow or a host is what it moved a second, from its first packet to its last; what took less than a second took one.
    pub const fn average_rates(&mut self) {
        self.averaged = true;
    }

    /// The rates of what a flow sent from A to B, and from B to A.
    pub(crate) fn rates_of(&self, flow: &Flow) -> [Rate; 2] {
        let Both { ab, ba } = flow.total().0;
        if self.averaged { [ab, ba].map(|counts| average(counts.bytes, flow.first, flow.last)) } else { flow.rates() }
    }

    /// The rates of what a host sent and received.
    pub(crate) fn rates_of_host(&self, host: &Host) -> [Rate; 2] {
        match self.averaged {
            true => [host.sent, host.received].map(|counts| average(counts.bytes, host.first, host.last)),
            false => [host.rate_sent, host.rate_received],
        }
    }
}

/// It never fades: it is of the end of time.
fn average(bytes: u64, first: Time, last: Time) -> Rate {
    let per_sec = bytes as f64 / last.secs_since(first).max(1.0);
    Rate::steady(per_sec as f32, Time(u64::MAX))
}
