//! A flow: one conversation between two endpoints, as any number of origins saw it.

use std::num::NonZeroU32;

use crate::counted::Counted;
use crate::pieces::Identified;
use crate::{
    Attribution, Both, EndReason, Endpoint, FlowKey, Initiator, LinkId, OriginId, Rate, Seen, Service, ShareId, Side, Tags, Time, Total,
};

slotmap::new_key_type! {
    /// A flow's identity; never used again for another.
    pub struct FlowId;
}

/// Whether a flow still lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It lives.
    Open,
    /// It ended, and lingers for stragglers.
    Closed(EndReason),
}

impl State {
    /// A short lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Closed(reason) => reason.name(),
        }
    }
}

/// A flow as the table holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its identity.
    pub id: FlowId,
    /// Its endpoints and protocol.
    pub key: FlowKey,
    /// The link it is part of.
    pub link: LinkId,
    /// Who began it.
    pub initiator: Initiator,
    /// What it is for.
    pub service: Service,
    /// Whether it lives.
    pub state: State,
    /// Time of its first packet.
    pub first: Time,
    /// Time of its last packet.
    pub last: Time,
    /// What else is known.
    pub tags: Tags,
    /// The share of the link that is the processes' who have its ends; none while none is known.
    pub share: Option<ShareId>,
    /// How it is known that its ends, lower and higher, are theirs.
    pub(crate) how: [Option<Attribution>; 2],
    /// Where it stands in the list of what was heard of in the slice that is open.
    pub(crate) in_slice: Option<NonZeroU32>,
    /// What each origin counted.
    pub(crate) counted: Counted,
    /// Bytes a second from A to B and from B to A, as they were at `active`.
    per_sec: [f32; 2],
    /// The model's time when it last heard of it: what expiry goes by.
    active: Time,
}

impl Identified<FlowId> for Flow {
    fn id(&self) -> FlowId {
        self.id
    }
}

impl Flow {
    /// One that begins.
    pub(crate) fn new(id: FlowId, key: FlowKey, link: LinkId, initiator: Initiator, service: Service, first: Time, now: Time) -> Flow {
        Flow {
            id,
            key,
            link,
            initiator,
            service,
            state: State::Open,
            first,
            last: first,
            tags: Tags::default(),
            share: None,
            how: [None; 2],
            in_slice: None,
            counted: Counted::default(),
            per_sec: [0.0; 2],
            active: now,
        }
    }

    /// The endpoint that began it.
    pub const fn src(&self) -> Endpoint {
        self.key.tuple.end(self.initiator.side)
    }

    /// The endpoint that answered.
    pub const fn dst(&self) -> Endpoint {
        self.key.tuple.end(self.initiator.side.other())
    }

    /// What is shown: per direction the largest of what the origins counted that looked at every packet; where there is none, of all.
    pub fn total(&self) -> Total {
        self.counted.total()
    }

    /// Counters of what the initiator sent (`ab`) and received (`ba`).
    pub fn forward(&self) -> Both {
        let Both { ab, ba } = self.total().0;
        match self.initiator.side {
            Side::A => Both { ab, ba },
            Side::B => Both { ab: ba, ba: ab },
        }
    }

    /// Bytes a second from A to B and from B to A.
    pub const fn rates(&self) -> [Rate; 2] {
        let [ab, ba] = self.per_sec;
        [Rate::steady(ab, self.active), Rate::steady(ba, self.active)]
    }

    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rates().iter().map(|r| r.at(now)).sum()
    }

    /// What each origin says, in the order in which they came.
    pub fn seen(&self) -> impl Iterator<Item = Seen> {
        self.counted.seen()
    }

    /// Who sees it, in the order in which they came: one that sees it before and beyond a translation of addresses twice.
    pub fn origins(&self) -> impl Iterator<Item = OriginId> {
        self.counted.origins()
    }

    /// Of how many packets one was looked at by whoever counted what is shown; 1 is that all were.
    pub fn sampling(&self) -> u32 {
        self.counted.sampling()
    }

    /// The model's time when it last heard of it.
    pub(crate) const fn active(&self) -> Time {
        self.active
    }

    /// The model hears of it: from now on its rates are those of this time.
    pub(crate) fn hear(&mut self, now: Time) {
        if now > self.active {
            (self.per_sec, self.active) = (self.rates().map(|rate| rate.at(now)), now);
        }
    }

    /// It moved so many bytes more, from A to B and from B to A.
    pub(crate) fn move_on(&mut self, [ab, ba]: [u64; 2], now: Time) {
        self.hear(now);
        let [mut rate_ab, mut rate_ba] = self.rates();
        rate_ab.add(ab, now);
        rate_ba.add(ba, now);
        self.per_sec = [rate_ab.last(), rate_ba.last()];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Basis, Proto, Realms, Service, Tuple};
    use proptest::prelude::*;

    fn flow() -> Flow {
        let end = |addr: &str, port| Endpoint { addr: addr.parse().unwrap(), port };
        let (tuple, side) = Tuple::new(Proto::TCP, end("10.0.0.1", 4000), end("10.0.0.2", 80));
        let key = FlowKey::new(tuple, &Realms { local: Default::default(), site: Default::default() });
        let initiator = Initiator { side, basis: Basis::Handshake };
        Flow::new(FlowId::default(), key, LinkId::default(), initiator, Service { proto: Proto::TCP, port: 80 }, Time::ZERO, Time::ZERO)
    }

    proptest! {
        #[test]
        fn two_rates_of_one_time_are_as_good_as_two(steps in proptest::collection::vec((0..4_000_000_u64, 0..90_000_u64, 0..2_u64), 1..30)) {
            let (mut flow, mut rates, mut now) = (flow(), [Rate::default(); 2], Time::ZERO);
            for (passed, bytes, side) in steps {
                now = Time(now.micros() + passed);
                let more = [bytes * side, bytes * (1 - side)];
                if bytes % 3 == 0 {
                    flow.hear(now);
                } else {
                    flow.move_on(more, now);
                    rates.iter_mut().zip(more).for_each(|(rate, more)| rate.add(more, now));
                }
                prop_assert_eq!(flow.active(), now);
                for (ours, plain) in flow.rates().iter().zip(rates) {
                    let (ours, plain) = (ours.at(now), plain.at(now));
                    prop_assert!((ours - plain).abs() <= 1.0 + plain / 10_000.0, "{} {}", ours, plain);
                }
            }
        }
    }

    #[test]
    fn a_flow_is_as_large_as_it_need_be() {
        assert!(size_of::<Flow>() <= 208, "{}", size_of::<Flow>());
    }
}
