//! Who has which socket: /proc/PID/fd of all, remembered, and looked at again before it is believed.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use graph::ProcessId;
use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

use super::budget::Budget;
use crate::proc::reader::{Procfs, Reader};

/// As many sockets are remembered.
const MAX_SOCKETS: usize = 262_144;
/// As many young processes, and as many that were named, are looked into before all are.
const MAX_FIRST: usize = 64;
/// Processes that have one and the same socket.
const MAX_HOLDERS: usize = 16;
/// As many forks of forks are followed up.
const MAX_FORKS: usize = 16;
/// The longest time from one look at who is there to the next: it took so long because others had the processor.
const LIST_AGAIN: Duration = Duration::from_millis(5);
/// How long a look into all processes may take.
const FULL_WITHIN: Duration = Duration::from_millis(200);

/// A process, and the descriptor under which it has a socket.
type Holder = (u32, u32);

#[derive(Debug)]
pub(super) struct Index {
    reader: Reader,
    holders: HashMap<u64, SmallVec<[Holder; 1]>>,
    /// Who began or changed since, the youngest last.
    young: VecDeque<u32>,
    /// Who was named, the last one last: who has sockets opens more.
    talkers: VecDeque<u32>,
    full: Budget,
    /// From whom on the next look into all goes on: the last one had not the time for all.
    resume: u32,
    /// Who was there at the last look, in their order.
    listed: Vec<u32>,
    list: Budget,
    /// What the last look into all did not find: until the next one nobody looks for it.
    missing: HashSet<u64>,
}

impl Index {
    pub(super) fn new(reader: Reader) -> Index {
        let (listed, holders, missing) = (reader.pids().unwrap_or_default(), HashMap::new(), HashSet::new());
        let (young, talkers) = Default::default();
        Index { reader, holders, young, talkers, full: Budget::a_twentieth(), resume: 0, listed, list: Budget::a_fifth(), missing }
    }

    /// A process began, or runs something else.
    pub(super) fn began(&mut self, pid: u32) {
        put_last(&mut self.young, pid);
    }

    /// A process is over. What it had is found out when it is asked for.
    pub(super) fn ended(&mut self, pid: u32) {
        self.young.retain(|young| *young != pid);
        self.talkers.retain(|talker| *talker != pid);
    }

    /// What it looks into.
    pub(super) fn procfs(&self) -> &Procfs {
        self.reader.procfs()
    }

    /// Who has that socket, as of now.
    pub(super) fn holder(&mut self, inode: u64) -> Option<ProcessId> {
        let found = self.find(inode);
        if let Some(found) = found {
            put_last(&mut self.talkers, found.pid);
        }
        found
    }

    fn find(&mut self, inode: u64) -> Option<ProcessId> {
        if let Some(found) = self.remembered(inode) {
            return Some(found);
        }
        if !self.full.is_there() && self.missing.contains(&inode) {
            return None;
        }
        self.look_for_new();
        // They stay young: what they have may change with the next moment.
        for pid in self.young.iter().rev().chain(self.talkers.iter().rev()).copied().collect::<Vec<_>>() {
            self.look_into(pid);
            if let Some(found) = self.remembered(inode) {
                return Some(found);
            }
        }
        let mut full = self.full;
        let looked = full.spend(|| {
            self.missing.clear();
            self.look_into_all(Instant::now() + FULL_WITHIN);
        });
        self.full = full;
        looked?;
        let found = self.remembered(inode);
        if found.is_none() {
            self.missing.insert(inode);
        }
        found
    }

    /// The oldest of those that are remembered to have it and that have it indeed; the others are forgotten.
    fn remembered(&mut self, inode: u64) -> Option<ProcessId> {
        let mut holders = self.holders.remove(&inode)?;
        holders.retain(|holder| self.has(*holder, inode));
        let identified = |holder: &Holder| Some((self.identity(holder.0)?, *holder));
        let oldest = holders.iter().filter_map(identified).min_by_key(|((process, _), _)| (process.start_ns, process.pid));
        let found = oldest.and_then(|found| self.first_of_forks(found, inode));
        if let Some((_, first)) = found.filter(|(_, first)| !holders.contains(first)) {
            holders.push(first);
        }
        if !holders.is_empty() {
            self.holders.insert(inode, holders);
        }
        // Whoever it was read of may have ended in between, and another one have its number: then it has not that socket.
        found.filter(|(_, holder)| self.has(*holder, inode)).map(|(process, _)| process)
    }

    /// Who was forked has what its parent has, under the same numbers, until it runs something else: the parent opened it.
    fn first_of_forks(&self, found: ((ProcessId, u32), Holder), inode: u64) -> Option<(ProcessId, Holder)> {
        let ((mut process, mut parent), mut holder) = found;
        for _ in 0..MAX_FORKS {
            let above = (parent, holder.1);
            if parent == 0 || !self.has(above, inode) {
                break;
            }
            holder = above;
            (process, parent) = self.identity(parent)?;
        }
        Some((process, holder))
    }

    fn has(&self, (pid, descriptor): Holder, inode: u64) -> bool {
        self.reader.procfs().socket(pid, descriptor) == Some(inode)
    }

    /// Who has that number now, and its parent.
    fn identity(&self, pid: u32) -> Option<(ProcessId, u32)> {
        let stat = self.reader.stat(pid).ok()?;
        Some((ProcessId { pid, start_ns: self.reader.start_ns(&stat) }, stat.parent))
    }

    /// Who is there and was not is young. Word of a beginning comes later than a first packet, and without the connector never.
    fn look_for_new(&mut self) {
        let Index { reader, young, talkers, listed, list, .. } = self;
        list.spend(|| {
            let Ok(now) = reader.pids() else { return };
            let is_in = |listed: &[u32], pid: &u32| listed.binary_search(pid).is_ok();
            // Each costs a question, though nobody is there to be asked after.
            young.retain(|pid| is_in(&now, pid));
            talkers.retain(|pid| is_in(&now, pid));
            for pid in now.iter().filter(|pid| !is_in(listed, pid)) {
                put_last(young, *pid);
            }
            *listed = now;
        });
        list.rest_at_most(LIST_AGAIN);
    }

    fn look_into_all(&mut self, until: Instant) {
        if self.resume == 0 {
            self.holders.clear();
        }
        let from = self.resume;
        let mut pids = self.reader.pids().unwrap_or_default().into_iter().skip_while(|pid| *pid < from);
        // The youngest last: theirs are looked for first elsewhere.
        for pid in pids.by_ref() {
            self.look_into(pid);
            if Instant::now() >= until {
                break;
            }
        }
        self.resume = pids.next().unwrap_or_default();
    }

    /// Remembers the sockets of a process; nothing where one may not look into it.
    fn look_into(&mut self, pid: u32) {
        let holders = &mut self.holders;
        self.reader.procfs().sockets(pid, |descriptor, inode| remember(holders, inode, (pid, descriptor)));
    }
}

fn remember(all: &mut HashMap<u64, SmallVec<[Holder; 1]>>, inode: u64, holder: Holder) {
    if all.len() >= MAX_SOCKETS && !all.contains_key(&inode) {
        return;
    }
    let holders = all.entry(inode).or_default();
    holders.retain(|(pid, _)| *pid != holder.0);
    if holders.len() < MAX_HOLDERS {
        holders.push(holder);
    }
}

fn put_last(pids: &mut VecDeque<u32>, pid: u32) {
    pids.retain(|known| *known != pid);
    if pids.len() >= MAX_FIRST {
        pids.pop_front();
    }
    pids.push_back(pid);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::proc::testing::Tree;

    fn has(tree: &Tree, pid: u32, descriptor: u32, inode: u64) {
        let folder = tree.path().join(pid.to_string()).join("fd");
        fs::create_dir_all(&folder).unwrap();
        let link = folder.join(descriptor.to_string());
        let _none_yet = fs::remove_file(&link);
        symlink(format!("socket:[{inode}]"), link).unwrap();
    }

    #[test]
    fn who_was_not_reached_in_time_is_looked_into_next() {
        let tree = Tree::new();
        for pid in 1..=50 {
            tree.process(pid, "x", 0, 7);
            has(&tree, pid, 3, u64::from(pid) * 1000);
        }
        let mut index = Index::new(tree.reader());
        let found = |index: &Index| index.holders.len();
        // Time for one each.
        index.look_into_all(Instant::now());
        index.look_into_all(Instant::now());
        assert_eq!(found(&index), 2);
        (0..48).for_each(|_| index.look_into_all(Instant::now()));
        assert_eq!(found(&index), 50);
        tree.end(50);
        // From the first one on again, and what is gone is forgotten.
        index.look_into_all(Instant::now() + Duration::from_secs(60));
        assert_eq!(found(&index), 49);
    }

    #[test]
    fn what_a_fork_has_is_its_parent_s_under_the_same_number() {
        let tree = Tree::new();
        for (pid, parent, start) in [(7, 1, 20), (8, 7, 50), (9, 8, 90)] {
            tree.process(pid, "x", parent, start);
            has(&tree, pid, 3, 1000);
        }
        let mut index = Index::new(tree.reader());
        index.full.rest(Duration::from_secs(60));
        index.began(9);
        assert_eq!(index.holder(1000).map(|found| found.pid), Some(7));
        has(&tree, 8, 3, 2000);
        assert_eq!(index.holder(1000).map(|found| found.pid), Some(7), "it is known meanwhile");
        let mut index = Index::new(tree.reader());
        index.full.rest(Duration::from_secs(60));
        index.began(9);
        assert_eq!(index.holder(1000).map(|found| found.pid), Some(9), "its parent has it not");
    }

    #[test]
    fn the_oldest_of_several_is_named_and_never_one_that_has_it_no_more() {
        let tree = Tree::new();
        for (pid, start) in [(7, 50), (8, 20), (9, 90)] {
            tree.process(pid, "x", 1, start);
            has(&tree, pid, 3, 1000);
        }
        let mut index = Index::new(tree.reader());
        assert_eq!(index.holder(1000).map(|found| (found.pid, found.start_ns)), Some((8, 200_000_000)));
        has(&tree, 8, 3, 2000);
        assert_eq!(index.holder(1000).map(|found| found.pid), Some(7));
        tree.end(7);
        tree.end(9);
        assert_eq!(index.holder(1000), None);
        // Nobody told of that socket yet: those that just began are looked into.
        has(&tree, 8, 3, 3000);
        index.talkers.clear();
        index.full.rest(Duration::from_secs(60));
        assert_eq!(index.holder(3000), None);
        index.began(8);
        assert_eq!(index.holder(3000).map(|found| found.pid), Some(8));
        (100..1000).for_each(|pid| index.began(pid));
        index.ended(999);
        assert_eq!(index.young.len(), MAX_FIRST - 1);
    }
}
