//! The process connector: a netlink socket on which the kernel tells what happens to processes (linux/cn_proc.h).

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, bind, sendto, setsockopt, sockopt};
use wire::netlink::messages;
use wire::netlink::process::{self, Event, Repr, Sequences, Subscription};

use crate::netlink::{self, Socket};

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
    socket: Socket,
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
        let mut connector = Connector { socket: Socket::new(socket, DATAGRAM_BYTES), sequences: Sequences::default() };
        connector.hear_answer()?;
        Ok(connector)
    }

    /// What poll(2) waits for.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.descriptor()
    }

    /// Takes the next datagram.
    ///
    /// # Errors
    /// What makes it useless from then on.
    pub(super) fn hear(&mut self) -> Result<Heard, Errno> {
        Ok(match self.socket.hear()? {
            netlink::Heard::Messages(datagram) => event(&mut self.sequences, datagram),
            netlink::Heard::Overflow => Heard::Overflow,
            netlink::Heard::Other => Heard::Other,
            netlink::Heard::Nothing => Heard::Nothing,
        })
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
                    let mut one = [PollFd::new(self.socket.descriptor(), PollFlags::POLLIN)];
                    let _looked_again = poll(&mut one, PollTimeout::from(millis));
                }
            }
            if Instant::now() >= until {
                return Err(ConnectorError::Namespace);
            }
        }
    }
}

/// A datagram of the connector's holds one message.
fn event(sequences: &mut Sequences, datagram: &[u8]) -> Heard {
    let Some(Ok(message)) = messages(datagram).next() else { return Heard::Other };
    let Ok(Some(told)) = Repr::parse(message.payload) else { return Heard::Other };
    let lost = sequences.lost_before(told.cpu, told.seq);
    Heard::Event(told, lost)
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
