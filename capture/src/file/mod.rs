//! Recordings: pcap and pcapng files, plain or compressed, from a disk or a pipe.

mod bytes;
mod error;
mod input;
mod interface;
mod pcap;
mod pcapng;
mod record;
mod recording;
mod window;
mod write;

pub use bytes::Order;
pub use error::{Damage, Fault, FileError};
pub use record::{Lost, Names, Packet, Record};
pub use recording::Recording;
pub use write::{PcapNgWriter, PcapWriter};
