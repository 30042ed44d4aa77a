//! A flow: one conversation between two endpoints, as any number of origins saw it.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::{
    Both, ConnId, Counts, Difference, EndReason, Endpoint, FlowKey, Initiator, LinkId, OriginId, Owners, Rate, Service, ShareId, Side,
    Tags, Time, Total,
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

/// Who counts a flow: an origin, and before or beyond whoever translates addresses. One that sees both counts it twice, and they are never summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Observer {
    pub(crate) origin: OriginId,
    pub(crate) translated: bool,
}

/// What one origin says of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Who.
    pub origin: OriginId,
    /// Whether that is of its packets beyond whoever translates addresses.
    pub translated: bool,
    /// Its number for the connection that goes on.
    pub conn: ConnId,
    /// The sum of its earlier connections, of which few flows have any.
    pub closed: Option<Box<Total>>,
    /// The total of the connection that goes on.
    pub current: Total,
    /// One packet in so many was looked at; the totals are of those alone. 1 is all.
    pub sampling: u32,
    /// On which of its interfaces it saw it, where it says so.
    pub via: Option<Arc<str>>,
}

impl Seen {
    const fn new(Observer { origin, translated }: Observer, conn: ConnId) -> Seen {
        let nothing = Total(Both { ab: Counts::NONE, ba: Counts::NONE });
        Seen { origin, translated, conn, closed: None, current: nothing, sampling: 1, via: None }
    }

    /// All that this origin counted.
    pub fn total(&self) -> Total {
        self.closed.as_ref().map_or(self.current, |closed| closed.plus(&Difference(self.current.0)))
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
    /// What is shown: per direction the largest of what the origins counted that looked at every packet; where there is none, of all.
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

    /// Of how many packets one was looked at by whoever counted what is shown; 1 is that all were.
    pub fn sampling(&self) -> u32 {
        self.seen.iter().filter(|s| !s.total().0.is_zero()).map(|s| s.sampling).min().unwrap_or(1)
    }

    /// What that origin says.
    fn seen_by(&mut self, observer: Observer, conn: ConnId) -> Option<&mut Seen> {
        let is = |s: &Seen| (s.origin, s.translated) == (observer.origin, observer.translated);
        let at = self.seen.iter().position(is).unwrap_or_else(|| {
            self.seen.push(Seen::new(observer, conn));
            self.seen.len() - 1
        });
        self.seen.get_mut(at)
    }

    /// An origin says on which of its interfaces it saw it.
    pub(crate) fn see_via(&mut self, observer: Observer, conn: ConnId, via: Arc<str>) {
        if let Some(seen) = self.seen_by(observer, conn) {
            seen.via = Some(via);
        }
    }

    /// Takes one origin's total for a connection, of every packet or of one in `sampling`, and says what that adds to what is shown, and to what this origin
    /// counted.
    pub(crate) fn count(&mut self, observer: Observer, conn: ConnId, total: Total, sampling: u32) -> (Difference, Difference) {
        let mut own = Difference::default();
        if let Some(seen) = self.seen_by(observer, conn) {
            let before = seen.total();
            if seen.conn == conn {
                seen.current = latest(&seen.current, &total);
            } else {
                (seen.closed, seen.conn, seen.current) = (Some(before.into()), conn, total);
            }
            seen.sampling = seen.sampling.max(sampling);
            own = seen.total().since(&before);
        }
        let exact = self.sampling() == 1;
        let shown = self.seen.iter().filter(|s| !exact || s.sampling == 1).fold(Total::default(), |most, s| most.max(&s.total()));
        let more = shown.since(&self.total);
        self.total = self.total.plus(&more);
        (more, own)
    }
}

/// Totals only grow: an older report that comes late changes nothing.
fn latest(old: &Total, new: &Total) -> Total {
    old.plus(&new.since(old))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Basis, Proto, Realms, Tuple};

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

    fn by(origin: u16) -> Observer {
        Observer { origin: OriginId(origin), translated: false }
    }

    #[test]
    fn both_faces_of_a_translated_flow_are_not_two_flows() {
        let mut f = flow();
        let (one, beyond) = (by(1), Observer { translated: true, ..by(1) });
        f.count(one, ConnId(1), total(5), 1);
        f.count(beyond, ConnId(2), total(5), 1);
        f.count(one, ConnId(1), total(6), 1);
        assert_eq!(f.total, total(6));
    }

    #[test]
    fn the_largest_observer_is_shown_and_a_new_connection_adds() {
        let mut f = flow();
        let (one, two) = (by(1), by(2));
        assert_eq!(f.count(one, ConnId(1), total(5), 1).0.0.ab.packets, 5);
        assert_eq!(f.count(two, ConnId(9), total(4), 1).0.0.ab.packets, 0);
        assert_eq!(f.count(two, ConnId(9), total(7), 1).0.0.ab.packets, 2);
        assert_eq!(f.count(one, ConnId(1), total(3), 1).0.0.ab.packets, 0, "a late report changes nothing");
        assert_eq!(f.count(one, ConnId(2), total(4), 1).0.0.ab.packets, 2, "5 closed and 4 are 9, not 7");
        assert_eq!(f.total, total(9));
        assert_eq!(f.count(two, ConnId(9), total(8), 1), (Difference::default(), Difference(total(1).0)), "what it counted itself");
    }

    #[test]
    fn exact_beats_sampled() {
        let mut f = flow();
        let (sampled, exact, other) = (by(1), by(2), by(3));
        f.see_via(exact, ConnId(9), "eth0".into());
        f.count(sampled, ConnId(1), total(5), 10);
        f.count(other, ConnId(1), total(6), 4);
        assert_eq!((f.total, f.sampling()), (total(6), 4), "who has only been seen to see it counts nothing");
        f.count(exact, ConnId(9), total(40), 1);
        // What looks at one in ten cannot have seen more, unless it counts something else.
        f.count(sampled, ConnId(1), total(70), 10);
        assert_eq!((f.total, f.sampling()), (total(40), 1));
        assert_eq!(f.seen[0].via.as_deref(), Some("eth0"));
    }
}
