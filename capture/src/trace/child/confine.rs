//! What takes everything from the child but its sockets.
//!
//! It is nobody, without any capability: what it opened goes on working. It opens no file and no other socket, and starts nothing: seccomp lets only those calls
//! through that requests and their answers take. Where the kernel has Landlock, it denies every file once more.

use caps::CapSet;
use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use nix::libc;
use nix::sys::prctl;
use nix::unistd::geteuid;

use crate::proc::child::confine::{ConfineError, allow_only, become_nobody, close_inherited, failed};

/// Confines this process, for good; it must have one thread. What it has open but standard input, output and error is closed: its sockets are
/// opened by `open`, which is the last thing that it may open.
///
/// # Errors
/// Any step that fails. The process must end.
pub fn confine<T>(open: impl FnOnce() -> std::io::Result<T>) -> Result<T, ConfineError> {
    close_inherited()?;
    let opened = open().map_err(|e| failed("open a raw socket", e))?;
    if geteuid().is_root() {
        become_nobody(&[])?;
    } else {
        // Who is somebody stays so, without a privilege.
        for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
            caps::clear(None, set).map_err(|e| failed("clear capabilities", e))?;
        }
    }
    prctl::set_no_new_privs().map_err(|e| failed("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| failed("forbid tracing", e))?;
    see_no_file()?;
    allow_only_asking()?;
    Ok(opened)
}

/// As far as the kernel can; seccomp does it on all.
fn see_no_file() -> Result<(), ConfineError> {
    let deny = || {
        Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(ABI::V5))?.create()?.restrict_self()
    };
    deny().map(drop).map_err(|e| failed("see no file", e))
}

/// To receive, send and wait on the sockets that it has, to say how far a packet may go and to where it would, to have memory, to end.
fn allow_only_asking() -> Result<(), ConfineError> {
    let as_is = [
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_connect,
        libc::SYS_getsockname,
        libc::SYS_ppoll,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_read,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let is = |value: i32| u64::from(value.unsigned_abs());
    let ttl = vec![(1, is(libc::IPPROTO_IP)), (2, is(libc::IP_TTL))];
    let hops = vec![(1, is(libc::IPPROTO_IPV6)), (2, is(libc::IPV6_UNICAST_HOPS))];
    // Memory of its own; words on standard error.
    let (mmap, write) = (vec![vec![(4, u64::from(u32::MAX))]], vec![vec![(0, 2)]]);
    allow_only(&as_is, [(libc::SYS_setsockopt, vec![ttl, hops]), (libc::SYS_mmap, mmap), (libc::SYS_write, write)])
}
