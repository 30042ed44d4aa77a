//! Long headers, and the packets of one datagram.

use std::fmt;

use super::varint;
use crate::packet::reader::Reader;

/// Packets looked at in one datagram.
const MAX_COALESCED: usize = 8;
/// The longest connection identifier (RFC 9000, section 17.2).
const MAX_ID: usize = 20;

/// A version whose first packets can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// RFC 9000.
    V1,
    /// RFC 9369.
    V2,
    /// A draft of version 1, from 23 to 34.
    Draft(u8),
}

impl Version {
    /// By its number.
    pub fn of(number: u32) -> Option<Version> {
        match number {
            1 => Some(Version::V1),
            0x6b33_43cf => Some(Version::V2),
            0xff00_0017..=0xff00_0022 => Some(Version::Draft(number as u8)),
            _ => None,
        }
    }

    const fn number(self) -> u32 {
        match self {
            Version::V1 => 1,
            Version::V2 => 0x6b33_43cf,
            Version::Draft(draft) => 0xff00_0000 | draft as u32,
        }
    }

    /// What kind of packet the two bits of its first byte say.
    const fn kind(self, first: u8) -> Kind {
        let bits = first >> 4 & 3;
        match (self, bits) {
            (Version::V2, 1) | (Version::V1 | Version::Draft(_), 0) => Kind::Initial,
            (Version::V2, 0) | (Version::V1 | Version::Draft(_), 3) => Kind::Retry,
            _ => Kind::Other,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::V1 => f.pad("1"),
            Version::V2 => f.pad("2"),
            Version::Draft(draft) => write!(f, "draft-{draft}"),
        }
    }
}

enum Kind {
    Initial,
    Retry,
    Other,
}

/// A packet with a long header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet<'a> {
    /// The first of a connection.
    Initial(Initial<'a>),
    /// Another one.
    Other,
}

/// An Initial packet, encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initial<'a> {
    /// Of which version.
    pub version: Version,
    /// The identifier of whom it is sent to; at the client's first one keys are derived from it.
    pub destination: &'a [u8],
    /// The whole packet.
    pub(super) packet: &'a [u8],
    /// Where its number begins.
    pub(super) number_at: usize,
}

/// The packets at the beginning of a datagram that have a long header of a version that is read.
pub fn packets(datagram: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut left = datagram;
    std::iter::from_fn(move || {
        let (packet, rest) = parse(left)?;
        left = rest;
        Some(packet)
    })
    .take(MAX_COALESCED)
}

fn parse(bytes: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let mut read = Reader::new(bytes);
    let first = read.u8()?;
    if first & 0xc0 != 0xc0 {
        return None;
    }
    let version = Version::of(read.u32()?)?;
    let destination = read.vec8().filter(|id| id.len() <= MAX_ID)?;
    read.vec8().filter(|id| id.len() <= MAX_ID)?;
    let is_initial = match version.kind(first) {
        Kind::Initial => {
            let token = varint(&mut read)?;
            read.take(usize::try_from(token).ok()?)?;
            true
        }
        Kind::Retry => return Some((Packet::Other, &[])),
        Kind::Other => false,
    };
    let len = usize::try_from(varint(&mut read)?).ok()?;
    let number_at = bytes.len() - read.rest().len();
    read.take(len)?;
    let packet = bytes.get(..number_at + len)?;
    let packet = if is_initial { Packet::Initial(Initial { version, destination, packet, number_at }) } else { Packet::Other };
    Some((packet, read.rest()))
}

/// The header of an Initial packet with a number of four bytes, which is not there yet, and a payload of that length.
pub(super) fn emit(version: Version, destination: &[u8], payload_len: usize) -> Vec<u8> {
    let kind = if version == Version::V2 { 1 } else { 0 };
    let mut header = vec![0xc3 | kind << 4];
    header.extend(version.number().to_be_bytes());
    header.push(destination.len() as u8);
    header.extend(destination);
    header.extend([0, 0]); // no source identifier, no token
    header.extend((0x4000 | (payload_len + 4) as u16).to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_may_hold_several_packets() {
        let initial = |version| [emit(version, &[1, 2, 3, 4], 30), vec![0; 34]].concat();
        let handshake = [&[0xe0, 0, 0, 0, 1, 1, 9, 0, 3][..], &[7; 3]].concat();
        for version in [Version::V1, Version::V2, Version::Draft(29)] {
            let datagram = [initial(version), handshake.clone(), vec![0; 50]].concat();
            let read: Vec<Packet<'_>> = packets(&datagram).collect();
            let [Packet::Initial(first), Packet::Other] = read[..] else { panic!("{read:?}") };
            assert_eq!((first.version, first.destination), (version, &[1, 2, 3, 4][..]));
        }
        assert_eq!(packets(&initial(Version::V1)[..40]).count(), 0, "cut");
        assert_eq!(packets(b"\xc0\0\0\0\x09 another version").count(), 0);
        assert_eq!(packets(&handshake.repeat(50)).count(), MAX_COALESCED);
    }

    #[test]
    fn an_identifier_has_at_most_twenty_bytes() {
        let packet = |ids: [usize; 2]| {
            let ids = ids.map(|len| [&[len as u8][..], &vec![9; len]].concat()).concat();
            [&[0xe0, 0, 0, 0, 1][..], &ids, &[3, 7, 7, 7]].concat()
        };
        let read = [[20, 20], [21, 0], [0, 21]].map(|ids| packets(&packet(ids)).count());
        assert_eq!(read, [1, 0, 0]);
    }
}
