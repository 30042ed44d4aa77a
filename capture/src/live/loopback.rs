//! The loopback interface shows the kernel's packet sockets every packet twice, going out and coming in.

use std::os::fd::BorrowedFd;

use nix::libc;
use nix::sys::socket::{SetSockOpt, sockopt::SetBool};

#[derive(Clone, Copy)]
struct IgnoreOutgoing;

#[allow(unsafe_code, reason = "nix makes the setter of a socket option that it does not know; PACKET_IGNORE_OUTGOING takes an int")]
mod option {
    use super::*;
    nix::setsockopt_impl!(IgnoreOutgoing, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, bool, SetBool);
}

/// Asks the kernel for each packet once (packet(7); Linux 4.20). libpcap skips the outgoing copies in any case, but only
/// once they have taken their place in the buffer and in its counters of what was dropped.
pub(super) fn once(socket: BorrowedFd<'_>) {
    let _older_kernel = IgnoreOutgoing.set(&socket, &true);
}
