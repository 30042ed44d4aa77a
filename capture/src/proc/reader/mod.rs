//! What /proc tells of one process. Every read is bounded, and whatever vanishes meanwhile says so field by field.

mod cgroup;
mod cmdline;
mod descriptors;
mod file;
mod hidden;
mod parts;
mod passwd;
mod printable;
mod procfs;
mod stat;
mod status;

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use graph::{Image, Unread, Usage};
use nix::unistd::{SysconfVar, sysconf};

pub(super) use self::descriptors::Descriptors;
pub(super) use self::file::Bytes;
use self::parts::Parts;
pub(super) use self::procfs::Procfs;
use super::child::{ProcChild, What};
pub use cgroup::{Cgroup, parse as parse_cgroup};
pub use cmdline::{Command, READ_BYTES, parse as parse_cmdline};
pub use passwd::{MAX_PASSWD_BYTES, parse as parse_passwd};
pub use printable::printable;
pub use stat::{Stat, parse as parse_stat};
pub use status::{Status, parse as parse_status};

const NANOS: u64 = 1_000_000_000;

/// A process as /proc tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The numbers, where they could be read.
    pub stat: Result<Stat, Unread>,
    /// What it runs.
    pub image: Image,
}

/// Reads from a mounted procfs, or from a tree that looks like one.
#[derive(Debug)]
pub struct Reader {
    procfs: Procfs,
    ticks_per_sec: u64,
    page_bytes: u64,
}

impl Reader {
    /// Reads below `root`, normally `/proc`, which is kept open; what this process may not read is asked of the `child`.
    ///
    /// # Errors
    /// Where it is no directory, or may not be read.
    pub fn open(root: &Path, child: Option<ProcChild>) -> io::Result<Reader> {
        let of = |variable, usual| sysconf(variable).ok().flatten().and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(usual);
        let procfs = Procfs::open(root, child)?;
        Ok(Reader { procfs, ticks_per_sec: of(SysconfVar::CLK_TCK, 100), page_bytes: of(SysconfVar::PAGE_SIZE, 4096) })
    }

    /// What it reads from.
    pub(super) fn procfs(&self) -> &Procfs {
        &self.procfs
    }

    /// The numbers of all processes that may be seen, in their order, at most as many as can be known.
    ///
    /// # Errors
    /// Where /proc itself cannot be read.
    pub fn pids(&self) -> io::Result<Vec<u32>> {
        self.procfs.pids()
    }

    /// The numbers of a process.
    ///
    /// # Errors
    /// Why they could not be read.
    pub fn stat(&self, pid: u32) -> Result<Stat, Unread> {
        self.procfs.of(pid, What::Stat).and_then(|line| parse_stat(&line).ok_or(Unread::Untold))
    }

    /// What a process runs. All of it is of one process, though its number should be used again meanwhile.
    pub fn details(&self, pid: u32) -> Details {
        let since = Instant::now();
        let parts = match self.procfs.directory(pid) {
            Ok(directory) => {
                let (command, exe) = self.procfs.program(&directory, pid, since);
                Parts::read(command, exe, |what| self.procfs.within(&directory, what))
            }
            Err(unread) => Parts::none(unread),
        };
        let unread = parts.stat.as_ref().err().map(|unread| self.procfs.why(pid, *unread));
        if unread == Some(Unread::Denied) { self.details_of_hidden(pid) } else { parts.into_details() }
    }

    /// The same of a process that /proc does not show to this one. Whoever has the number at the end has had it from the beginning.
    fn details_of_hidden(&self, pid: u32) -> Details {
        let before = self.stat(pid).map(|stat| stat.start_ticks);
        let of = |what| self.procfs.of(pid, what);
        let parts = Parts::read(of(What::Command), of(What::Exe), of);
        match (before, &parts.stat) {
            (Ok(before), Ok(stat)) if stat.start_ticks == before => parts.into_details(),
            (Err(unread), _) => Parts::none(unread).into_details(),
            _ => Parts::none(Unread::Gone).into_details(),
        }
    }

    /// When that process began, in nanoseconds since the machine did; never zero, which would mean that it is not known.
    pub fn start_ns(&self, stat: &Stat) -> u64 {
        let (ticks, rate) = (u128::from(stat.start_ticks), u128::from(self.ticks_per_sec));
        u64::try_from(ticks * u128::from(NANOS) / rate).unwrap_or(u64::MAX).max(1)
    }

    /// What it takes.
    pub fn usage(&self, stat: &Stat) -> Usage {
        let nanos = u128::from(stat.cpu_ticks) * u128::from(NANOS) / u128::from(self.ticks_per_sec);
        Usage {
            cpu: Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)),
            rss_bytes: stat.rss_pages.saturating_mul(self.page_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proc::testing::Tree;

    #[test]
    fn a_process_is_read_whole() {
        let tree = Tree::new();
        tree.process(812, "nginx: w) x", 1, 100);
        tree.file(812, "cmdline", b"nginx\0-p\0--token=abc\0");
        tree.exe(812, "/usr/sbin/nginx");
        tree.file(812, "cgroup", b"0::/system.slice/nginx.service\n");
        let reader = tree.reader();
        let Details { stat, image } = reader.details(812);
        let stat = stat.unwrap();
        assert_eq!((stat.parent, reader.start_ns(&stat)), (1, 1_000_000_000));
        assert_eq!(reader.usage(&stat).cpu, Duration::from_millis(330));
        assert_eq!(reader.usage(&stat).rss_bytes, 387 * 4096);
        assert_eq!((&*image.comm, image.exe.as_deref(), image.ids), ("nginx: w) x", Ok("/usr/sbin/nginx"), Some((1000, 1001))));
        assert_eq!((image.command.as_deref(), image.cut), (Ok("nginx -p --token=***"), false));
        assert_eq!(image.cgroup.as_deref(), Some("/system.slice/nginx.service"));
        assert_eq!(image.container.map(|c| c.id.to_string()).as_deref(), Some("nginx.service"));
    }

    #[test]
    fn what_is_not_there_says_why() {
        let tree = Tree::new();
        let reader = tree.reader();
        assert_eq!(reader.details(5), Details { stat: Err(Unread::Gone), image: Image::named("", Unread::Gone) });
        tree.process(6, "half", 1, 7);
        tree.remove(6, "cmdline");
        let image = reader.details(6).image;
        assert_eq!((&*image.comm, image.exe, image.command), ("half", Err(Unread::Gone), Err(Unread::Gone)));
        tree.file(6, "cmdline", b"");
        assert_eq!(reader.details(6).image.command, Err(Unread::Gone), "its memory is gone");
        tree.exe(6, "/bin/half");
        assert_eq!(reader.details(6).image.command.as_deref(), Ok(""), "it has an empty one");
        tree.file(6, "stat", b"6 (half) S 1");
        assert_eq!(reader.stat(6), Err(Unread::Untold));
    }

    #[test]
    fn a_thread_of_the_kernel_has_no_program() {
        let tree = Tree::new();
        tree.process(2, "kthreadd", 0, 2);
        tree.file(2, "stat", b"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 9 0 0 20 0 1 0 0 0 0 18446744073709551615 0 0 0 0 0 0");
        let Details { stat, image } = tree.reader().details(2);
        assert_eq!((image.exe, image.command), (Err(Unread::Kernel), Err(Unread::Kernel)));
        assert_eq!(tree.reader().start_ns(&stat.unwrap()), 1, "zero would mean that it is not known");
    }

    #[test]
    fn this_very_process_is_read() {
        let reader = Reader::open(Path::new("/proc"), None).unwrap();
        let Details { stat, image } = reader.details(std::process::id());
        assert_eq!(image.exe.as_deref(), Ok(std::env::current_exe().unwrap().to_str().unwrap()));
        assert_eq!(image.ids.map(|(user, _)| user), Some(nix::unistd::geteuid().as_raw()));
        assert!(stat.unwrap().start_ticks > 0);
        assert!(Reader::open(Path::new("/nowhere"), None).is_err());
    }
}
