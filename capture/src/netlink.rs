//! What the kernel sends on a netlink socket.

use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, NetlinkAddr, recvmsg};

/// What one look at it brought.
pub(crate) enum Heard<'a> {
    /// Messages.
    Messages(&'a [u8]),
    /// The kernel could not keep some of what there was to tell.
    Overflow,
    /// Nothing that is for us.
    Other,
    /// Nothing more for now.
    Nothing,
}

/// The socket, open.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

impl Socket {
    /// One on which nothing longer than that comes.
    pub(crate) fn new(socket: OwnedFd, longest_bytes: usize) -> Socket {
        Socket { socket, buffer: vec![0; longest_bytes] }
    }

    /// What poll(2) waits for.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Takes the next datagram.
    ///
    /// # Errors
    /// What makes it useless from then on.
    pub(crate) fn hear(&mut self) -> Result<Heard<'_>, Errno> {
        let mut room = [IoSliceMut::new(&mut self.buffer)];
        let received = match recvmsg::<NetlinkAddr>(self.socket.as_raw_fd(), &mut room, None, MsgFlags::MSG_DONTWAIT) {
            Ok(received) => received,
            Err(Errno::EAGAIN) => return Ok(Heard::Nothing),
            Err(Errno::ENOBUFS) => return Ok(Heard::Overflow),
            Err(Errno::EINTR) => return Ok(Heard::Other),
            Err(errno) => return Err(errno),
        };
        // Anybody on this machine may send to it; only the kernel has no number.
        let is_kernels = received.address.is_some_and(|sender| sender.pid() == 0);
        let len = received.bytes;
        Ok(if is_kernels { Heard::Messages(self.buffer.get(..len).unwrap_or_default()) } else { Heard::Other })
    }
}
