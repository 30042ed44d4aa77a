//! What takes everything from the child but what it is for.

use caps::{CapSet, Capability, CapsHashSet};
use nix::libc;
use nix::sys::prctl;
use nix::unistd::geteuid;

use crate::proc::child::confine::{ConfineError, allow_only, become_nobody, close_inherited, failed};

/// All that it keeps: each question to the kernel takes it.
const KEPT: [Capability; 1] = [Capability::CAP_NET_ADMIN];

/// Confines this process, for good; it must have one thread. It opens nothing but netlink sockets of the kernel's packet filter.
pub(super) fn confine() -> Result<(), ConfineError> {
    close_inherited()?;
    if geteuid().is_root() {
        become_nobody(&KEPT)?;
    } else {
        // Who is somebody stays so, with that privilege alone, if there is one.
        let may = caps::read(None, CapSet::Permitted).map_err(|e| failed("read capabilities", e))?;
        let kept: CapsHashSet = KEPT.into_iter().filter(|capability| may.contains(capability)).collect();
        for set in [CapSet::Ambient, CapSet::Inheritable] {
            caps::clear(None, set).map_err(|e| failed("clear capabilities", e))?;
        }
        for set in [CapSet::Effective, CapSet::Permitted] {
            caps::set(None, set, &kept).map_err(|e| failed("keep one capability alone", e))?;
        }
    }
    prctl::set_no_new_privs().map_err(|e| failed("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| failed("forbid tracing", e))?;
    allow_only_asking()
}

/// To receive questions, to open and prepare such a socket, to ask on it and hand it over, to have memory, to end.
fn allow_only_asking() -> Result<(), ConfineError> {
    let as_is = [
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_bind,
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
    let socket = vec![vec![(0, is(libc::AF_NETLINK)), (2, is(libc::NETLINK_NETFILTER))]];
    let buffer = [libc::SO_RCVBUF, libc::SO_RCVBUFFORCE].map(|option| vec![(1, is(libc::SOL_SOCKET)), (2, is(option))]);
    // To look whether a descriptor is one; memory of its own; words on standard error.
    let fcntl = vec![vec![(1, is(libc::F_GETFD))]];
    let (mmap, write) = (vec![vec![(4, u64::from(u32::MAX))]], vec![vec![(0, 2)]]);
    let where_so = [
        (libc::SYS_socket, socket),
        (libc::SYS_setsockopt, buffer.into()),
        (libc::SYS_fcntl, fcntl),
        (libc::SYS_mmap, mmap),
        (libc::SYS_write, write),
    ];
    allow_only(&as_is, where_so)
}
