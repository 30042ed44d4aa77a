//! A mounted procfs, as bytes: what may be read is read, and what may not is asked of the child, where there is one.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use graph::Unread;
use nix::dir::Dir;
use nix::fcntl::{OFlag, open, openat, readlinkat};
use nix::sys::stat::{Mode, fstat};
use nix::unistd::geteuid;

use super::descriptors::{Descriptors, inode};
use super::file::{self, Bytes};
use super::{READ_BYTES, hidden};
use crate::proc::child::{ProcChild, Question, What, pids_of, sockets_of};
use crate::proc::table::MAX_KNOWN;

/// A hundred mounts.
const MOUNTS_BYTES: usize = 64 << 10;
/// Fifty thousand sockets.
const NET_BYTES: usize = 8 << 20;
/// For so long no number of a process is another one's: the kernel gives all others out first, 32,768 of them.
const NUMBERS_LAST: Duration = Duration::from_millis(5);
/// As many descriptors of one process are looked at.
const MAX_DESCRIPTORS: usize = 65_536;
/// As many times one goes on asking.
const MAX_QUESTIONS: usize = 256;

/// Where /proc is, and who reads what this process may not.
#[derive(Debug)]
pub(in crate::proc) struct Procfs {
    root: OwnedFd,
    /// Whether it does not show others' processes.
    hides: bool,
    child: Option<ProcChild>,
}

impl Procfs {
    /// Opens it; it is kept open.
    ///
    /// # Errors
    /// Where it is no directory, or may not be read.
    pub(in crate::proc) fn open(path: &Path, child: Option<ProcChild>) -> io::Result<Procfs> {
        let root = open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mounts = file::read(root.as_fd(), "self/mounts", MOUNTS_BYTES).unwrap_or_default();
        Ok(Procfs { hides: hidden::hides(&mounts, path), root, child })
    }

    /// The numbers of all processes that may be seen, in their order, at most as many as can be known.
    pub(in crate::proc) fn pids(&self) -> io::Result<Vec<u32>> {
        let mut pids = Vec::new();
        if let Some(child) = self.child.as_ref().filter(|_| self.hides) {
            let whole = child.go_on(What::Pids, 0, MAX_QUESTIONS, |bytes| pids.extend(pids_of(bytes)));
            if whole.is_ok() {
                return Ok(in_order(pids));
            }
            pids.clear();
        }
        let mut dir = Dir::openat(self.root.as_fd(), ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        for entry in dir.iter() {
            // What vanishes meanwhile ends nothing.
            let Ok(entry) = entry else { break };
            pids.extend(number(entry.file_name()).filter(|pid| *pid > 0));
            if pids.len() >= MAX_KNOWN {
                break;
            }
        }
        Ok(in_order(pids))
    }

    /// The directory of a process: what is read from it is of that one, though its number should be used again.
    pub(super) fn directory(&self, pid: u32) -> Result<OwnedFd, Unread> {
        file::directory(self.root.as_fd(), &pid.to_string()).map_err(|unread| self.why(pid, unread))
    }

    /// What a process runs: its command line, and where its program is. What somebody else's runs is asked of the child, by number, while the
    /// command line is read; `since` is a moment at which the directory was not open yet.
    pub(super) fn program(&self, directory: &OwnedFd, pid: u32, since: Instant) -> (Result<Bytes, Unread>, Result<Bytes, Unread>) {
        let at = directory.as_fd();
        let command = || look(at, "", What::Command);
        let Some(child) = self.child.as_ref() else { return (command(), look(at, "", What::Exe)) };
        let (command, exe) = if is_others(directory) {
            child.read_while(What::Exe, pid, max_bytes(What::Exe), command)
        } else {
            let command = command();
            match look(at, "", What::Exe) {
                // Who is under Landlock may not look into the processes of its own user either.
                Err(Unread::Denied) => (command, child.read(What::Exe, pid, max_bytes(What::Exe))),
                exe => return (command, exe),
            }
        };
        // Numbers are used again, but not so soon; else it must be there still.
        let is_its = since.elapsed() < NUMBERS_LAST || look(at, "", What::Stat).is_ok();
        (command, exe.and_then(|exe| if is_its { Ok(exe) } else { Err(Unread::Gone) }))
    }

    /// What else is in the directory of a process.
    pub(super) fn within(&self, directory: &OwnedFd, what: What) -> Result<Bytes, Unread> {
        look(directory.as_fd(), "", what)
    }

    /// What there is of whoever has that number now.
    pub(in crate::proc) fn of(&self, pid: u32, what: What) -> Result<Bytes, Unread> {
        let found = look(self.root.as_fd(), &format!("{pid}/"), what).map_err(|unread| self.why(pid, unread));
        match (found, &self.child) {
            (Err(Unread::Denied), Some(child)) => child.read(what, pid, max_bytes(what)),
            (found, _) => found,
        }
    }

    /// Where /proc hides others' processes, one that is not to be seen need not be gone.
    pub(super) fn why(&self, pid: u32, unread: Unread) -> Unread {
        if self.hides && unread == Unread::Gone && hidden::is_there(pid) { Unread::Denied } else { unread }
    }

    /// The sockets of a process: descriptor and inode. Nothing where one may not look into it.
    pub(in crate::proc) fn sockets(&self, pid: u32, mut each: impl FnMut(u32, u64)) {
        match (self.descriptors(pid, 0), &self.child) {
            (Ok(all), _) => {
                let sockets = all.take(MAX_DESCRIPTORS).filter_map(|(descriptor, socket)| Some((descriptor, socket?)));
                sockets.for_each(|(descriptor, inode)| each(descriptor, inode));
            }
            (Err(Unread::Denied), Some(child)) => {
                let _gone_or_denied =
                    child.go_on(What::Sockets, pid, MAX_QUESTIONS, |bytes| sockets_of(bytes).for_each(|(fd, inode)| each(fd, inode)));
            }
            _ => {}
        }
    }

    /// The socket of one descriptor.
    pub(in crate::proc) fn socket(&self, pid: u32, descriptor: u32) -> Option<u64> {
        let path = readlinkat(self.root.as_fd(), format!("{pid}/fd/{descriptor}").as_str()).map_err(file::why);
        match (path, &self.child) {
            (Ok(path), _) => inode(path.as_bytes()),
            (Err(Unread::Denied), Some(child)) => {
                let question = Question { what: What::Socket, pid, from: descriptor };
                let found = child.ask(question, |answer| answer.found().ok().and_then(|bytes| sockets_of(bytes).next()));
                found.ok().flatten().filter(|(found, _)| *found == descriptor).map(|(_, inode)| inode)
            }
            _ => None,
        }
    }

    /// The network namespace of a process.
    pub(in crate::proc) fn namespace(&self, pid: u32) -> Option<u64> {
        namespace(&self.of(pid, What::Namespace).ok()?)
    }

    /// That of the calling thread, which may be another one than its process's.
    pub(in crate::proc) fn own_namespace(&self) -> Option<u64> {
        namespace(&file::link(self.root.as_fd(), "thread-self/ns/net").ok()?)
    }

    /// A file of the network namespace of a process.
    pub(in crate::proc) fn net(&self, pid: u32, name: &str) -> Result<Bytes, Unread> {
        file::read(self.root.as_fd(), &format!("{pid}/net/{name}"), NET_BYTES)
    }

    /// The descriptors of a process from one on.
    pub(in crate::proc) fn descriptors(&self, pid: u32, from: u32) -> Result<Descriptors, Unread> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = openat(self.root.as_fd(), format!("{pid}/fd").as_str(), flags, Mode::empty()).map_err(file::why)?;
        Descriptors::of(folder, from)
    }
}

/// Whether a process is somebody else's, or root's: those have capabilities that root without any may not look behind.
fn is_others(directory: &OwnedFd) -> bool {
    fstat(directory).is_ok_and(|stat| stat.st_uid == 0 || stat.st_uid != geteuid().as_raw())
}

/// What stands there, directly.
fn look(at: BorrowedFd<'_>, below: &str, what: What) -> Result<Bytes, Unread> {
    let path = |name: &str| format!("{below}{name}");
    match what {
        What::Exe => file::link(at, &path("exe")),
        What::Namespace => file::link(at, &path("ns/net")),
        What::Stat => file::read(at, &path("stat"), max_bytes(what)),
        What::Status => file::read(at, &path("status"), max_bytes(what)),
        What::Command => file::read(at, &path("cmdline"), max_bytes(what)),
        What::Cgroup => file::read(at, &path("cgroup"), max_bytes(what)),
        What::Ready | What::Pids | What::Sockets | What::Socket => Err(Unread::Untold),
    }
}

/// As much of a file is read.
fn max_bytes(what: What) -> usize {
    match what {
        // What is needed of them stands at their beginning.
        What::Stat | What::Status => 1024,
        What::Command => READ_BYTES,
        // A dozen hierarchies with long paths.
        What::Cgroup => 16 << 10,
        _ => 4096,
    }
}

fn in_order(mut pids: Vec<u32>) -> Vec<u32> {
    pids.truncate(MAX_KNOWN);
    pids.sort_unstable();
    pids.dedup();
    pids
}

/// A number as /proc writes it.
pub(super) fn number(name: &CStr) -> Option<u32> {
    let digits = std::str::from_utf8(name.to_bytes()).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// The number of a network namespace: `net:[NUMBER]`.
fn namespace(link: &[u8]) -> Option<u64> {
    std::str::from_utf8(link.strip_prefix(b"net:[")?.strip_suffix(b"]")?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_number() {
        for (name, expected) in [(c"12", Some(12)), (c"+1", None), (c"", None), (c"self", None), (c"99999999999", None)] {
            assert_eq!(number(name), expected, "{name:?}");
        }
    }

    #[test]
    fn the_sockets_of_this_very_process_are_found() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let procfs = Procfs::open(Path::new("/proc"), None).unwrap();
        let me = std::process::id();
        let mut sockets = Vec::new();
        procfs.sockets(me, |descriptor, inode| sockets.push((descriptor, inode)));
        let descriptor = u32::try_from(std::os::fd::AsRawFd::as_raw_fd(&socket)).unwrap();
        let inode = procfs.socket(me, descriptor).unwrap();
        assert!(sockets.contains(&(descriptor, inode)), "{sockets:?}");
        assert_eq!(procfs.descriptors(me, descriptor).unwrap().next(), Some((descriptor, Some(inode))), "from there on");
        assert!(procfs.pids().unwrap().contains(&me));
        assert!(Procfs::open(Path::new("/nowhere"), None).is_err());
    }
}
