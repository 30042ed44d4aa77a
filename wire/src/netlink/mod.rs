//! Netlink: how a Linux kernel tells of processes ([`process`]), of sockets ([`sock_diag`]) and of connections ([`conntrack`]). Bytes in, bytes out: whoever owns the
//! socket reads into a buffer and hands it over.
//!
//! [`messages`] takes what was received apart; a family reads the payloads. What does not hold together is a [`Fault`], to be
//! counted by the caller; nothing here panics, and nothing allocates but what is made to be sent.
//!
//! **Byte order:** headers and fields are in the machine's own; only ports and IP addresses are big-endian. **Alignment:** messages
//! and attributes begin at multiples of four bytes, and a 64-bit field may stand at any of them: fields are copied out, never cast.
//!
//! **Trust:** any local process may send to a netlink socket that it can name. A datagram counts only where its sender's address
//! has port 0, the kernel's; that address is known to the socket's owner alone.
//!
//! ```
//! use wire::netlink::messages;
//! use wire::netlink::process::{self, Event, Sequences, Task};
//! use wire::packet::emit::stack;
//!
//! // To be sent to the kernel, once; what the socket then receives:
//! let request = process::Subscription::listen(1).message();
//! # assert_eq!(request.len(), 40);
//! # let parent = Some(Task { tid: 1, pid: 1 });
//! # let event = Event::Exit { task: Task { tid: 7, pid: 7 }, code: 0x300, signal: 17, parent };
//! # let told = process::Repr { seq: 0, ack: 0, cpu: 0, timestamp_ns: 1, event };
//! # let received = stack(&[&process::header(0), &told], &[]);
//!
//! let mut sequences = Sequences::default();
//! for message in messages(&received) {
//!     let Some(told) = process::Repr::parse(message?.payload)? else { continue };
//!     assert_eq!(sequences.lost_before(told.cpu, told.seq), 0);
//!     let Event::Exit { task, code, .. } = told.event else { continue };
//!     assert_eq!((task.pid, code >> 8), (7, 3));
//! }
//! # Ok::<(), wire::netlink::Fault>(())
//! ```

pub mod attribute;
pub mod connector;
pub mod conntrack;
mod fault;
mod fields;
pub mod header;
pub mod process;
pub mod sock_diag;

pub use attribute::{Attribute, attributes};
pub use fault::Fault;
pub use header::{End, Kind, Message, messages};

/// Netlink messages and attributes begin at multiples of this, in bytes (`NLMSG_ALIGNTO`, `NLA_ALIGNTO`).
const ALIGNMENT: usize = 4;

/// The bytes that bring `len` to the next multiple of the alignment.
fn padding(len: usize) -> usize {
    len.wrapping_neg() % ALIGNMENT
}

/// What stands after `len` bytes and their padding, which the last of a buffer may lack.
fn after(bytes: &[u8], len: usize) -> &[u8] {
    bytes.get(len + padding(len)..).unwrap_or_default()
}

#[cfg(test)]
mod testing;
