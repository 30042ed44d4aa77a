//! Processes: what identifies one, what is known of it, and who started it.

mod image;
mod record;
mod table;

pub use image::{Container, Image, Unread};
pub use record::{MAX_EARLIER, Process};
pub(crate) use table::ProcessTable;

use std::time::Duration;

use arcstr::ArcStr;

use crate::{Realm, Side};

/// A process, as its machine tells it: a number, and when the one that has it now began, for numbers are used again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId {
    /// The number of its thread group.
    pub pid: u32,
    /// When it began, in nanoseconds since its machine did (`/proc/PID/stat` field 22; where that could not be read, the time of the
    /// event). Zero: not known, whoever has the number now is meant.
    pub start_ns: u64,
}

/// How far two beginnings of one process may lie apart: /proc tells it in hundredths of a second.
pub const SAME_START: Duration = Duration::from_millis(20);

impl ProcessId {
    /// Whether both are the same process, though one of them may have been told its beginning by another clock.
    pub const fn is(self, other: ProcessId) -> bool {
        let known = self.start_ns != 0 && other.start_ns != 0;
        self.pid == other.pid && (!known || self.start_ns.abs_diff(other.start_ns) as u128 <= SAME_START.as_nanos())
    }
}

/// A process among those of all machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessKey {
    /// The machine: the realm of its local addresses.
    pub realm: Realm,
    /// The process on it.
    pub process: ProcessId,
}

/// Something about a process that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It calls itself something else (printable; at most 15 bytes before that).
    Name(ArcStr),
    /// Its effective user.
    User(u32),
    /// Its effective group.
    Group(u32),
    /// It leads a session now.
    Session,
    /// The one that started it is gone, and this one has taken it in.
    Parent(ProcessId),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// By itself, with this code; 0 is well.
    Code(u8),
    /// By a signal.
    Signal {
        /// Its number (signal(7)).
        number: u8,
        /// Whether it left its memory behind.
        core: bool,
    },
    /// It is gone, and nobody saw how.
    Unseen,
}

/// What a process takes, as totals since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, all its threads together.
    pub cpu: Duration,
    /// Memory that is resident, in bytes.
    pub rss_bytes: u64,
}

/// How the owner of a flow is known; the larger wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribution {
    /// It listens where the flow goes to.
    Listener,
    /// It has the port.
    Port,
    /// It has this very connection's socket, or asked for the connection.
    Exact,
}

impl Attribution {
    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Attribution::Listener => "by listening socket",
            Attribution::Port => "by port",
            Attribution::Exact => "exact",
        }
    }
}

/// Who has one end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The process.
    pub process: ProcessKey,
    /// How that is known.
    pub how: Attribution,
}

/// The owners of a flow's ends, lower and higher: on one machine both ends can have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owners([Option<Owner>; 2]);

impl Owners {
    /// Those processes, where it is known how.
    pub(crate) fn new([a, b]: [Option<ProcessKey>; 2], [how_a, how_b]: [Option<Attribution>; 2]) -> Owners {
        let owner = |process: Option<ProcessKey>, how: Option<Attribution>| Some(Owner { process: process?, how: how? });
        Owners([owner(a, how_a), owner(b, how_b)])
    }

    /// Who has that end.
    pub const fn at(&self, side: Side) -> Option<Owner> {
        let [a, b] = self.0;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }
}
