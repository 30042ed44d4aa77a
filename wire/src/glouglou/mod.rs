//! The glouglou protocol, version 3: what probes, relays and viewers say to one another over UDP.
//!
//! A [`Datagram`] is a handshake message or carries [`Content`]: a head and [`Record`]s, one for each thing that a probe saw. Everything is big-endian, and
//! read as a view: text stays bytes until somebody shows it. What is not known is skipped by its length.
//!
//! ```
//! use wire::glouglou::{Content, ContentHead, Datagram, Packer, Ping, Record, Tlvs};
//!
//! let mut packer = Packer::new(ContentHead { t_base_us: 1_700_000_000_000_000, first_event_seq: 7, snapshot: false, sampling_n: 1 });
//! packer.push(&Record::Ping(Ping { random: 1, t_us: 2 }), -5, &[]).unwrap();
//! let content = packer.finish();
//! let datagram = Datagram::Plain { probe_id: 9, seq: 0, content: &content }.to_bytes();
//!
//! let Ok(Datagram::Plain { content, .. }) = Datagram::parse(&datagram) else { unreachable!() };
//! let content = Content::parse(content).unwrap();
//! let timed = content.records().next().unwrap().unwrap();
//! assert_eq!((timed.dt_us, timed.record), (-5, Record::Ping(Ping { random: 1, t_us: 2 })));
//! ```

mod content;
mod datagram;
mod fault;
mod fields;
mod record;
pub mod session;
#[cfg(test)]
mod tests;
mod tlv;

pub use content::{Content, ContentHead, Full, Limits, MAX_CONTENT, Packer, Records, Timed};
pub use datagram::{
    AuthPayload, AuthResPayload, Caps, Challenge, Datagram, HELLO_LEN, MAX_DATAGRAM, PROLOGUE_LEN, SEALED_OVERHEAD, VERSION,
};
pub use fault::Fault;
pub use record::{
    Addr, Conn, Counts, Data, DelConn, Exec, Exit, Fork, Hop, Key, MAX_HOPS, MAX_PATH, MAX_RELAYED, Name, NewConn, Notice, Owner, Ping,
    ProbeInfo, Record, Relayed, ResyncReq, Snapshot, Tag, Tags, Trace,
};
pub use tlv::{Tlv, Tlvs};

/// The port that listeners have unless told otherwise.
pub const PORT: u16 = 4430;
