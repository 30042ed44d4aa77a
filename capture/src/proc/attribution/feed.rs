//! What the source of owners is told: flows that begin, and processes that come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};
use graph::{ConnId, Event, Kind, Side, Tuple};

#[cfg(feature = "ebpf")]
use super::ebpf::Connect;

/// So much may wait; what is told beyond it is not heard, and such a flow has no owner.
pub(super) const WAITING: usize = 16_384;

/// One thing that it is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fed {
    /// A process began, or runs something else.
    Began(u32),
    /// A process is over.
    Ended(u32),
    /// A flow's first packet was seen, of the side that began it; whether it will be shown nobody knows.
    Begins(Tuple, Side),
    /// A flow, begun by that side, is shown under that number.
    Known(Tuple, Side, ConnId),
    /// A process asked for a connection.
    #[cfg(feature = "ebpf")]
    Connects(Connect),
}

/// The way to the source of owners. It never waits.
#[derive(Clone, Debug)]
pub struct Feed {
    fed: Sender<Fed>,
    unheard: Arc<AtomicU64>,
}

impl Feed {
    pub(super) fn new(fed: Sender<Fed>) -> Feed {
        Feed { fed, unheard: Arc::default() }
    }

    /// How many flows that are shown, and who asked for how many, was not heard of because too much waited.
    pub(super) fn unheard(&self) -> u64 {
        self.unheard.load(Ordering::Relaxed)
    }

    /// Tells what these events, of any source, say of flows and processes.
    pub fn see(&self, events: &[Event]) {
        for event in events {
            match &event.kind {
                Kind::Open { tuple, conn, initiator, .. } => self.tell(Fed::Known(*tuple, initiator.side, *conn)),
                Kind::Fork { child: process, .. } | Kind::Exec { process, .. } => self.tell(Fed::Began(process.pid)),
                Kind::Exit { process, .. } => self.tell(Fed::Ended(process.pid)),
                _ => {}
            }
        }
    }

    pub(super) fn begins(&self, tuple: Tuple, by: Side) {
        self.tell(Fed::Begins(tuple, by));
    }

    #[cfg(feature = "ebpf")]
    pub(super) fn connects(&self, connect: Connect) {
        self.tell(Fed::Connects(connect));
    }

    /// Counts what was not heard.
    pub(super) fn lose(&self, more: u64) {
        let _always_some = self.unheard.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |lost| Some(lost.saturating_add(more)));
    }

    fn tell(&self, told: Fed) {
        match self.fed.try_send(told) {
            Err(TrySendError::Full(Fed::Known(..))) => self.lose(1),
            #[cfg(feature = "ebpf")]
            Err(TrySendError::Full(Fed::Connects(_))) => self.lose(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use graph::{Basis, Endpoint, Initiator, OriginId, Proto, Time};

    use super::*;

    #[test]
    fn a_flow_that_is_not_heard_of_is_counted() {
        let (fed, waiting) = crossbeam_channel::bounded(2);
        let feed = Feed::new(fed);
        let end = |port| Endpoint { addr: Ipv4Addr::LOCALHOST.into(), port };
        let open = |port| {
            let (tuple, conn) = (Tuple::new(Proto::TCP, end(port), end(80)).0, ConnId(port.into()));
            let kind = Kind::Open { tuple, conn, start: Time::ZERO, initiator: Initiator { side: Side::A, basis: Basis::Handshake } };
            Event { at: Time::ZERO, origin: OriginId(0), kind }
        };
        feed.clone().see(&[open(1), open(2), open(3), open(4)]);
        assert_eq!((waiting.len(), feed.unheard()), (2, 2));
    }
}
