//! What a user is told of probes: one line each, written by whoever listens to them and read by whoever shows them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graph::{Ledger, OriginId};
use wire::glouglou::session::Rejects;

use super::receiver::Received;

/// One line for each probe that may come or came, by name, and what was not taken of strangers. Cheap to clone: all clones are the same board.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<(Vec<Line>, Rejects)>>);

impl Board {
    /// What stands on it now.
    pub fn read(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// What came and was not taken, of whomever it was; nothing was answered.
    pub fn not_taken(&self) -> Rejects {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Writes all of it anew.
    pub(crate) fn write(&self, lines: Vec<Line>, not_taken: Rejects) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (lines, not_taken);
    }
}

/// How a probe is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// It has not come yet.
    #[default]
    Awaited,
    /// It is heard.
    Live,
    /// It is heard, and what it says is passed over until it is wanted again.
    Paused,
    /// It was heard, and is not any more.
    Silent,
}

/// What is known of one probe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its number.
    pub probe_id: u32,
    /// What the user calls it.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What its machine is called; empty while it has not said.
    pub hostname: String,
    /// Its program and version; empty while it has not said.
    pub version: String,
    /// The origin of its events, once it came.
    pub origin: Option<OriginId>,
    /// From where it was heard last; of one behind a relay, from where the relay was.
    pub from: Option<SocketAddr>,
    /// The relays that it passed, nearest to the probe first: what the user calls them, or their numbers.
    pub path: Vec<String>,
    /// How long a question and its answer take; of one behind a relay, to the relay.
    pub round_trip: Option<Duration>,
    /// How many microseconds its clock is ahead of the one here; below zero is behind. Unknown of one behind a relay.
    pub clock_offset_us: Option<i64>,
    /// Events that came in the last second.
    pub events_per_sec: u64,
    /// What became of everything that it sent.
    pub received: Received,
    /// Of a relay: contents that it forwarded and that were not taken, because it may not speak for that probe or that comes by another way.
    pub not_taken: u64,
    /// What it says of itself: packets, and what it lost.
    pub ledger: Ledger,
}
