//! Ethernet II and IEEE 802.3 frames.

use super::ethertype;
use crate::packet::dissection::Mac;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

const HEADER_LEN: usize = 14;
/// Type fields up to here are lengths (IEEE 802.3 clause 3.2.6).
pub(in crate::packet) const MAX_LENGTH: u16 = 1500;

/// An Ethernet header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Destination.
    pub dst: Mac,
    /// Source.
    pub src: Mac,
    /// EtherType, or the length of an LLC payload where it is 1500 or less.
    pub ethertype: u16,
}

impl Repr {
    /// Reads the header. What follows may end in padding; that of an 802.3 frame is cut off here.
    ///
    /// # Errors
    /// As [`Slice::take`].
    #[inline]
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1], rest) = from.take::<HEADER_LEN>()?;
        let repr = Repr { dst: Mac([d0, d1, d2, d3, d4, d5]), src: Mac([s0, s1, s2, s3, s4, s5]), ethertype: u16::from_be_bytes([t0, t1]) };
        Ok((repr, if repr.ethertype <= MAX_LENGTH { rest.limit(repr.ethertype.into()) } else { rest }))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        HEADER_LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend(self.dst.0);
        header.extend(self.src.0);
        header.extend(self.ethertype.to_be_bytes());
        prepend(packet, &header);
    }
}

/// Whether these bytes look like an Ethernet frame with something inside that this crate reads. Asked before a guess
/// (a UDP port, an MPLS label) is believed.
pub(in crate::packet) fn is_plausible(frame: Slice<'_>) -> bool {
    let Ok((repr, mut rest)) = Repr::parse(frame) else {
        return false;
    };
    let mut ethertype = repr.ethertype;
    for _ in 0..crate::packet::dissection::MAX_VLANS {
        if !ethertype::is_vlan(ethertype) {
            break;
        }
        let Ok((&[_, _, t0, t1], inner)) = rest.take::<4>() else {
            return false;
        };
        (ethertype, rest) = (u16::from_be_bytes([t0, t1]), inner);
    }
    match ethertype {
        ethertype::IPV4 => crate::packet::network::ipv4::is_plausible(rest),
        ethertype::IPV6 => crate::packet::network::ipv6::is_plausible(rest),
        ethertype::ARP => rest.u16(2) == Some(ethertype::IPV4),
        ethertype::MPLS | ethertype::PPPOE_SESSION | ethertype::PPPOE_DISCOVERY | ethertype::LLDP => true,
        length => length > 2 && length <= MAX_LENGTH && rest.holds(length.into()) && rest.u8(0) == rest.u8(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{arp_packet, finds, read, v4_packet, v6_packet};

    const HEADER: [u8; 14] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let (repr, rest) = Repr::parse(Slice::whole(&HEADER)).unwrap();
        assert_eq!(repr.dst.to_string(), "02:00:00:00:00:02");
        assert_eq!(repr.src.to_string(), "02:00:00:00:00:01");
        assert_eq!(repr.ethertype, 0x0800);
        assert!(rest.is_empty());
    }

    #[test]
    fn padding_is_not_payload() {
        assert!(finds(1, &[&HEADER, &v4_packet(), &[0; 12]]));
    }

    #[test]
    fn the_length_of_an_llc_frame_cuts_its_padding() {
        let header = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 3];
        let frame = [&header[..], &[0x42, 0x42, 0x03], &[0; 43]].concat();
        let (_, rest) = Repr::parse(Slice::whole(&frame)).unwrap();
        assert_eq!(rest.bytes(), [0x42, 0x42, 0x03]);
    }

    #[test]
    fn the_outermost_addresses_are_told_source_first() {
        let macs = read(1, &HEADER).macs.unwrap();
        assert_eq!(macs, [Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2])]);
    }

    #[test]
    fn a_frame_is_plausible_when_its_payload_fits_its_type() {
        let frame = |ethertype: u16, payload: &[u8]| [&HEADER[..12], &ethertype.to_be_bytes(), payload].concat();
        let is_plausible = |ethertype, payload: &[u8]| is_plausible(Slice::whole(&frame(ethertype, payload)));
        assert!(is_plausible(0x0800, &v4_packet()));
        assert!(is_plausible(0x86dd, &v6_packet()));
        assert!(is_plausible(0x0806, &arp_packet()));
        assert!(is_plausible(0x8100, &[&[0, 7, 8, 0], &v4_packet()[..]].concat()));
        assert!(!is_plausible(0x0800, &v6_packet()));
        assert!(!is_plausible(0x86dd, &v4_packet()));
        assert!(!is_plausible(0x0800, &v4_packet()[..30]));
        let mut big = v4_packet();
        big[2..4].fill(0);
        assert!(!is_plausible(0x0800, &big));
        big.resize(70_000, 0);
        assert!(is_plausible(0x0800, &big));
        let mut big = v6_packet();
        big[4..6].fill(0);
        assert!(!is_plausible(0x86dd, &big));
        big[6] = 59;
        assert!(is_plausible(0x86dd, &big[..40]));
        big[6] = 6;
        big.resize(70_000, 0);
        assert!(is_plausible(0x86dd, &big));
        assert!(!is_plausible(0x1234, &v4_packet()));
        assert!(!is_plausible(40, &[0x42, 0x42, 3]));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(dst: [u8; 6], src: [u8; 6], ethertype in 1501_u16.., payload: Vec<u8>) {
            let repr = Repr { dst: Mac(dst), src: Mac(src), ethertype };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(&payload))));
        }
    }
}
