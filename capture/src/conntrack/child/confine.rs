//! What takes everything from the child but what it is for.

use caps::Capability;
use nix::libc;

use crate::confined::{ConfineError, allow_only, close_inherited, keep_only};

/// All that it keeps: each question to the kernel takes it.
const KEPT: [Capability; 1] = [Capability::CAP_NET_ADMIN];

/// Confines this process, for good; it must have one thread. It opens nothing but netlink sockets of the kernel's packet filter.
pub(super) fn confine() -> Result<(), ConfineError> {
    close_inherited()?;
    keep_only(&KEPT)?;
    allow_only_asking()
}

/// To receive questions, to open and prepare such a socket, to ask on it and hand it over.
fn allow_only_asking() -> Result<(), ConfineError> {
    let is = |value: i32| u64::from(value.unsigned_abs());
    let socket = vec![vec![(0, is(libc::AF_NETLINK)), (2, is(libc::NETLINK_NETFILTER))]];
    let buffer = [libc::SO_RCVBUF, libc::SO_RCVBUFFORCE].map(|option| vec![(1, is(libc::SOL_SOCKET)), (2, is(option))]);
    // To look whether a descriptor is one.
    let fcntl = vec![vec![(1, is(libc::F_GETFD))]];
    let where_so = [(libc::SYS_socket, socket), (libc::SYS_setsockopt, buffer.into()), (libc::SYS_fcntl, fcntl)];
    allow_only(&[libc::SYS_recvfrom, libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_bind], where_so)
}
