//! The machine whose processes are seen, and the programs that run on it.

use std::sync::Arc;
use std::time::Duration;

use graph::{ArcStr, Exit, Image};

use super::{Activity, Addresses};

/// The machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// The host that it is.
    pub(crate) addresses: Addresses,
    /// How long it has been on when anybody begins to look.
    pub(crate) up: Duration,
    /// The names of its users, by number.
    pub(crate) users: Vec<(u32, ArcStr)>,
    /// The program that asks for names.
    pub(crate) resolver: Option<ProgramId>,
    /// What runs on it: a program stands behind the one that starts it, and the first one starts first.
    pub(super) programs: Vec<Program>,
}

impl Machine {
    /// One of its programs.
    pub(crate) fn program(&self, id: ProgramId) -> Option<&Program> {
        self.programs.get(id.0)
    }

    /// All of them, each behind the one that starts it.
    pub(crate) fn programs(&self) -> impl Iterator<Item = (ProgramId, &Program)> {
        self.programs.iter().enumerate().map(|(nth, program)| (ProgramId(nth), program))
    }
}

/// A program of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProgramId(pub(super) usize);

/// Something that runs on the machine, once or many times.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// What starts it; none for what is there first.
    pub(crate) under: Option<ProgramId>,
    /// What it runs, one after the other; nothing: what the one that starts it runs.
    pub(crate) images: Vec<Arc<Image>>,
    /// When it begins.
    pub(crate) begins: Begins,
    /// How long it lives at least, unless it is always there.
    pub(crate) lasts: Duration,
    /// How many of it there are each time.
    pub(crate) times: u32,
    /// From one of these to the next.
    pub(crate) gap: Duration,
    /// Whether the one that starts it may end before it does.
    pub(crate) background: bool,
    /// Whether it takes in what those under it leave behind.
    pub(crate) takes_in: bool,
    /// Whether it leads a session.
    pub(crate) leads_session: bool,
    /// Processors that it keeps busy.
    pub(crate) cpu: f64,
    /// Memory that it takes, in bytes.
    pub(crate) memory_bytes: u64,
    /// How it ends.
    pub(crate) ends: Exit,
    /// What begins with it.
    pub(super) children: Vec<ProgramId>,
    /// What it does whenever it begins.
    pub(super) activities: Vec<Arc<Activity>>,
}

impl Program {
    /// What begins with it.
    pub(crate) fn children(&self) -> &[ProgramId] {
        &self.children
    }

    /// What it does whenever it begins.
    pub(crate) fn activities(&self) -> &[Arc<Activity>] {
        &self.activities
    }
}

/// When a program begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begins {
    /// Before anybody looks; and it never ends.
    Always,
    /// Again and again.
    Every {
        /// From one beginning to the next.
        every: Duration,
        /// By how much earlier or later that may be.
        jitter: Duration,
    },
    /// With the one that starts it, so long after it.
    After(Duration),
    /// For each visit of an activity.
    Visit,
}
