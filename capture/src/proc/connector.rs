//! The process connector: a netlink socket on which the kernel tells what happens to processes (linux/cn_proc.h).

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, bind, recvmsg, sendto, setsockopt, sockopt};
use wire::netlink::messages;
use wire::netlink::process::{self, Event, Repr, Sequences, Subscription};

/// Of linux/netlink.h; nix does not know it.
const NETLINK_CONNECTOR: i32 = 11;
/// An event is 76 bytes; the connector sends nothing longer than a page.
const DATAGRAM_BYTES: usize = 8192;
/// How long the kernel's answer is waited for. It answers before the question returns, or never.
const ANSWER: Duration = Duration::from_millis(100);
/// What the answer is known by.
const QUESTION: u32 = 0x676c_6f75;

/// Why the kernel does not tell of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// The process may not listen.
    #[error("not permitted to hear of processes")]
    NotPermitted,
    /// The process is in a namespace of which the kernel does not tell.
    #[error("the kernel tells of processes only outside of containers and namespaces")]
    Namespace,
    /// The kernel has no connector, or something else went wrong.
    #[error("the kernel does not tell of processes: {}", .0.desc())]
    Refused(Errno),
}

/// What one look at the socket brought.
#[derive(Debug)]
pub(super) enum Heard {
    /// Something that happened, and how many events were lost right before it.
    Event(Repr, u32),
    /// The kernel could not keep some events: how many shows with the next ones.
    Overflow,
    /// Nothing that is for us.
    Other,
    /// Nothing more for now.
    Nothing,
}

/// The open connector.
#[derive(Debug)]
pub(super) struct Connector {
    socket: OwnedFd,
    sequences: Sequences,
}

impl Connector {
    /// Opens it and asks the kernel to tell; it does from then on, and what it tells waits in the socket.
    pub(super) fn open(buffer_bytes: usize) -> Result<Connector, ConnectorError> {
        let family = socket2::Domain::from(AddressFamily::Netlink as i32);
        let socket = socket2::Socket::new(family, socket2::Type::DGRAM, Some(NETLINK_CONNECTOR.into())).map_err(of_io)?;
        socket.set_nonblocking(true).map_err(of_io)?;
        let socket: OwnedFd = socket.into();
        if setsockopt(&socket, sockopt::RcvBufForce, &buffer_bytes).is_err() {
            // Without the privilege to exceed it the kernel's own limit is what there is.
            let _as_much_as_may_be = setsockopt(&socket, sockopt::RcvBuf, &buffer_bytes);
        }
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 1 << (process::INDEX - 1))).map_err(why)?;
        let question = Subscription { ack: QUESTION, ..Subscription::listen(QUESTION) }.message();
        sendto(socket.as_raw_fd(), &question, &NetlinkAddr::new(0, 0), MsgFlags::empty()).map_err(|errno| match errno {
            Errno::ECONNREFUSED => ConnectorError::Namespace,
            errno => why(errno),
        })?;
        let mut connector = Connector { socket, sequences: Sequences::default() };
        connector.hear_answer()?;
        Ok(connector)
    }

    /// What poll(2) waits for.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Takes the next datagram.
    ///
    /// # Errors
    /// What makes it useless from then on.
    pub(super) fn hear(&mut self) -> Result<Heard, Errno> {
        let mut buffer = [0; DATAGRAM_BYTES];
        let mut room = [IoSliceMut::new(&mut buffer)];
        let received = match recvmsg::<NetlinkAddr>(self.socket.as_raw_fd(), &mut room, None, MsgFlags::MSG_DONTWAIT) {
            Ok(received) => received,
            Err(Errno::EAGAIN) => return Ok(Heard::Nothing),
            Err(Errno::ENOBUFS) => return Ok(Heard::Overflow),
            Err(Errno::EINTR) => return Ok(Heard::Other),
            Err(errno) => return Err(errno),
        };
        // Anybody on this machine may send to it; only the kernel has no number.
        let kernel = received.address.is_some_and(|sender| sender.pid() == 0);
        let len = received.bytes;
        if !kernel {
            return Ok(Heard::Other);
        }
        Ok(self.take(buffer.get(..len).unwrap_or_default()))
    }

    /// A datagram of the connector's holds one message.
    fn take(&mut self, datagram: &[u8]) -> Heard {
        let Some(Ok(message)) = messages(datagram).next() else { return Heard::Other };
        let Ok(Some(told)) = Repr::parse(message.payload) else { return Heard::Other };
        let lost = self.sequences.lost_before(told.cpu, told.seq);
        Heard::Event(told, lost)
    }

    fn hear_answer(&mut self) -> Result<(), ConnectorError> {
        let until = Instant::now() + ANSWER;
        loop {
            match self.hear().map_err(why)? {
                Heard::Event(Repr { event: Event::Acknowledged { errno }, ack, .. }, _) if ack == QUESTION.wrapping_add(1) => {
                    return match errno {
                        0 => Ok(()),
                        errno => Err(why(Errno::from_raw(i32::try_from(errno).unwrap_or_default()))),
                    };
                }
                // What happened before it is told by the scan.
                Heard::Event(..) | Heard::Overflow | Heard::Other => {}
                Heard::Nothing => {
                    let left = until.saturating_duration_since(Instant::now());
                    let millis = u16::try_from(left.as_millis()).unwrap_or_default();
                    let mut one = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
                    let _looked_again = poll(&mut one, PollTimeout::from(millis));
                }
            }
            if Instant::now() >= until {
                return Err(ConnectorError::Namespace);
            }
        }
    }
}

fn of_io(error: io::Error) -> ConnectorError {
    why(Errno::from_raw(error.raw_os_error().unwrap_or_default()))
}

fn why(errno: Errno) -> ConnectorError {
    match errno {
        Errno::EPERM | Errno::EACCES => ConnectorError::NotPermitted,
        errno => ConnectorError::Refused(errno),
    }
}
