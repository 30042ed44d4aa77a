//! The kernel's sockets: which there are, and whose one is (linux/sock_diag.h, linux/inet_diag.h).
//!
//! A socket of the protocol `NETLINK_SOCK_DIAG` is sent a [`Request`], for all sockets of a family and a protocol or for one, and
//! receives [`Answer`]s. No privilege is needed. The kernel looks in the network namespace in which the netlink socket was opened.
//!
//! What /proc/PID/fd shows as `socket:[INODE]` is a [`Socket::inode`].

mod answer;
mod request;
mod socket_id;
mod states;

pub use answer::{Answer, Socket};
pub use request::{Request, TCP, UDP, UDP_LITE};
pub use socket_id::{Family, SocketId};
pub use states::{State, States};

use super::header::Kind;

/// `SOCK_DIAG_BY_FAMILY`: the kind of requests and of the answers that hold a socket.
pub const BY_FAMILY: Kind = Kind::Other(20);
