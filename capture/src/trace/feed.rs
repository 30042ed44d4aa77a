//! What the source of routes is told: with whom flows are.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};
use graph::{Event, Kind, Side};

use super::is_traceable;

/// So much may wait; what is told beyond it is not heard.
pub(super) const WAITING: usize = 16_384;

/// One thing that it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// A flow with that address began.
    Begins(IpAddr),
    /// One ended.
    Ends(IpAddr),
}

/// The way to the source of routes. It never waits.
#[derive(Clone, Debug)]
pub struct Feed {
    fed: Sender<Fed>,
    unheard: Arc<AtomicU64>,
}

impl Feed {
    pub(super) fn new(fed: Sender<Fed>) -> Feed {
        Feed { fed, unheard: Arc::default() }
    }

    /// Addresses that were not heard of because too much waited.
    pub(super) fn unheard(&self) -> u64 {
        self.unheard.load(Ordering::Relaxed)
    }

    /// Tells what these events say of flows. Which end is this machine's own the child knows: no packet leaves for that one.
    pub fn see(&self, events: &[Event]) {
        for event in events {
            let (tuple, what): (_, fn(IpAddr) -> Fed) = match &event.kind {
                Kind::Open { tuple, .. } => (tuple, Fed::Begins),
                Kind::Close { tuple, .. } => (tuple, Fed::Ends),
                _ => continue,
            };
            let addrs = [Side::A, Side::B].map(|side| tuple.end(side).addr);
            addrs.into_iter().filter(|addr| is_traceable(*addr)).for_each(|addr| self.tell(what(addr)));
        }
    }

    fn tell(&self, told: Fed) {
        if let Err(TrySendError::Full(Fed::Begins(_))) = self.fed.try_send(told) {
            self.unheard.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use graph::{Basis, Both, ConnId, EndReason, Endpoint, Initiator, OriginId, Proto, Time, Total, Tuple};

    use super::*;

    #[test]
    fn both_ends_are_told_but_for_those_that_no_route_leads_to() {
        let (fed, told) = crossbeam_channel::bounded(5);
        let feed = Feed::new(fed);
        let [here, there, loopback] = ["192.0.2.1", "192.0.2.2", "127.0.0.1"].map(|addr| addr.parse().unwrap());
        let tuple = |one, other| Tuple::new(Proto::TCP, Endpoint { addr: one, port: 1 }, Endpoint { addr: other, port: 2 }).0;
        let initiator = Initiator { side: Side::A, basis: Basis::Port };
        let open = |tuple| Kind::Open { tuple, conn: ConnId(1), start: Time::ZERO, initiator };
        let close = |tuple| {
            let (reason, total) = (EndReason::Fin, Total(Both::default()));
            Kind::Close { tuple, conn: ConnId(1), reason, total, last: Time::ZERO }
        };
        let event = |kind| Event { at: Time::ZERO, origin: OriginId(0), kind };
        feed.see(&[event(open(tuple(here, there))), event(open(tuple(loopback, there))), event(close(tuple(there, here)))]);
        let all = [Fed::Begins(here), Fed::Begins(there), Fed::Begins(there), Fed::Ends(here), Fed::Ends(there)];
        assert_eq!((told.try_iter().collect::<Vec<_>>(), feed.unheard()), (all.to_vec(), 0));
        (0..4).for_each(|_| feed.see(&[event(open(tuple(here, there)))]));
        assert_eq!((told.len(), feed.unheard()), (5, 3));
    }
}
