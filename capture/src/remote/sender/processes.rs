//! The processes that live on a probe's machine, and what its users are called.

use std::sync::Arc;

use graph::{ArcStr, Change, Image, Kind, ProcessId, Unread};
use hashbrown::HashMap;

/// More users have no names.
const MAX_USERS: usize = 65_536;
/// No name of a user that is sent is longer, in bytes (useradd(8)), so that what runs fits into one datagram.
const MAX_USER_NAME: usize = 32;
/// A process that began another one, and so on, is followed so far.
const MAX_DEPTH: usize = 64;

/// What lives, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Processes {
    by_pid: HashMap<u32, Process>,
    users: HashMap<u32, ArcStr>,
    capacity: usize,
}

/// A process as it is now.
#[derive(Debug, Clone)]
pub(super) struct Process {
    id: ProcessId,
    /// Who began it.
    parent: Option<ProcessId>,
    /// Who took it in when that one was gone.
    guardian: Option<ProcessId>,
    image: Arc<Image>,
    leads_session: bool,
}

/// What the record of an event needs beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    pub(super) image: Option<Arc<Image>>,
    pub(super) parent: Option<ProcessId>,
    pub(super) user: Option<ArcStr>,
}

impl Processes {
    /// At most so many live ones are known.
    pub(super) fn new(capacity: usize) -> Processes {
        Processes { capacity, ..Processes::default() }
    }

    /// Takes in what happened to one, and says what its record needs. None where it is no event of a process.
    pub(super) fn take(&mut self, kind: &Kind) -> Option<Beside> {
        match kind {
            Kind::User { user, name } => {
                if self.users.len() < MAX_USERS || self.users.contains_key(user) {
                    let end = name.floor_char_boundary(MAX_USER_NAME.min(name.len()));
                    self.users.insert(*user, name.get(..end).unwrap_or_default().into());
                }
                None
            }
            Kind::Fork { parent, child } => {
                let image = self.find(*parent).map(|parent| parent.image.clone());
                if let Some(child) = self.meet(*child) {
                    child.image = image.clone().unwrap_or_else(|| child.image.clone());
                    child.adopt(*parent);
                }
                Some(Beside { image, ..Beside::default() })
            }
            Kind::Exec { process, parent, image } => {
                if let Some(known) = self.meet(*process) {
                    known.image = image.clone();
                    parent.iter().for_each(|parent| known.adopt(*parent));
                }
                let known = self.find(*process).and_then(|known| known.parent);
                Some(Beside { image: None, parent: known.filter(|parent| self.find(*parent).is_some()), user: self.user(image) })
            }
            Kind::Change { process, change } => {
                let known = self.find(*process);
                let image = known.map(|known| known.image.clone());
                let parent = known.and_then(|known| known.parent);
                if let Some(known) = self.meet(*process) {
                    known.change(change);
                }
                let user = self.find(*process).and_then(|known| self.user(&known.image));
                Some(Beside { image, parent, user })
            }
            Kind::Exit { process, .. } => {
                let known = self.find(*process).map(|known| known.parent);
                if known.is_some() {
                    self.by_pid.remove(&process.pid);
                }
                let parent = known.flatten();
                Some(Beside { parent, ..Beside::default() })
            }
            _ => None,
        }
    }

    /// Every live one, who began others before those, as records tell it.
    pub(super) fn each(&self, mut tell: impl FnMut(&Kind, &Beside)) {
        let mut live: Vec<(usize, u32, &Process)> = self.by_pid.iter().map(|(pid, known)| (self.depth(known), *pid, known)).collect();
        live.sort_unstable_by_key(|(depth, pid, _)| (*depth, *pid));
        for (_, _, known) in live {
            let process = known.id;
            // Who is gone is not told of: the other end may not know that it is.
            let alive = |id: &ProcessId| self.find(*id).is_some();
            let (parent, guardian) = (known.parent.filter(alive), known.guardian.filter(alive));
            let image = known.image.clone();
            let user = self.user(&image);
            let beside = Beside { image: Some(image.clone()), parent: parent.or(guardian), user };
            tell(&Kind::Exec { process, parent: parent.or(guardian), image }, &beside);
            if known.leads_session {
                tell(&Kind::Change { process, change: Change::Session }, &beside);
            }
            if let (Some(_), Some(guardian)) = (parent, guardian) {
                tell(&Kind::Change { process, change: Change::Parent(guardian) }, &beside);
            }
        }
    }

    /// Whether it lives.
    pub(super) fn lives(&self, process: ProcessId) -> bool {
        self.find(process).is_some()
    }

    fn find(&self, process: ProcessId) -> Option<&Process> {
        self.by_pid.get(&process.pid).filter(|known| known.id.is(process))
    }

    /// The process that is meant, known from now on. None where there is no room, or where its number has been used again since.
    fn meet(&mut self, process: ProcessId) -> Option<&mut Process> {
        let full = self.by_pid.len() >= self.capacity;
        match self.by_pid.get(&process.pid) {
            Some(known) if known.id.is(process) => {}
            Some(known) if known.id.start_ns > process.start_ns => return None,
            None if full => return None,
            _ => {
                self.by_pid.insert(process.pid, Process::new(process));
            }
        }
        self.by_pid.get_mut(&process.pid)
    }

    fn user(&self, image: &Image) -> Option<ArcStr> {
        self.users.get(&image.ids?.0).cloned()
    }

    fn depth(&self, process: &Process) -> usize {
        let parent = |known: &&Process| self.find(known.parent?).filter(|parent| parent.id.pid != known.id.pid);
        std::iter::successors(Some(process), parent).take(MAX_DEPTH).count()
    }
}

impl Process {
    fn new(id: ProcessId) -> Process {
        Process { id, parent: None, guardian: None, image: Image::named("", Unread::Untold).into(), leads_session: false }
    }

    /// The first one that is told began it; who is told later took it in.
    fn adopt(&mut self, parent: ProcessId) {
        match self.parent {
            None => self.parent = Some(parent),
            Some(known) if known.is(parent) => {}
            Some(_) => self.guardian = Some(parent),
        }
    }

    fn change(&mut self, change: &Change) {
        let mut with = |change: &dyn Fn(&mut Image)| change(Arc::make_mut(&mut self.image));
        match change {
            Change::Name(name) => with(&|image| image.comm = name.clone()),
            Change::User(user) => with(&|image| image.ids = image.ids.map(|(_, group)| (*user, group))),
            Change::Group(group) => with(&|image| image.ids = image.ids.map(|(user, _)| (user, *group))),
            Change::Session => self.leads_session = true,
            Change::Parent(parent) => self.adopt(*parent),
        }
    }
}
