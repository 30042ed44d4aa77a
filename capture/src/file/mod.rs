//! Recordings: pcap and pcapng files, plain or compressed, from a disk or a pipe.

mod bytes;
mod controls;
mod error;
mod filters;
mod input;
mod interface;
mod pace;
mod pcap;
mod pcapng;
mod player;
mod record;
mod recording;
mod source;
mod teller;
mod window;
mod write;

pub use bytes::Order;
pub use error::{Damage, Fault, FileError};
pub use pace::Pace;
pub use record::{Lost, Names, Packet, Record};
pub use recording::Recording;
pub use source::{Config, File};
pub use teller::Detail;
pub use write::{PcapNgWriter, PcapWriter};

#[cfg(test)]
mod tests;
