//! What /proc shows, against what is known.

use graph::{Change, Exit, Image, Kind, Time, Unread};

use super::{Tracker, see};
use crate::proc::reader::Stat;
use crate::proc::table::Known;

impl Tracker {
    /// Looks at one process: a new one is told, and what changed of one that is known. `whole` looks for changes that do not show in its
    /// numbers, too.
    pub(in crate::proc) fn look(&mut self, pid: u32, whole: bool) {
        let now = self.clocks.wall();
        let Ok(stat) = self.reader.stat(pid) else { return };
        // What is over is not seen any more, and so ends with the scan.
        if stat.is_over() {
            let before = self.round.wrapping_sub(1);
            if let Some(known) = self.table.get_mut(pid) {
                known.round = before;
            }
            return;
        }
        if self.table.get(pid).is_some() && !self.is_same(pid, &stat) {
            self.end(now, pid, Exit::Unseen);
        }
        let start_ns = self.reader.start_ns(&stat);
        let round = self.round;
        let Some(known) = self.table.get_mut(pid) else { return self.look_at_new(now, pid, stat) };
        known.round = round;
        let told = known.told && known.image.is_some();
        let moved = known.places != stat.places || *known.comm != *stat.comm;
        let leads = known.session != stat.session && stat.session == pid;
        let id = known.id;
        if !told {
            return self.look_at_new(now, pid, stat);
        }
        if (moved || whole) && !stat.is_zombie() {
            self.look_at_image(now, pid);
        }
        if let Some(known) = self.table.get_mut(pid) {
            known.comm = stat.comm.as_str().into();
            see(known, &stat, start_ns);
        }
        if leads {
            self.tell(now, Kind::Change { process: id, change: Change::Session });
        }
        self.tell_parent(now, id, stat.parent);
    }

    /// Sees a number that is still there; false where more than that must be looked at.
    pub(in crate::proc) fn pass(&mut self, pid: u32) -> bool {
        let round = self.round;
        let Some(known) = self.table.get_mut(pid) else { return false };
        known.round = round;
        known.young = known.young.saturating_sub(1);
        known.told && known.image.is_some() && known.young == 0
    }

    /// Tells of a process that the model does not know, or knows wrongly.
    fn look_at_new(&mut self, now: Time, pid: u32, stat: Stat) {
        let details = self.reader.details(pid);
        // Another one may have its number by now.
        if !details.stat.as_ref().is_ok_and(|again| again.start_ticks == stat.start_ticks) {
            return;
        }
        if self.table.get(pid).is_none() && self.know(pid, &stat).is_none() {
            self.outbox.lose(1);
            return;
        }
        let Some(id) = self.table.get(pid).map(|known| known.id) else { return };
        let parent = self.parent_of(stat.parent, id.start_ns);
        let comm = details.image.comm.clone();
        self.tell_image(now, pid, details.image, parent);
        if let Some(known) = self.table.get_mut(pid) {
            known.comm = comm;
            known.young = YOUNG;
            known.round = self.round;
        }
        if stat.session == pid {
            self.tell(now, Kind::Change { process: id, change: Change::Session });
        }
    }

    /// Tells what a process runs now, where that is something else, or by what name or for whom it does.
    fn look_at_image(&mut self, now: Time, pid: u32) {
        let details = self.reader.details(pid);
        if !details.stat.as_ref().is_ok_and(|stat| self.is_same(pid, stat)) {
            return;
        }
        let Some((process, Some(before))) = self.table.get(pid).map(|known| (known.id, known.image.clone())) else { return };
        let image = details.image;
        // It is about to end: what it ran is what it ran.
        if image.exe == Err(Unread::Gone) {
            return;
        }
        let program = |image: &Image| (image.exe.clone(), image.command.clone());
        if program(&before) != program(&image) {
            self.tell_image(now, pid, image, None);
            return;
        }
        let name = self.table.get(pid).map(|known| known.comm.clone()).unwrap_or_default();
        if name != image.comm {
            self.tell(now, Kind::Change { process, change: Change::Name(image.comm.clone()) });
        }
        let (known_ids, ids) = (before.ids.unzip(), image.ids.unzip());
        if let Some(user) = ids.0.filter(|_| known_ids.0 != ids.0) {
            self.tell(now, Kind::Change { process, change: Change::User(user) });
        }
        if let Some(group) = ids.1.filter(|_| known_ids.1 != ids.1) {
            self.tell(now, Kind::Change { process, change: Change::Group(group) });
        }
        if let Some(known) = self.table.get_mut(pid) {
            known.image = Some(image.into());
        }
    }

    /// Ends those that the scan did not see and that are over indeed.
    pub(in crate::proc) fn end_unseen(&mut self) {
        let now = self.clocks.wall();
        let round = self.round;
        for pid in self.table.pids(|known: &Known| known.round != round) {
            let alive = self.is_alive(pid);
            match self.table.get_mut(pid) {
                // It began while the scan ran.
                Some(known) if alive => known.round = round,
                _ => self.end(now, pid, Exit::Unseen),
            }
        }
    }
}

/// For so many polls a process is looked at each time: two seconds.
pub(super) const YOUNG: u8 = 8;
