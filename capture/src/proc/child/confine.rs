//! What takes everything from the child but what it is for.
//!
//! Its whole file system is /proc, read-only, in which no symbolic link is followed: `/proc/1/root` leads nowhere. It is nobody, with two capabilities.
//! It makes no socket, no process, no file, and cannot move within a file, so that `/proc/PID/mem` has nothing for it: memory begins where it cannot
//! read to. Landlock (landlock(7)) would not do: it bars looking into processes outside of its domain, which is all that this child is for.

use std::collections::BTreeMap;
use std::io;

use caps::{CapSet, Capability};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::stat::Mode;
use nix::unistd::{chdir, close, pivot_root, setgroups, setresgid, setresuid};
use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

use crate::privilege::Identity;

/// `MS_NOSYMFOLLOW` of mount(2), since Linux 5.10.
const NO_SYMBOLIC_LINKS: MsFlags = MsFlags::from_bits_retain(1 << 8);
/// All that it keeps: to look into processes, and into the directories of their descriptors.
const KEPT: [Capability; 2] = [Capability::CAP_SYS_PTRACE, Capability::CAP_DAC_READ_SEARCH];

/// What could not be done. The process must end.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}: {why}")]
pub struct ConfineError {
    what: &'static str,
    why: String,
}

/// Confines this process, for good: it must be root, with one thread. Afterwards `/` is what `/proc` was, and nothing else is there.
///
/// # Errors
/// Any step that fails. The process must end.
pub fn confine() -> Result<(), ConfineError> {
    close_inherited()?;
    see_only_proc()?;
    become_nobody(&KEPT)?;
    prctl::set_no_new_privs().map_err(|e| failed("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| failed("forbid tracing", e))?;
    allow_only_reading()
}

/// Whatever else the parent had open.
pub(crate) fn close_inherited() -> Result<(), ConfineError> {
    let open = std::fs::read_dir("/proc/self/fd").map_err(|e| failed("list what is open", e))?;
    let open: Vec<i32> = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(|fd| *fd > 2).collect();
    for descriptor in open {
        let _it_was_the_directory = close(descriptor);
    }
    Ok(())
}

fn see_only_proc() -> Result<(), ConfineError> {
    unshare(CloneFlags::CLONE_NEWNS).map_err(|e| failed("leave the mount namespace", e))?;
    let none: Option<&str> = None;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(none, "/", none, private, none).map_err(|e| failed("make mounts private", e))?;
    mount(Some("/proc"), "/proc", none, MsFlags::MS_BIND, none).map_err(|e| failed("mount /proc anew", e))?;
    let harmless = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | NO_SYMBOLIC_LINKS;
    mount(none, "/proc", none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND | harmless, none).map_err(|e| failed("make /proc read-only", e))?;
    chdir("/proc").map_err(|e| failed("enter /proc", e))?;
    // The old root comes to lie on top of the new one, and goes: pivot_root(2).
    pivot_root(".", ".").map_err(|e| failed("make /proc the root", e))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(|e| failed("leave every other file", e))?;
    chdir("/").map_err(|e| failed("enter the root", e))?;
    // An older kernel takes the flag and does not know it.
    match open("/self/root", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()) {
        Err(Errno::ELOOP) => Ok(()),
        Err(error) => Err(failed("see whether links are followed", error)),
        Ok(_) => Err(failed("forbid symbolic links", "Linux 5.10 or later can")),
    }
}

/// Nobody, with those capabilities alone.
pub(crate) fn become_nobody(kept: &[Capability]) -> Result<(), ConfineError> {
    let nobody = Identity::nobody();
    for capability in caps::all() {
        let _not_known_to_this_kernel = caps::drop(None, CapSet::Bounding, capability);
    }
    prctl::set_keepcaps(true).map_err(|e| failed("keep capabilities", e))?;
    setgroups(&[nobody.gid]).map_err(|e| failed("set groups", e))?;
    setresgid(nobody.gid, nobody.gid, nobody.gid).map_err(|e| failed("change group", e))?;
    setresuid(nobody.uid, nobody.uid, nobody.uid).map_err(|e| failed("change user", e))?;
    let kept = kept.iter().copied().collect();
    for (set, left) in [(CapSet::Inheritable, None), (CapSet::Effective, Some(&kept)), (CapSet::Permitted, Some(&kept))] {
        match left {
            Some(left) => caps::set(None, set, left),
            None => caps::clear(None, set),
        }
        .map_err(|e| failed("keep few capabilities alone", e))?;
    }
    Ok(())
}

/// Nothing but what answers take: to receive and send on the socket that it has, to open, list, read and close, to have memory, to end.
fn allow_only_reading() -> Result<(), ConfineError> {
    let as_is = [
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_openat,
        libc::SYS_readlinkat,
        libc::SYS_getdents64,
        libc::SYS_read,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_brk,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    // Memory of its own; words on standard error; to look at a descriptor and have it twice, and not that a signal comes of it.
    let fcntl = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC].map(|what| vec![(1, u64::from(what.unsigned_abs()))]);
    let mmap = vec![vec![(4, u64::from(u32::MAX))]];
    let write = vec![vec![(0, 2)]];
    allow_only(&as_is, [(libc::SYS_mmap, mmap), (libc::SYS_write, write), (libc::SYS_fcntl, fcntl.into())])
}

/// The place of an argument of a call, and what it must be.
type Argument = (u8, u64);

/// Nothing but those calls, from now on; the latter where their arguments are one of the rows.
pub(crate) fn allow_only(as_is: &[i64], where_so: impl IntoIterator<Item = (i64, Vec<Vec<Argument>>)>) -> Result<(), ConfineError> {
    let is = |(argument, value): &Argument| SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, *value);
    let row =
        |row: &Vec<Argument>| -> Result<_, seccompiler::Error> { Ok(SeccompRule::new(row.iter().map(is).collect::<Result<_, _>>()?)?) };
    let filter = || -> Result<_, seccompiler::Error> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = as_is.iter().map(|call| (*call, Vec::new())).collect();
        for (call, rows) in where_so {
            rules.insert(call, rows.iter().map(row).collect::<Result<_, _>>()?);
        }
        let architecture = std::env::consts::ARCH.try_into()?;
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let filter: seccompiler::BpfProgram = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)?.try_into()?;
        seccompiler::apply_filter(&filter)
    };
    filter().map_err(|e| failed("allow nothing but what it is for", io::Error::other(e)))
}

pub(crate) fn failed(what: &'static str, why: impl ToString) -> ConfineError {
    ConfineError { what, why: why.to_string() }
}
