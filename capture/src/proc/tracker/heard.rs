//! What the connector tells, in its order.

use graph::{Change, Exit, Kind, ProcessId, Time};
use wire::netlink::process::{Event, Repr, Task};

use super::{SAME_START_NS, Tracker, is_birth, see, unread};
use crate::proc::reader::{Details, printable};
use crate::proc::table::Known;

/// An event of the connector's, with what was read of the process as soon as it came.
#[derive(Debug)]
pub(in crate::proc) struct Happened {
    pub(in crate::proc) told: Repr,
    pub(in crate::proc) details: Option<Details>,
}

impl Tracker {
    /// Takes an event in.
    pub(in crate::proc) fn heard(&mut self, happened: Happened) {
        let Happened { told, details } = happened;
        let (at, boot_ns) = (self.clocks.wall_of(told.timestamp_ns), self.clocks.boot_of(told.timestamp_ns));
        let Some(task) = told.event.task() else { return };
        // What is older than who has the number now is about who had it before.
        let stale = |known: &Known| boot_ns.saturating_add(SAME_START_NS) < known.id.start_ns;
        if self.table.get(task.pid).is_some_and(stale) {
            return;
        }
        match told.event {
            Event::Fork { child, .. } if child.is_thread() => self.thread(child, told.timestamp_ns, 1),
            Event::Exit { task, code, .. } if task.is_thread() => self.thread_ended(at, task, told.timestamp_ns, exit(code)),
            _ if task.is_thread() => {}
            Event::Fork { parent, child } => self.fork(at, boot_ns, told.timestamp_ns, parent, child),
            Event::Exec { task } => self.exec(at, boot_ns, task.pid, details),
            Event::Exit { task, code, .. } => self.exit(at, task.pid, exit(code)),
            Event::Uid { effective, .. } => self.change(at, task.pid, Change::User(effective)),
            Event::Gid { effective, .. } => self.change(at, task.pid, Change::Group(effective)),
            Event::Sid { .. } => self.change(at, task.pid, Change::Session),
            Event::Comm { comm, .. } => self.change(at, task.pid, Change::Name(printable(comm.as_bytes()).into())),
            Event::Acknowledged { .. } | Event::Ptrace { .. } | Event::CoreDump { .. } | Event::Other { .. } => {}
        }
    }

    fn fork(&mut self, at: Time, boot_ns: u64, monotonic_ns: u64, parent: Task, child: Task) {
        // A number that is given out again was free: whoever had it is over, though nobody said so.
        if self.table.get(child.pid).is_some_and(|known| !is_birth(boot_ns, known.id.start_ns)) {
            self.end(at, child.pid, Exit::Unseen);
        }
        let Some(parent_id) = self.known_parent(at, parent.pid) else { return self.lose() };
        let (image, comm) = self.table.get(parent.pid).map_or((None, "".into()), |known| (known.image.clone(), known.comm.clone()));
        let id = match self.table.get_mut(child.pid) {
            // The scan was faster.
            Some(known) => {
                known.image = known.image.take().or(image);
                known.id
            }
            None => {
                let id = ProcessId { pid: child.pid, start_ns: boot_ns };
                let known = Known { parent: parent.pid, image, comm, counted_from_ns: monotonic_ns, ..Known::new(id, self.round) };
                if self.table.insert(known).is_none() {
                    return self.lose();
                }
                id
            }
        };
        let told = self.tell(at, Kind::Fork { parent: parent_id, child: id });
        if let Some(known) = self.table.get_mut(child.pid) {
            known.told |= told;
        }
    }

    /// Who forked; where the model does not know it yet, it is told.
    fn known_parent(&mut self, at: Time, pid: u32) -> Option<ProcessId> {
        let id = match self.identify(pid) {
            Some(id) => id,
            // It is gone already, and was never seen.
            None => return Some(ProcessId { pid, start_ns: 0 }),
        };
        if self.table.get(pid).is_some_and(|known| !known.told) {
            let details = self.reader.details(pid);
            let parent = self.table.get(pid).map_or(0, |known| known.parent);
            let parent = self.parent_of(parent, id.start_ns);
            self.tell_image(at, pid, details.image, parent);
        }
        Some(id)
    }

    fn exec(&mut self, at: Time, boot_ns: u64, pid: u32, details: Option<Details>) {
        let details = details.unwrap_or_else(|| self.reader.details(pid));
        // What began after the event has the number of who was meant.
        let start_ns = details.stat.as_ref().ok().map(|stat| self.reader.start_ns(stat));
        let late = start_ns.is_some_and(|start_ns| start_ns > boot_ns.saturating_add(SAME_START_NS))
            || details.stat.as_ref().is_ok_and(|stat| self.table.get(pid).is_some() && !self.is_same(pid, stat));
        let (stat, image) = unread(details, late);
        if self.table.get(pid).is_none() {
            let known = match &stat {
                Some(stat) => self.know(pid, stat),
                None => {
                    let id = ProcessId { pid, start_ns: boot_ns };
                    self.table.insert(Known::new(id, self.round)).map(|known| known.id)
                }
            };
            if known.is_none() {
                return self.lose();
            }
        }
        let mut parent = None;
        if let Some(known) = self.table.get_mut(pid) {
            // Its other threads are gone, and so is the end of its first one.
            (known.threads, known.ending) = (0, None);
            if let (Some(stat), Some(start_ns)) = (&stat, start_ns) {
                see(known, stat, start_ns);
            }
            parent = (!known.told).then_some((known.parent, known.id.start_ns));
        }
        let parent = parent.and_then(|(parent, start_ns)| self.parent_of(parent, start_ns));
        self.tell_image(at, pid, image, parent);
    }

    /// The first thread of a process ended; with it the process, if it is the last.
    fn exit(&mut self, at: Time, pid: u32, exit: Exit) {
        let Some(known) = self.table.get_mut(pid) else { return };
        if known.threads > 0 {
            known.ending = Some(exit);
            self.ending.push(pid);
        } else {
            self.end(at, pid, exit);
        }
    }

    /// Another thread of a process began, or ended.
    fn thread(&mut self, task: Task, monotonic_ns: u64, more: i32) {
        if let Some(known) = self.table.get_mut(task.pid).filter(|known| monotonic_ns > known.counted_from_ns) {
            known.threads = known.threads.saturating_add_signed(more);
        }
    }

    fn thread_ended(&mut self, at: Time, task: Task, monotonic_ns: u64, exit: Exit) {
        self.thread(task, monotonic_ns, -1);
        if self.table.get(task.pid).is_some_and(|known| known.ending.is_some() && known.threads == 0) {
            // Where all were ended together each says how; else the last one.
            self.end(at, task.pid, exit);
        }
    }

    fn change(&mut self, at: Time, pid: u32, change: Change) {
        let Some(known) = self.table.get_mut(pid) else { return };
        match &change {
            Change::Name(comm) => known.comm = comm.clone(),
            Change::Session => known.session = pid,
            _ => {}
        }
        let (process, told) = (known.id, known.told);
        if told {
            self.tell(at, Kind::Change { process, change });
        }
    }

    /// Ends those of whose last threads nobody told. To be called once in a while.
    pub(in crate::proc) fn tell_ended(&mut self) {
        let now = self.clocks.wall();
        let mut waiting = std::mem::take(&mut self.ending);
        waiting.sort_unstable();
        waiting.dedup();
        waiting.retain(|pid| self.table.get(*pid).is_some_and(|known| known.ending.is_some()));
        for pid in waiting {
            let alive = self.is_alive(pid);
            let ending = self.table.get(pid).and_then(|known| known.ending);
            match ending {
                Some(exit) if !alive => self.end(now, pid, exit),
                _ => self.ending.push(pid),
            }
        }
    }

    fn lose(&mut self) {
        self.outbox.lose(1);
        self.missed = true;
    }
}

/// How a process ended, of what wait(2) says.
fn exit(code: u32) -> Exit {
    let byte = |shift: u32| u8::try_from(code >> shift & 0xff).unwrap_or_default();
    match byte(0) & 0x7f {
        0 => Exit::Code(byte(8)),
        number => Exit::Signal { number, core: byte(0) & 0x80 != 0 },
    }
}
