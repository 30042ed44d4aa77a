//! Which processes there are, after what was told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use graph::{Change, Exit, Image, Kind, ProcessId, Unread};

/// The processes of one machine. Noting what contradicts what was told before panics.
#[derive(Debug, Default)]
pub(in crate::demo) struct Census {
    /// What each runs, oldest first, and what began it or took it in.
    pub(in crate::demo) living: BTreeMap<ProcessId, Known>,
    /// How those ended that did.
    pub(in crate::demo) ends: Vec<Exit>,
    pub(in crate::demo) births: u64,
    pub(in crate::demo) orphans: u64,
    pub(in crate::demo) booted: bool,
    pub(in crate::demo) users: BTreeSet<u32>,
    /// Titles of those that began, and of those that ended.
    pub(in crate::demo) ever: BTreeSet<String>,
    pub(in crate::demo) containers: BTreeSet<String>,
    /// The longest row of programs that one process ran.
    pub(in crate::demo) longest_chain: usize,
    /// Births, programs, changes and ends.
    pub(in crate::demo) events: u64,
    latest_ns: u64,
}

/// What is known of one that lives.
#[derive(Clone, Debug, Default)]
pub(in crate::demo) struct Known {
    pub(in crate::demo) images: Vec<std::sync::Arc<Image>>,
    pub(in crate::demo) parent: Option<ProcessId>,
    pub(in crate::demo) cpu: Duration,
    pub(in crate::demo) measured: u64,
}

impl Census {
    /// Notes what is told of a process.
    pub(in crate::demo) fn note(&mut self, kind: &Kind) {
        self.events += u64::from(matches!(kind, Kind::Fork { .. } | Kind::Exec { .. } | Kind::Change { .. } | Kind::Exit { .. }));
        match kind {
            Kind::Booted { .. } => assert!(!std::mem::replace(&mut self.booted, true), "booted twice"),
            Kind::User { user, .. } => assert!(self.users.insert(*user)),
            Kind::Fork { parent, child } => {
                let images = self.alive(*parent).images.last().cloned();
                self.begin(*child, Some(*parent));
                self.alive(*child).images.extend(images);
                self.births += 1;
            }
            Kind::Exec { process, parent, image } => {
                if !self.living.contains_key(process) {
                    assert!(self.births == 0, "{process:?} runs a program and was never born");
                    if let Some(parent) = parent {
                        self.alive(*parent);
                    }
                    self.begin(*process, *parent);
                }
                if let Some((user, _)) = image.ids {
                    assert!(self.users.contains(&user), "user {user} has no name");
                }
                assert!(matches!(image.exe, Ok(_) | Err(Unread::Kernel)));
                self.alive(*process).images.push(image.clone());
                self.ever.insert(image.title().to_owned());
                self.containers.extend(image.container.as_ref().map(ToString::to_string));
                self.longest_chain = self.longest_chain.max(self.alive(*process).images.len());
            }
            Kind::Change { process, change } => {
                self.alive(*process);
                if let Change::Parent(guardian) = change {
                    self.alive(*guardian);
                    self.alive(*process).parent = Some(*guardian);
                    self.orphans += 1;
                }
            }
            Kind::Usage { process, usage } => {
                let known = self.alive(*process);
                assert!(usage.cpu >= known.cpu, "processor time went back");
                known.cpu = usage.cpu;
                known.measured += 1;
            }
            Kind::Exit { process, exit } => {
                self.alive(*process);
                self.living.remove(process);
                self.ends.push(*exit);
            }
            _ => {}
        }
    }

    /// One that lives.
    pub(in crate::demo) fn alive(&mut self, process: ProcessId) -> &mut Known {
        self.living.get_mut(&process).unwrap_or_else(|| panic!("{process:?} does not live"))
    }

    /// Checks that nobody was left behind.
    pub(in crate::demo) fn balance(&self) {
        for (process, known) in &self.living {
            assert!(known.parent.is_none_or(|parent| self.living.contains_key(&parent)), "{process:?} is an orphan");
        }
    }

    fn begin(&mut self, process: ProcessId, parent: Option<ProcessId>) {
        assert!(self.booted && process.start_ns > self.latest_ns, "{process:?} did not begin after all others");
        assert!(self.living.keys().all(|other| other.pid != process.pid), "{process:?} has the number of another");
        self.latest_ns = process.start_ns;
        self.living.insert(process, Known { parent, ..Known::default() });
    }
}
