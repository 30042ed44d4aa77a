//! Process events: what the connector's user `cn_proc` tells of every fork, exec and exit (linux/cn_proc.h).
//!
//! A socket of the protocol `NETLINK_CONNECTOR`, bound to the group [`INDEX`], is sent a [`Subscription`] and receives [`Repr`]s.
//! Every message of the connector's has the kind [`Done`](super::Kind::Done), in both directions.
//!
//! Numbers of processes and users are those of the initial namespaces, and the kernel ignores whoever subscribes from others.
//! Before Linux 6.6 it takes `CAP_NET_ADMIN`.

mod event;
mod sequences;
mod subscription;
mod task;

pub use event::{Event, Repr};
pub use sequences::{MAX_CPUS, Sequences};
pub use subscription::{Events, Operation, Subscription};
pub use task::{Comm, Task};

use super::connector;
use super::header::{self, Kind};

/// `CN_IDX_PROC`: the connector's user, and the multicast group to bind to.
pub const INDEX: u32 = 1;
/// `CN_VAL_PROC`.
const VALUE: u32 = 1;

/// The netlink header of what stands in a message of the connector's.
pub fn header(seq: u32) -> header::Repr {
    header::Repr { kind: Kind::Done, flags: 0, seq, port: 0 }
}

fn connector_header(seq: u32, ack: u32) -> connector::Repr {
    connector::Repr { index: INDEX, value: VALUE, seq, ack }
}

/// Whether a message is of process events, not of another user of the connector.
fn is_ours(header: &connector::Repr) -> bool {
    (header.index, header.value) == (INDEX, VALUE)
}
