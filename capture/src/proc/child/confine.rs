//! What takes everything from the child but what it is for.
//!
//! Its whole file system is /proc, read-only, in which no symbolic link is followed: `/proc/1/root` leads nowhere. It is nobody, with two capabilities.
//! It makes no socket, no process, no file, and cannot move within a file, so that `/proc/PID/mem` has nothing for it: memory begins where it cannot
//! read to. Landlock (landlock(7)) would not do: it bars looking into processes outside of its domain, which is all that this child is for.

use caps::Capability;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::unistd::{chdir, pivot_root};

use crate::confined::{ConfineError, allow_only, close_inherited, failed, keep_only};

/// `MS_NOSYMFOLLOW` of mount(2), since Linux 5.10.
const NO_SYMBOLIC_LINKS: MsFlags = MsFlags::from_bits_retain(1 << 8);
/// All that it keeps: to look into processes, and into the directories of their descriptors.
const KEPT: [Capability; 2] = [Capability::CAP_SYS_PTRACE, Capability::CAP_DAC_READ_SEARCH];

/// Confines this process, for good: it must be root, with one thread. Afterwards `/` is what `/proc` was, and nothing else is there.
///
/// # Errors
/// Any step that fails. The process must end.
pub fn confine() -> Result<(), ConfineError> {
    close_inherited()?;
    see_only_proc()?;
    keep_only(&KEPT)?;
    allow_only_reading()
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

/// Nothing but what answers take: to receive and send on the socket that it has, to open, list and read.
fn allow_only_reading() -> Result<(), ConfineError> {
    let as_is = [
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_openat,
        libc::SYS_readlinkat,
        libc::SYS_getdents64,
        libc::SYS_read,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_getrandom,
    ];
    // To look at a descriptor and have it twice, and not that a signal comes of it.
    let fcntl = [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC].map(|what| vec![(1, u64::from(what.unsigned_abs()))]);
    allow_only(&as_is, [(libc::SYS_fcntl, fcntl.into())])
}
