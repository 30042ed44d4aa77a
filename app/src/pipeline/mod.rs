//! Every thread and every channel, named and joined: source → model → layout → view, small commands back, and questions to name servers.

mod computer;
mod hearing;
mod layout;
mod lookups;
mod model;
mod own_feed;
mod seen;
mod session;
mod slot;
mod timings;
mod workers;

pub(crate) use computer::Computer;
pub use hearing::{Heard, Way};
pub(crate) use layout::laid_out;
pub use lookups::Asker;
pub use model::{Casting, ToModel, Values, Wanted};
pub(crate) use own_feed::OwnFeed;
pub use session::{Outcome, REALMS, Session, SourceKind, Start, clock, new_model, new_world};
pub use slot::Slot;
pub use timings::{Samples, Spent, Timings};
pub use workers::worker_panicked;

use std::sync::atomic::{AtomicU64, Ordering};

use graph::{Delta, Snapshot};
use layouts::{Disc, Engine, Positions};

/// What a viewer is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// Begin anew from here.
    Snapshot(Box<Snapshot>),
    /// Changes to what you have.
    Delta(Box<Delta>),
}

/// Where the nodes are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    /// Each of them.
    pub positions: Positions,
    /// Another number than any before.
    pub number: u64,
    /// The discs of groups that stand open, by their numbers.
    pub discs: Vec<(u64, Disc)>,
}

impl Placed {
    /// Where an engine has them.
    fn of(engine: &Engine) -> Placed {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Placed { positions: engine.positions().clone(), number, discs: engine.clusters().to_vec() }
    }
}

/// Beyond this many changes that a viewer did not fetch, a snapshot is cheaper.
const TOO_FAR_BEHIND: usize = 200_000;

impl Update {
    /// Puts a later update behind this one.
    pub fn merge(&mut self, later: Update) {
        match (&mut *self, later) {
            (Update::Snapshot(snapshot), Update::Delta(delta)) => snapshot.apply(*delta),
            (Update::Delta(first), Update::Delta(delta)) => first.merge(*delta),
            (first, snapshot @ Update::Snapshot(_)) => *first = snapshot,
        }
    }

    /// Whether the viewer should rather be sent a snapshot.
    pub fn is_too_far_behind(&self) -> bool {
        match self {
            Update::Snapshot(_) => false,
            Update::Delta(d) => d.gone_hosts.len() + d.gone_links.len() + d.gone_shares.len() + d.gone_processes.len() > TOO_FAR_BEHIND,
        }
    }
}
