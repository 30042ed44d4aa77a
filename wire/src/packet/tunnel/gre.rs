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
        bit(self.key, KEY) | bit(self.sequence, SEQUENCE) | bit(self.acknowledgment, ACKNOWLEDGMENT) | u16::from(self.version)
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::network::ipv4;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    fn carrier(payload: &[u8]) -> Vec<u8> {
        stack(&[&ipv4::Repr::new([1; 4].into(), [2; 4].into(), 47)], payload)
    }

    fn tunnel(payload: &[u8]) -> Option<(TunnelKind, Option<u32>)> {
        let carrier = carrier(payload);
        read(101, &carrier).tunnels.first().map(|tunnel| (tunnel.kind, tunnel.id))
    }

    #[test]
    fn every_optional_field_is_stepped_over() {
        let plain = [&[0, 0, 8, 0][..], &v4_packet()].concat();
        let full = [&[0xb0, 0, 8, 0, 9, 9, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1][..], &v4_packet()].concat();
        let routed = [&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 2, 7, 7, 0, 0, 0, 0][..], &v4_packet()].concat();
        for (packet, id) in [(plain, None), (full, Some(5)), (routed, None)] {
            assert!(finds(101, &[&carrier(&packet)]));
            assert_eq!(tunnel(&packet), Some((TunnelKind::Gre, id)));
        }
    }

    #[test]
    fn pptp_carries_ppp_and_its_call() {
        let header = [0x30, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 3, 0, 0x21];
        let packet = [&header[..], &v4_packet()].concat();
        assert!(finds(101, &[&carrier(&packet)]));
        assert_eq!(tunnel(&packet), Some((TunnelKind::Pptp, Some(7))));
    }

    #[test]
    fn mirrored_frames_of_every_type() {
        let ethernet = [&[0; 12][..], &[8, 0], &v4_packet()].concat();
        let first = [&[0, 0, 0x88, 0xbe][..], &ethernet].concat();
        let second = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 3, 0, 0, 0, 0][..], &ethernet].concat();
        let third_header = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 5, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0];
        let third = [&third_header[..], &ethernet].concat();
        let mut longer = [&third_header[..], &[9; 8], &ethernet].concat();
        longer[19] = 1;
        for (packet, id) in [(first, None), (second, Some(3)), (third, Some(3)), (longer, Some(3))] {
            assert!(finds(101, &[&carrier(&packet)]), "{packet:02x?}");
            assert_eq!(tunnel(&packet), Some((TunnelKind::Erspan, id)));
        }
    }

    #[test]
    fn redirected_packets_with_and_without_a_header() {
        assert!(finds(101, &[&carrier(&[&[0, 0, 0x88, 0x3e][..], &v4_packet()].concat())]));
        assert!(finds(101, &[&carrier(&[&[0, 0, 0x88, 0x3e, 1, 0, 0, 0][..], &v6_packet()].concat())]));
    }

    #[test]
    fn metadata_stands_behind_the_ethertype() {
        let header = [0, 0, 0x89, 0x09, 8, 0, 1, 1, 0, 1, 0, 7];
        assert!(finds(101, &[&carrier(&[&header[..], &v4_packet()].concat())]));
    }

    #[test]
    fn what_is_no_packet_is_a_packet_of_its_own_carrier() {
        let keepalive = carrier(&[0, 0, 0, 0]);
        let found = read(101, &keepalive);
        assert!(found.tunnels.is_empty() && found.fault.is_none());
        assert_eq!(found.ip().unwrap().proto, 47);
        assert!(read(101, &carrier(&[0, 2, 8, 0])).is_malformed());
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            protocol: u16,
            key: Option<u32>,
            sequence: Option<u32>,
            acknowledgment: Option<u32>,
            version in 0_u8..2,
            payload in vec(any::<u8>(), 0..100),
        ) {
            let length = |key: u32| if version == 1 { key & 0xffff | (payload.len() as u32) << 16 } else { key };
            let repr = Repr {
                protocol,
                key: key.map(length),
                sequence,
                acknowledgment: acknowledgment.filter(|_| version == 1),
                version,
            };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(&payload))));
        }
    }
}
