//! GRE (RFC 2784, 2890), its first edition's routing (RFC 1701), and PPTP's (RFC 2637).

use super::{Inside, Via, erspan};
use crate::packet::dissection::TunnelKind;
use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::link::ethertype;
use crate::packet::network;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;
const WCCP: u16 = 0x883e;
/// What Aruba's access points send to their controllers: 802.11 frames.
const ARUBA_FIRST: u16 = 0x8200;
const ARUBA_LAST: u16 = 0x82ff;

/// A GRE header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// EtherType of the payload.
    pub protocol: u16,
    /// The key, or in version 1 its two halves: payload length and call.
    pub key: Option<u32>,
    /// Sequence number.
    pub sequence: Option<u32>,
    /// Acknowledgment number, in version 1.
    pub acknowledgment: Option<u32>,
    /// 0, or 1 in PPTP.
    pub version: u8,
}

impl Repr {
    /// Reads the header. Checksum and routing are read over.
    ///
    /// # Errors
    /// [`Malformed::Version`] above version 1, else as [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[f0, f1, p0, p1], mut rest) = from.take::<4>()?;
        let flags = u16::from_be_bytes([f0, f1]);
        let version = (flags & VERSION) as u8;
        if version > 1 {
            return Err(Malformed::Version.into());
        }
        if flags & (CHECKSUM | ROUTING) != 0 {
            rest = rest.skip(4)?;
        }
        let mut word = |bit| {
            if flags & bit == 0 {
                return Ok(None);
            }
            let (bytes, after) = rest.take::<4>()?;
            rest = after;
            Ok::<_, Fault>(Some(u32::from_be_bytes(*bytes)))
        };
        let key = word(KEY)?;
        let sequence = word(SEQUENCE)?;
        let acknowledgment = if version == 1 { word(ACKNOWLEDGMENT)? } else { None };
        if flags & ROUTING != 0 {
            rest = routing(rest)?;
        }
        let protocol = u16::from_be_bytes([p0, p1]);
        Ok((Repr { protocol, key, sequence, acknowledgment, version }, rest))
    }

    fn flags(&self) -> u16 {
        let bit = |field: Option<u32>, bit| if field.is_some() { bit } else { 0 };
        bit(self.key, KEY)
            | bit(self.sequence, SEQUENCE)
            | bit(self.acknowledgment, ACKNOWLEDGMENT)
            | u16::from(self.version)
    }
}

/// Source route entries: family, offset, length; the last one is all zero (RFC 1701).
fn routing<'a>(mut rest: Slice<'a>) -> Result<Slice<'a>, Fault> {
    loop {
        let (&[f0, f1, _, len], after) = rest.take::<4>()?;
        rest = after.skip(len.into())?;
        if (f0, f1, len) == (0, 0, 0) {
            return Ok(rest);
        }
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        let words = [self.key, self.sequence, self.acknowledgment];
        4 + 4 * words.iter().flatten().count()
    }

    /// In version 1 the key's upper half becomes the payload's length, as it must be.
    fn emit(&self, packet: &mut Vec<u8>) {
        let key = match (self.version, self.key) {
            (1, Some(key)) => Some(u32::from(u16_len(packet.len())) << 16 | key & 0xffff),
            (_, key) => key,
        };
        let mut header = Vec::with_capacity(self.header_len());
        header.extend(self.flags().to_be_bytes());
        header.extend(self.protocol.to_be_bytes());
        for word in [key, self.sequence, self.acknowledgment].into_iter().flatten() {
            header.extend(word.to_be_bytes());
        }
        prepend(packet, &header);
    }
}

pub(super) fn inside<'a>(from: Slice<'a>) -> Result<Inside<'a>, Fault> {
    let (repr, payload) = Repr::parse(from)?;
    let via = match (repr.version, repr.key) {
        (1, key) => Via { kind: TunnelKind::Pptp, id: key.map(|key| key & 0xffff) },
        (_, key) => Via { kind: TunnelKind::Gre, id: key },
    };
    match repr.protocol {
        ERSPAN => erspan::version_1_or_2(payload, repr.sequence.is_some()).map(Some),
        ERSPAN_III => erspan::version_3(payload).map(Some),
        ethertype::METADATA => Ok(Some((via, tagged(payload)?))),
        ARUBA_FIRST..=ARUBA_LAST => Ok(Some((via, Next::Wlan { frame: payload, padded: false }))),
        WCCP => Ok(Some((via, redirected(payload)?))),
        ethertype => Ok(ethertype::next(ethertype, payload)?.map(|next| (via, next))),
    }
}

/// A redirect header of four bytes may stand before the packet (WCCP version 2); IPv4 tells that it does not.
fn redirected<'a>(payload: Slice<'a>) -> Result<Next<'a>, Fault> {
    match network::version(payload) {
        Some(4) => Ok(Next::Ipv4(payload)),
        _ => Ok(Next::Ip(payload.skip(4)?)),
    }
}

/// Inside GRE the packet's EtherType stands before the metadata, not after it.
fn tagged<'a>(payload: Slice<'a>) -> Result<Next<'a>, Fault> {
    let (&[t0, t1, ..], rest) = payload.take::<8>()?;
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), rest))
}
