//! What looks for the owners of flows, and hears only of those that this machine's own sources tell of: flows of other machines are nobody's here.

use capture::proc::attribution::Feed;
use graph::Event;

/// The feed of the sources that were there first.
pub(crate) struct OwnFeed {
    feed: Feed,
    origins: usize,
}

impl OwnFeed {
    /// Of a model whose first `origins` are this machine's; later ones are probes.
    pub(crate) fn new(feed: Feed, origins: usize) -> OwnFeed {
        OwnFeed { feed, origins }
    }

    /// Tells what these events of one source say.
    pub(crate) fn see(&self, events: &[Event]) {
        if are_own(events, self.origins) {
            self.feed.see(events);
        }
    }
}

/// Whether these events are of one of the first `origins`. All events of a batch come from one source.
fn are_own(events: &[Event], origins: usize) -> bool {
    events.first().is_some_and(|event| usize::from(event.origin.0) < origins)
}

#[cfg(test)]
mod tests {
    use graph::{Kind, OriginId, Time};

    use super::*;

    #[test]
    fn what_probes_tell_is_not_looked_for_here() {
        let of = |origin| [Event { at: Time::ZERO, origin: OriginId(origin), kind: Kind::Booted { at: Time::ZERO } }];
        assert_eq!([0, 2, 3, 9].map(|origin| are_own(&of(origin), 3)), [true, true, false, false]);
        assert!(!are_own(&[], 3));
    }
}
