//! Traced routes: by way of which routers packets go to an address.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use hashbrown::HashMap;

use crate::{HostId, HostKey, Proto, Realms, Time};

/// A way has no more hops.
pub const MAX_HOPS: usize = 32;

/// The way from one address to another, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// From.
    pub src: IpAddr,
    /// To.
    pub dst: IpAddr,
    /// What it was traced with.
    pub proto: Proto,
    /// Whether the last hop is the destination.
    pub complete: bool,
    /// By way of, nearest first: at most [`MAX_HOPS`].
    pub hops: Vec<Hop>,
}

/// One hop of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// How many hops it is away.
    pub ttl: u8,
    /// What it answered; none where it is silent.
    pub answer: Option<Answer>,
}

/// What a hop answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who.
    pub addr: IpAddr,
    /// After what time.
    pub rtt: Duration,
}

/// A trace, and what is known of those that it passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// When it was traced.
    pub at: Time,
    /// The trace.
    pub trace: Arc<Trace>,
    /// Those that it passes, one for each hop.
    pub stops: Vec<Stop>,
}

/// Who answers at a hop, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// Its best name.
    pub name: Option<ArcStr>,
    /// The host that it is, where it talks.
    pub host: Option<HostId>,
}

/// A trace as it is kept: with the realms of whoever traced.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) at: Time,
    pub(crate) trace: Arc<Trace>,
    pub(crate) realms: Realms,
    number: u64,
}

/// The newest trace to each address, bounded: the one that was told first is forgotten first.
#[derive(Debug)]
pub(crate) struct TraceBook {
    by_dst: HashMap<HostKey, Kept>,
    order: BTreeMap<u64, HostKey>,
    last: u64,
    capacity: usize,
}

impl TraceBook {
    pub(crate) fn new(capacity: usize) -> TraceBook {
        TraceBook { by_dst: HashMap::new(), order: BTreeMap::new(), last: 0, capacity: capacity.max(1) }
    }

    /// Hears of one, even before its destination is a host. Returns whether it is news.
    pub(crate) fn hear(&mut self, at: Time, trace: &Arc<Trace>, realms: Realms) -> bool {
        let key = HostKey { realm: realms.of(trace.dst), addr: trace.dst };
        if let Some(known) = self.by_dst.get(&key) {
            if known.at > at || (known.at == at && known.trace == *trace) {
                return false;
            }
            self.order.remove(&known.number);
        }
        self.last += 1;
        self.order.insert(self.last, key);
        self.by_dst.insert(key, Kept { at, trace: trace.clone(), realms, number: self.last });
        if self.order.len() > self.capacity
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.by_dst.remove(&oldest);
        }
        true
    }

    pub(crate) fn of(&self, dst: &HostKey) -> Option<&Kept> {
        self.by_dst.get(dst)
    }

    /// Its destination is gone.
    pub(crate) fn forget(&mut self, dst: &HostKey) {
        if let Some(known) = self.by_dst.remove(dst) {
            self.order.remove(&known.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::Realm;

    const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };

    fn trace(dst: u32) -> Arc<Trace> {
        let (src, dst) = (Ipv4Addr::new(192, 0, 2, 1).into(), Ipv4Addr::from_bits(0x0800_0000 + dst).into());
        Arc::new(Trace { src, dst, proto: Proto::ICMP, complete: true, hops: vec![] })
    }

    fn key(dst: u32) -> HostKey {
        HostKey { realm: Realm::GLOBAL, addr: trace(dst).dst }
    }

    #[test]
    fn the_newest_is_kept_and_the_one_told_first_makes_room() {
        let mut book = TraceBook::new(2);
        assert!(book.hear(Time(5), &trace(1), REALMS));
        assert!(!book.hear(Time(4), &trace(1), REALMS), "an older one that comes late");
        assert!(!book.hear(Time(5), &trace(1), REALMS), "the same once more");
        assert!(book.hear(Time(5), &trace(2), REALMS) && book.hear(Time(6), &trace(1), REALMS));
        assert!(book.hear(Time(1), &trace(3), REALMS));
        assert_eq!((book.of(&key(1)).map(|known| known.at), book.of(&key(2)).is_some()), (Some(Time(6)), false));
        book.forget(&key(1));
        assert!(book.of(&key(1)).is_none());
        assert_eq!((book.order.len(), book.by_dst.len()), (1, 1));
    }
}
