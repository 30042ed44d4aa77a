//! The processes of all machines: found, kept after death for a while, and bounded.

use std::collections::VecDeque;

use arcstr::ArcStr;
use hashbrown::{HashMap, HashSet};

use super::{Exit, Process, ProcessId, ProcessKey};
use crate::model::Marked;
use crate::{Limits, Realm, Time};

/// How many users' names are known.
const MAX_USERS: usize = 65_536;

/// Processes by key, and which of them has a number now.
#[derive(Debug, Default)]
pub(crate) struct ProcessTable {
    processes: HashMap<ProcessKey, Marked<Process>>,
    latest: HashMap<(Realm, u32), ProcessKey>,
    /// The dead, in the order in which they died.
    dead: VecDeque<(Time, ProcessKey)>,
    /// Dead ones whose time has come while flows of theirs still live: they go after the last of these.
    held: HashSet<ProcessKey>,
    users: HashMap<(Realm, u32), ArcStr>,
    booted: HashMap<Realm, Time>,
    changed: Vec<ProcessKey>,
    gone: Vec<ProcessKey>,
}

impl ProcessTable {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Process> {
        self.processes.values().map(|process| &process.it)
    }

    pub(crate) fn get(&self, key: &ProcessKey) -> Option<&Process> {
        self.processes.get(key).map(|process| &process.it)
    }

    /// A process that is about to change.
    pub(crate) fn touch(&mut self, key: ProcessKey) -> Option<&mut Process> {
        Some(self.processes.get_mut(&key)?.mark(key, &mut self.changed))
    }

    /// The process that is meant, if it is known: one whose beginning was told a little otherwise is the same.
    pub(crate) fn find(&self, realm: Realm, process: ProcessId) -> Option<ProcessKey> {
        let key = ProcessKey { realm, process };
        if self.processes.contains_key(&key) {
            return Some(key);
        }
        self.latest.get(&(realm, process.pid)).copied().filter(|latest| latest.process.is(process))
    }

    /// The process that is meant; one that nobody told of is known from now on. None where there are too many.
    pub(crate) fn find_or_insert(&mut self, realm: Realm, process: ProcessId, now: Time, limits: &Limits) -> Option<ProcessKey> {
        if let Some(known) = self.find(realm, process) {
            return Some(known);
        }
        while self.processes.len() >= limits.max_processes.max(1) {
            let (_, oldest) = self.dead.pop_front()?;
            self.let_go(oldest);
        }
        let key = ProcessKey { realm, process };
        self.processes.insert(key, Marked::new(Process::new(key, now)));
        match self.latest.get(&(realm, process.pid)).copied() {
            // Its number has been used again since: nobody saw its end.
            Some(later) if later.process.start_ns > process.start_ns => self.end(key, now, Exit::Unseen),
            earlier => {
                if let Some(earlier) = earlier {
                    self.end(earlier, now, Exit::Unseen);
                }
                self.latest.insert((realm, process.pid), key);
            }
        }
        self.touch(key);
        Some(key)
    }

    /// A process is over; how it ended is told once.
    pub(crate) fn end(&mut self, key: ProcessKey, now: Time, exit: Exit) {
        if let Some(process) = self.touch(key)
            && process.ended.is_none()
        {
            process.ended = Some((now, exit));
            self.dead.push_back((now, key));
        }
    }

    /// One of its flows is over.
    pub(crate) fn release(&mut self, key: ProcessKey) {
        let Some(process) = self.touch(key) else { return };
        process.flows = process.flows.saturating_sub(1);
        if process.flows == 0
            && let Some((died, _)) = process.ended
            && self.held.remove(&key)
        {
            self.dead.push_front((died, key));
        }
    }

    /// Forgets those that have been dead for too long, or are too many.
    pub(crate) fn forget(&mut self, now: Time, limits: &Limits) {
        while let Some((died, key)) = self.dead.front().copied()
            && (self.dead.len() > limits.max_dead || now.since(died) >= limits.dead_kept)
        {
            self.dead.pop_front();
            self.let_go(key);
        }
    }

    /// What changed since this was last called: the changed, and the gone.
    pub(crate) fn take_changes(&mut self) -> (Vec<(ProcessKey, Process)>, Vec<ProcessKey>) {
        let changed = std::mem::take(&mut self.changed);
        let changed = changed.into_iter().filter_map(|key| Some((key, self.processes.get_mut(&key)?.unmark().clone())));
        (changed.collect(), std::mem::take(&mut self.gone))
    }

    /// A user has a name; at most [`MAX_USERS`] are known.
    pub(crate) fn name_user(&mut self, realm: Realm, user: u32, name: ArcStr) {
        if self.users.len() < MAX_USERS || self.users.contains_key(&(realm, user)) {
            self.users.insert((realm, user), name);
        }
    }

    pub(crate) fn user_name(&self, realm: Realm, user: u32) -> Option<ArcStr> {
        self.users.get(&(realm, user)).cloned()
    }

    /// When a machine began.
    pub(crate) fn set_booted(&mut self, realm: Realm, at: Time) {
        self.booted.insert(realm, at);
    }

    pub(crate) fn booted(&self, realm: Realm) -> Option<Time> {
        self.booted.get(&realm).copied()
    }

    /// Forgets a dead one, now or after its last flow.
    fn let_go(&mut self, key: ProcessKey) {
        if self.get(&key).is_some_and(|process| process.flows > 0) {
            self.held.insert(key);
            return;
        }
        if self.processes.remove(&key).is_none() {
            return;
        }
        self.gone.push(key);
        let place = (key.realm, key.process.pid);
        if self.latest.get(&place) == Some(&key) {
            self.latest.remove(&place);
        }
    }
}
