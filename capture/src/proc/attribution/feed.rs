//! What the source of owners is told: flows that begin, and processes that come and go.

use crossbeam_channel::Sender;
use graph::{ConnId, Event, Kind, Tuple};

/// So much may wait; what is told beyond it is not heard, and such a flow has no owner.
pub(super) const WAITING: usize = 16_384;

/// One thing that it is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fed {
    /// A process began, or runs something else.
    Began(u32),
    /// A process is over.
    Ended(u32),
    /// A flow's first packet was seen; whether it will be shown nobody knows.
    Begins(Tuple),
    /// A flow is shown under that number.
    Known(Tuple, ConnId),
}

/// The way to the source of owners. It never waits.
#[derive(Clone, Debug)]
pub struct Feed(Sender<Fed>);

impl Feed {
    pub(super) fn new(feed: Sender<Fed>) -> Feed {
        Feed(feed)
    }

    /// Tells what these events, of any source, say of flows and processes.
    pub fn see(&self, events: &[Event]) {
        for event in events {
            match &event.kind {
                Kind::Open { tuple, conn, .. } => self.tell(Fed::Known(*tuple, *conn)),
                Kind::Fork { child: process, .. } | Kind::Exec { process, .. } => self.tell(Fed::Began(process.pid)),
                Kind::Exit { process, .. } => self.tell(Fed::Ended(process.pid)),
                _ => {}
            }
        }
    }

    pub(super) fn begins(&self, tuple: Tuple) {
        self.tell(Fed::Begins(tuple));
    }

    fn tell(&self, told: Fed) {
        let _full_or_gone = self.0.try_send(told);
    }
}
