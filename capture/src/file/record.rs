//! What stands in a recording.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use graph::Time;
use wire::packet::LinkType;

use super::bytes::Order;

/// The next thing of a recording.
#[derive(Debug)]
pub enum Record<'a> {
    /// A packet.
    Packet(Packet<'a>),
    /// Names of addresses, as the recording computer knew them.
    Names(Names<'a>),
    /// How many packets the recording lacks, as totals.
    Lost(Lost),
    /// Something that says nothing here: an interface, a comment, somebody's own block.
    Other,
    /// A pipe has nothing at the moment: [`Recording::wait`](super::Recording::wait).
    Waiting,
    /// There is nothing more.
    End,
}

/// One recorded packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When it was seen. Where the format does not say (a simple packet block): when the one before it was.
    pub at: Time,
    /// What its first header is.
    pub link: LinkType,
    /// The bytes that were kept.
    pub data: &'a [u8],
    /// How many bytes there were on the wire.
    pub wire_len: u32,
    /// Which interface of the section saw it, from 0.
    pub interface: u32,
}

/// Packets that were never recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Dropped by the operating system.
    pub kernel: u64,
    /// Dropped by the interfaces.
    pub interface: u64,
}

impl Lost {
    pub(super) fn plus(self, o: Lost) -> Lost {
        Lost { kernel: self.kernel.saturating_add(o.kernel), interface: self.interface.saturating_add(o.interface) }
    }
}

/// The longest name there can be, in bytes (RFC 1035).
const MAX_NAME_BYTES: usize = 253;

/// Addresses and their names, of a name resolution block. One that is not text, too long or not printable is left out.
#[derive(Clone, Debug)]
pub struct Names<'a> {
    pub(super) records: &'a [u8],
    pub(super) order: Order,
}

impl<'a> Iterator for Names<'a> {
    type Item = (IpAddr, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (kind, value, rest) = self.order.field(self.records)?;
            self.records = if kind == 0 { &[] } else { rest };
            let addr_and_names = match kind {
                1 => value.split_first_chunk::<4>().map(|(addr, names)| (IpAddr::from(Ipv4Addr::from(*addr)), names)),
                2 => value.split_first_chunk::<16>().map(|(addr, names)| (IpAddr::from(Ipv6Addr::from(*addr)), names)),
                _ => None,
            };
            let name = addr_and_names.and_then(|(addr, names)| Some((addr, printable(names.split(|b| *b == 0).next()?)?)));
            if name.is_some() {
                return name;
            }
        }
    }
}

fn printable(name: &[u8]) -> Option<&str> {
    let name = str::from_utf8(name).ok()?;
    ((1..=MAX_NAME_BYTES).contains(&name.len()) && !name.contains(char::is_control)).then_some(name)
}
