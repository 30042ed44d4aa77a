//! Events that cannot wait in their connection: names, and the last words of connections that left the table.

use std::collections::VecDeque;

use graph::{Event, OriginId, Tag};

use super::conn::Conn;

/// Events that wait for the model; beyond it last words are lost, and counted.
const CAPACITY: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Queue(VecDeque<Event>);

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is half full: whoever can wait for the model should.
    pub(super) fn is_pressed(&self) -> bool {
        self.0.len() >= CAPACITY / 2
    }

    /// Queues an event that will be said again some day: where there is no room it is left out.
    pub(super) fn push(&mut self, event: Event) {
        if self.0.len() < CAPACITY {
            self.0.push_back(event);
        }
    }

    /// Queues what a connection has left to say. Returns the packets that nobody will hear of because there is no room.
    pub(super) fn push_last_words(&mut self, conn: &mut Conn, tags: &mut Vec<Tag>, origin: OriginId) -> u64 {
        if !conn.has_news() {
            return 0;
        }
        if self.0.len() >= CAPACITY {
            return conn.untold_packets();
        }
        let mut words = Vec::new();
        conn.tell(tags, origin, &mut words);
        self.0.extend(words);
        0
    }

    /// Moves events out until `events` holds `len`.
    pub(super) fn drain_into(&mut self, events: &mut Vec<Event>, len: usize) {
        let room = len.saturating_sub(events.len()).min(self.0.len());
        events.extend(self.0.drain(..room));
    }
}
