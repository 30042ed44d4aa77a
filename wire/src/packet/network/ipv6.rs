//! IPv6 (RFC 8200).

use std::net::Ipv6Addr;

use super::{Datagram, Parsed, extensions};
use crate::packet::checksum;
use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;

const HEADER_LEN: usize = 40;
const NO_NEXT_HEADER: u8 = 59;

/// An IPv6 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Source address.
    pub src: Ipv6Addr,
    /// Destination address.
    pub dst: Ipv6Addr,
    /// Number of the extension header or protocol that follows.
    pub next_header: u8,
    /// Hop limit.
    pub hop_limit: u8,
    /// Differentiated services and congestion notification.
    pub traffic_class: u8,
    /// Flow label, 20 bits.
    pub flow_label: u32,
}

impl Repr {
    /// A plain header with hop limit 64.
    pub fn new(src: Ipv6Addr, dst: Ipv6Addr, next_header: u8) -> Self {
        Repr { src, dst, next_header, hop_limit: 64, traffic_class: 0, flow_label: 0 }
    }

    /// Reads the header; what follows is the payload, extension headers first. A length of zero is taken as all that
    /// was sent: a jumbogram (RFC 2675), or left to segmentation offload.
    ///
    /// # Errors
    /// [`Malformed::IpVersion`] and [`Malformed::Short`] where the addresses cannot be trusted to be there. Where only the
    /// length is a lie, the header comes with that fault beside it.
    #[inline(always)]
    pub fn parse<'a>(from: Slice<'a>) -> Result<Parsed<'a, Repr>, Fault> {
        let (first, rest) = from.take::<8>()?;
        let &[v, c, l0, l1, p0, p1, next_header, hop_limit] = first;
        if v >> 4 != 6 {
            return Err(Malformed::IpVersion.into());
        }
        let (src, rest) = rest.take::<16>()?;
        let (dst, rest) = rest.take::<16>()?;
        let repr = Repr {
            src: Ipv6Addr::from(*src),
            dst: Ipv6Addr::from(*dst),
            next_header,
            hop_limit,
            traffic_class: v << 4 | c >> 4,
            flow_label: u32::from_be_bytes([0, c & 0xf, l0, l1]),
        };
        let (payload, fault) = match usize::from(u16::from_be_bytes([p0, p1])) {
            0 => (rest, None),
            len if !rest.holds(len) => (rest, Some(Malformed::Ipv6PayloadLength.into())),
            len => (rest.limit(len), None),
        };
        Ok(Parsed { repr, payload, len: HEADER_LEN + payload.len(), fault })
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// Fills in the checksum of the transport that it carries, too, where that follows at once.
    fn emit(&self, packet: &mut Vec<u8>) {
        checksum::fill_transport(packet, self.src.into(), self.dst.into(), self.next_header);
        let class_and_label = u32::from(self.traffic_class) << 20 | self.flow_label & 0xf_ffff;
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend((6 << 28 | class_and_label).to_be_bytes());
        header.extend(u16_len(packet.len()).to_be_bytes());
        header.extend([self.next_header, self.hop_limit]);
        header.extend(self.src.octets());
        header.extend(self.dst.octets());
        prepend(packet, &header);
    }
}

/// The packet as far as its transport.
#[inline(always)]
pub(in crate::packet) fn datagram<'a>(from: Slice<'a>) -> Result<Datagram<'a>, Fault> {
    let Parsed { repr, payload, len, fault } = Repr::parse(from)?;
    let (proto, payload, piece, fault) = if extensions::is_extension(repr.next_header) {
        let chain = extensions::skip(repr.next_header, payload);
        (chain.proto, chain.payload, chain.piece, fault.or(chain.fault))
    } else {
        (repr.next_header, payload, None, fault)
    };
    Ok(Datagram { src: repr.src.into(), dst: repr.dst.into(), ttl: repr.hop_limit, len, proto, payload, piece, fault })
}

/// Whether these bytes look like an IPv6 packet. Asked before a guess is believed. A length of zero is believed of a packet
/// without contents and where the packet is too long for the field.
pub(in crate::packet) fn is_plausible(packet: Slice<'_>) -> bool {
    let Ok((&[v, _, _, _, p0, p1, next_header, ..], rest)) = packet.take::<HEADER_LEN>() else {
        return false;
    };
    let is_length_plausible = match usize::from(u16::from_be_bytes([p0, p1])) {
        0 => next_header == NO_NEXT_HEADER || rest.len() > usize::from(u16::MAX),
        len => rest.holds(len),
    };
    v >> 4 == 6 && is_length_plausible
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{read, v6_packet};
    use crate::packet::transport::icmp;

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let mut bytes = vec![0x6a, 0xb1, 0x23, 0x45, 0x00, 0x01, 0x06, 0x40];
        bytes.extend([0x11; 16]);
        bytes.extend([0x22; 16]);
        bytes.extend([7, 0, 0]);
        let Parsed { repr, payload, fault, .. } = Repr::parse(Slice::whole(&bytes)).unwrap();
        let expected = Repr {
            src: [0x11; 16].into(),
            dst: [0x22; 16].into(),
            next_header: 6,
            hop_limit: 64,
            traffic_class: 0xab,
            flow_label: 0x12345,
        };
        assert_eq!((repr, payload.bytes(), fault), (expected, &[7][..], None));
    }

    #[test]
    fn the_transports_checksum_is_right() {
        let ip = Repr::new([0; 16].into(), [0; 16].into(), 58);
        let echo = icmp::Repr { version: icmp::Version::V6, ty: 128, code: 0 };
        // 8000 and the pseudo-header: length 8, next header 3a.
        assert_eq!(stack(&[&ip, &echo], &[0; 4])[42..44], (!0x8042_u16).to_be_bytes());
    }

    #[test]
    fn a_length_of_zero_is_a_jumbogram_or_what_offload_leaves() {
        let mut packet = v6_packet();
        packet[4..6].fill(0);
        let found = read(229, &packet);
        assert_eq!((found.fault, found.ip().unwrap().ip_len), (None, packet.len() as u32));
    }

    #[test]
    fn a_length_beyond_the_frame_is_a_lie_that_does_not_cost_the_ports() {
        let mut packet = v6_packet();
        packet[5] = 200;
        let found = read(229, &packet);
        assert_eq!(found.fault, Some(Malformed::Ipv6PayloadLength.into()));
        assert_eq!(found.ip().unwrap().transport.ports(), Some((1000, 2000)));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            (src, dst, next_header, hop_limit, traffic_class) in any::<(u128, u128, u8, u8, u8)>(),
            flow_label in 0_u32..1 << 20,
            payload in vec(any::<u8>(), 1..100),
        ) {
            let repr =
                Repr { src: src.into(), dst: dst.into(), next_header, hop_limit, traffic_class, flow_label };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            let Parsed { repr: parsed, payload: rest, fault, .. } = Repr::parse(Slice::whole(&bytes)).unwrap();
            prop_assert_eq!((parsed, rest.len(), fault), (repr, payload.len(), None));
        }
    }
}
