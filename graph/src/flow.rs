//! A flow: one conversation between two endpoints, as any number of origins saw it.

use smallvec::SmallVec;

use crate::{
    Both, ConnId, Difference, EndReason, Endpoint, FlowKey, Initiator, LinkId, OriginId, Owners, Rate, Service, ShareId, Side, Tags, Time,
    Total,
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

/// What one origin says of a flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Who.
    pub origin: OriginId,
    /// Its number for the connection that goes on.
    pub conn: ConnId,
    /// The sum of its earlier connections.
    pub closed: Total,
    /// The total of the connection that goes on.
    pub current: Total,
}

impl Seen {
    /// All that this origin counted.
    pub const fn total(&self) -> Total {
        self.closed.plus(&Difference(self.current.0))
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
    /// What is shown: per direction the largest of what the origins counted.
    pub total: Total,
    /// Bytes a second from A to B and from B to A.
    pub rates: [Rate; 2],
    /// Time of its first packet.
    pub first: Time,
    /// Time of its last packet.
    pub last: Time,
    /// What else is known.
    pub tags: Tags,
    /// What each origin says.
    pub seen: SmallVec<[Seen; 1]>,
    /// The processes that have its ends.
    pub owners: Owners,
    /// The share of the link that is those processes'; none while none is known.
    pub share: Option<ShareId>,
    /// The model's time when it last heard of it: what expiry goes by.
    pub(crate) active: Time,
    /// Its total when the slice that is open began, once it was heard of in it.
    pub(crate) slice_base: Option<Total>,
}

impl Flow {
    /// The endpoint that began it.
    pub const fn src(&self) -> Endpoint {
        self.key.tuple.end(self.initiator.side)
    }

    /// The endpoint that answered.
    pub const fn dst(&self) -> Endpoint {
        self.key.tuple.end(self.initiator.side.other())
    }

    /// Counters of what the initiator sent (`ab`) and received (`ba`).
    pub const fn forward(&self) -> Both {
        match self.initiator.side {
            Side::A => self.total.0,
            Side::B => Both { ab: self.total.0.ba, ba: self.total.0.ab },
        }
    }

    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rates.iter().map(|r| r.at(now)).sum()
    }

    /// Takes one origin's total for a connection and says what that adds to what is shown, and to what this origin counted.
    pub(crate) fn count(&mut self, origin: OriginId, conn: ConnId, total: Total) -> (Difference, Difference) {
        let counted = |flow: &Flow| flow.seen.iter().find(|s| s.origin == origin).map(Seen::total).unwrap_or_default();
        let before = counted(self);
        match self.seen.iter_mut().find(|s| s.origin == origin) {
            Some(seen) if seen.conn == conn => seen.current = latest(&seen.current, &total),
            Some(seen) => {
                seen.closed = seen.total();
                seen.conn = conn;
                seen.current = total;
            }
            None => self.seen.push(Seen { origin, conn, closed: Total::default(), current: total }),
        }
        let shown = self.seen.iter().fold(Total::default(), |most, s| most.max(&s.total()));
        let more = shown.since(&self.total);
        self.total = self.total.plus(&more);
        (more, counted(self).since(&before))
    }
}

/// Totals only grow: an older report that comes late changes nothing.
fn latest(old: &Total, new: &Total) -> Total {
    old.plus(&new.since(old))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Basis, Counts, Proto, Realms, Tuple};

    fn flow() -> Flow {
        let end = |addr: &str, port| Endpoint { addr: addr.parse().unwrap(), port };
        let (tuple, side) = Tuple::new(Proto::TCP, end("10.0.0.1", 4000), end("10.0.0.2", 80));
        let realms = Realms { local: Default::default(), site: Default::default() };
        Flow {
            id: Default::default(),
            key: FlowKey::new(tuple, &realms),
            link: Default::default(),
            initiator: Initiator { side, basis: Basis::Handshake },
            service: Service { proto: Proto::TCP, port: 80 },
            state: State::Open,
            total: Total::default(),
            rates: Default::default(),
            first: Time::ZERO,
            last: Time::ZERO,
            tags: Tags::default(),
            seen: Default::default(),
            owners: Default::default(),
            share: None,
            active: Time::ZERO,
            slice_base: None,
        }
    }

    fn total(n: u64) -> Total {
        Total(Both { ab: Counts { packets: n, bytes: n * 10, ip_bytes: n * 10 }, ba: Counts::default() })
    }

    #[test]
    fn the_largest_observer_is_shown_and_a_new_connection_adds() {
        let mut f = flow();
        let (one, two) = (OriginId(1), OriginId(2));
        assert_eq!(f.count(one, ConnId(1), total(5)).0.0.ab.packets, 5);
        assert_eq!(f.count(two, ConnId(9), total(4)).0.0.ab.packets, 0);
        assert_eq!(f.count(two, ConnId(9), total(7)).0.0.ab.packets, 2);
        assert_eq!(f.count(one, ConnId(1), total(3)).0.0.ab.packets, 0, "a late report changes nothing");
        assert_eq!(f.count(one, ConnId(2), total(4)).0.0.ab.packets, 2, "5 closed and 4 are 9, not 7");
        assert_eq!(f.total, total(9));
        assert_eq!(f.count(two, ConnId(9), total(8)), (Difference::default(), Difference(total(1).0)), "what it counted itself");
    }
}
