//! The processes that are known, by number: who has it now, and what was told of it.

use std::sync::Arc;

use graph::{ArcStr, Exit, Image, ProcessId};
use hashbrown::HashMap;

/// As many processes are known at once, at most; of more it is counted that they were not told.
pub(super) const MAX_KNOWN: usize = 131_072;

/// One process that lives, as far as is known.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// What it is called to the model, always the same.
    pub(super) id: ProcessId,
    /// When it began as /proc says, where that was read.
    pub(super) proc_start_ns: Option<u64>,
    /// The number of who has it now; zero is nobody.
    pub(super) parent: u32,
    /// How many of those that are known it has.
    pub(super) children: u32,
    /// Whether the model knows of it.
    pub(super) told: bool,
    /// What it runs, as the model was told.
    pub(super) image: Option<Arc<Image>>,
    /// Its short name now.
    pub(super) comm: ArcStr,
    /// Where its program stands in memory: another place is another program.
    pub(super) places: (u64, u64),
    /// The number of its session.
    pub(super) session: u32,
    /// Threads that it has beside the first.
    pub(super) threads: u32,
    /// From when on its threads are counted one by one, by the connector's clock.
    pub(super) counted_from_ns: u64,
    /// How its first thread ended, while others go on.
    pub(super) ending: Option<Exit>,
    /// The last scan that saw it.
    pub(super) round: u32,
    /// Polls for which it is looked at each time: a young process is soon another program.
    pub(super) young: u8,
}

impl Known {
    pub(super) fn new(id: ProcessId, round: u32) -> Known {
        Known {
            id,
            proc_start_ns: None,
            parent: 0,
            children: 0,
            told: false,
            image: None,
            comm: "".into(),
            places: (0, 0),
            session: 0,
            threads: 0,
            counted_from_ns: 0,
            ending: None,
            round,
            young: 0,
        }
    }
}

/// Processes by number.
#[derive(Debug)]
pub(super) struct Table {
    known: HashMap<u32, Known>,
    max: usize,
}

impl Table {
    pub(super) fn new(max: usize) -> Table {
        Table { known: HashMap::new(), max }
    }

    pub(super) fn get(&self, pid: u32) -> Option<&Known> {
        self.known.get(&pid)
    }

    pub(super) fn get_mut(&mut self, pid: u32) -> Option<&mut Known> {
        self.known.get_mut(&pid)
    }

    /// All numbers, in their order.
    pub(super) fn pids(&self, of: impl Fn(&Known) -> bool) -> Vec<u32> {
        let mut pids: Vec<u32> = self.known.iter().filter(|(_, known)| of(known)).map(|(pid, _)| *pid).collect();
        pids.sort_unstable();
        pids
    }

    /// Takes one in; none where there are too many.
    pub(super) fn insert(&mut self, known: Known) -> Option<&mut Known> {
        let pid = known.id.pid;
        if self.known.len() >= self.max && !self.known.contains_key(&pid) {
            return None;
        }
        self.remove(pid);
        if let Some(parent) = self.known.get_mut(&known.parent) {
            parent.children = parent.children.saturating_add(1);
        }
        Some(self.known.entry(pid).or_insert(known))
    }

    /// Somebody else has it from now on.
    pub(super) fn set_parent(&mut self, pid: u32, parent: u32) {
        let Some(before) = self.known.get_mut(&pid).map(|known| std::mem::replace(&mut known.parent, parent)) else { return };
        if let Some(before) = self.known.get_mut(&before) {
            before.children = before.children.saturating_sub(1);
        }
        if let Some(parent) = self.known.get_mut(&parent) {
            parent.children = parent.children.saturating_add(1);
        }
    }

    /// It is gone.
    pub(super) fn remove(&mut self, pid: u32) -> Option<Known> {
        let known = self.known.remove(&pid)?;
        if let Some(parent) = self.known.get_mut(&known.parent) {
            parent.children = parent.children.saturating_sub(1);
        }
        Some(known)
    }
}
