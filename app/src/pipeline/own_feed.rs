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
        if events.first().is_some_and(|event| usize::from(event.origin.0) < self.origins) {
            self.feed.see(events);
        }
    }
}
