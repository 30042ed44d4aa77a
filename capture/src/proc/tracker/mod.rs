//! What is known of processes, and what of it the model has been told: the one place where a number of a process becomes an identity.
//!
//! What happens comes from two sides: the connector's events ([`heard`](Tracker::heard)), and what /proc shows
//! ([`look`](Tracker::look)). Both end in the same table, so that a process is always called the same.

mod heard;
mod look;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use graph::{Exit, Image, Kind, ProcessId, SAME_START, Time, Unread};

use super::clock::Clocks;
use super::outbox::Outbox;
use super::reader::{Details, Reader, Stat};
use super::table::{Known, Table};

pub(super) use heard::Happened;

/// How much later than its beginning a birth may be told: the kernel may be interrupted in between.
const BIRTH_TOLD_WITHIN_NS: u64 = 1_000_000_000;
const SAME_START_NS: u64 = SAME_START.as_nanos() as u64;

/// Everything that one run knows.
#[derive(Debug)]
pub(super) struct Tracker {
    pub(super) reader: Reader,
    pub(super) table: Table,
    pub(super) outbox: Outbox,
    pub(super) clocks: Clocks,
    /// The number of the scan that runs, or ran last.
    pub(super) round: u32,
    /// Something was not told: what lives must be looked at again.
    pub(super) missed: bool,
    /// Whose parent ended: they have another one now.
    orphans: Vec<u32>,
    /// Whose first thread ended while others went on.
    ending: Vec<u32>,
}

impl Tracker {
    pub(super) fn new(reader: Reader, table: Table, outbox: Outbox, now: Time) -> Tracker {
        let clocks = Clocks::new(now);
        Tracker { reader, table, outbox, clocks, round: 0, missed: false, orphans: Vec::new(), ending: Vec::new() }
    }

    /// Tells something of a process that the model knows. What is not taken must be looked at again.
    fn tell(&mut self, at: Time, kind: Kind) -> bool {
        let taken = self.outbox.put(at, kind);
        self.missed |= !taken;
        taken
    }

    /// Takes a process in that /proc shows. None where there are too many.
    fn know(&mut self, pid: u32, stat: &Stat) -> Option<ProcessId> {
        let start_ns = self.reader.start_ns(stat);
        let known = Known { parent: stat.parent, ..Known::new(ProcessId { pid, start_ns }, self.round) };
        let counted_from_ns = self.clocks.monotonic_ns();
        let known = self.table.insert(known)?;
        (known.threads, known.counted_from_ns) = (stat.threads.saturating_sub(1), counted_from_ns);
        see(known, stat, start_ns);
        Some(known.id)
    }

    /// Who has this number, if anybody does.
    fn identify(&mut self, pid: u32) -> Option<ProcessId> {
        if pid == 0 {
            return None;
        }
        if let Some(known) = self.table.get(pid) {
            return Some(known.id);
        }
        let stat = self.reader.stat(pid).ok()?;
        self.know(pid, &stat)
    }

    /// The parent of one that began then: nobody can have begun later than its child.
    fn parent_of(&mut self, parent: u32, start_ns: u64) -> Option<ProcessId> {
        self.identify(parent).filter(|id| id.start_ns <= start_ns.saturating_add(SAME_START_NS))
    }

    /// Tells what a process runs, read just now. False where there was no room.
    fn tell_image(&mut self, at: Time, pid: u32, image: Image, parent: Option<ProcessId>) -> bool {
        let Some(process) = self.table.get(pid).map(|known| known.id) else { return false };
        let image = Arc::new(image);
        if !self.tell(at, Kind::Exec { process, parent, image: image.clone() }) {
            if let Some(known) = self.table.get_mut(pid) {
                // What it runs is not what the model believes: the next look tells.
                known.image = None;
            }
            return false;
        }
        if let Some(known) = self.table.get_mut(pid) {
            if !image.comm.is_empty() {
                known.comm = image.comm.clone();
            }
            (known.told, known.image) = (true, Some(image));
        }
        true
    }

    /// A process is over.
    fn end(&mut self, at: Time, pid: u32, exit: Exit) {
        let Some(known) = self.table.remove(pid) else { return };
        if known.told {
            // Always taken.
            self.tell(at, Kind::Exit { process: known.id, exit });
        } else {
            self.outbox.lose(1);
        }
        if known.children > 0 {
            self.orphans.extend(self.table.pids(|known| known.parent == pid));
        }
    }

    /// Looks who has those now whose parent ended.
    pub(super) fn tell_orphans(&mut self) {
        let now = self.clocks.wall();
        for pid in std::mem::take(&mut self.orphans) {
            let Some((known, Ok(stat))) = self.table.get(pid).map(|known| known.id).map(|id| (id, self.reader.stat(pid))) else { continue };
            if self.is_same(pid, &stat) {
                self.tell_parent(now, known, stat.parent);
            }
        }
    }

    fn tell_parent(&mut self, at: Time, process: ProcessId, parent: u32) {
        let Some((before, told)) = self.table.get(process.pid).map(|known| (known.parent, known.told)) else { return };
        if before == parent {
            return;
        }
        let guardian = self.parent_of(parent, u64::MAX);
        self.table.set_parent(process.pid, parent);
        if let Some(guardian) = guardian.filter(|_| told) {
            self.tell(at, Kind::Change { process, change: graph::Change::Parent(guardian) });
        }
    }

    /// Whether a process that is known lives; what may not be read does.
    fn is_alive(&self, pid: u32) -> bool {
        match self.reader.stat(pid) {
            Ok(stat) => self.is_same(pid, &stat) && !stat.is_over(),
            Err(unread) => unread != Unread::Gone,
        }
    }

    /// Whether those numbers are of the process that is known under that one.
    pub(super) fn is_same(&self, pid: u32, stat: &Stat) -> bool {
        let start_ns = self.reader.start_ns(stat);
        self.table.get(pid).is_some_and(|known| match known.proc_start_ns {
            Some(before) => before == start_ns,
            None => is_birth(known.id.start_ns, start_ns),
        })
    }
}

/// Whether a birth that was told at one time is that of a process that began at another, by the same clock.
fn is_birth(told_ns: u64, start_ns: u64) -> bool {
    start_ns <= told_ns.saturating_add(SAME_START_NS) && told_ns.saturating_sub(start_ns) <= BIRTH_TOLD_WITHIN_NS
}

/// Keeps what /proc says of a process.
fn see(known: &mut Known, stat: &Stat, start_ns: u64) {
    known.proc_start_ns = Some(start_ns);
    known.places = stat.places;
    known.session = stat.session;
    if known.comm.is_empty() {
        known.comm = stat.comm.as_str().into();
    }
}

/// What nobody could read.
fn unread(details: Details, late: bool) -> (Option<Stat>, Image) {
    match details.stat {
        Ok(_) if late => (None, Image::named("", Unread::Gone)),
        Ok(stat) => (Some(stat), details.image),
        Err(_) => (None, details.image),
    }
}
