//! Ethernet II and IEEE 802.3 frames.

use super::ethertype;
use crate::packet::dissection::Mac;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const HEADER_LEN: usize = 14;
/// Type fields up to here are lengths (IEEE 802.3 clause 3.2.6).
const MAX_LENGTH: u16 = 1500;

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
        let (&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1], rest) =
            from.take::<HEADER_LEN>()?;
        let repr = Repr {
            dst: Mac([d0, d1, d2, d3, d4, d5]),
            src: Mac([s0, s1, s2, s3, s4, s5]),
            ethertype: u16::from_be_bytes([t0, t1]),
        };
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

/// What a type or length field announces.
#[inline]
pub(in crate::packet) fn next<'a>(type_or_length: u16, payload: Slice<'a>) -> Next<'a> {
    match type_or_length {
        ethertype::IPV4 => Next::Ipv4(payload),
        ethertype::IPV6 => Next::Ipv6(payload),
        0..=MAX_LENGTH => Next::Llc(payload),
        ethertype => Next::EtherType(ethertype, payload),
    }
}

/// Whether these bytes look like an Ethernet frame with something inside that this crate reads. Asked before a guess
/// (a UDP port, an MPLS label) is believed.
pub(in crate::packet) fn is_plausible(frame: Slice<'_>) -> bool {
    let Ok((repr, mut rest)) = Repr::parse(frame) else { return false };
    let mut ethertype = repr.ethertype;
    for _ in 0..crate::packet::dissection::MAX_VLANS {
        if !ethertype::is_vlan(ethertype) {
            break;
        }
        let Ok((&[_, _, t0, t1], inner)) = rest.take::<4>() else { return false };
        (ethertype, rest) = (u16::from_be_bytes([t0, t1]), inner);
    }
    match ethertype {
        ethertype::IPV4 => crate::packet::network::ipv4::is_plausible(rest),
        ethertype::IPV6 => crate::packet::network::ipv6::is_plausible(rest),
        ethertype::ARP => rest.u16(2) == Some(ethertype::IPV4),
        ethertype::MPLS | ethertype::PPPOE_SESSION | ethertype::PPPOE_DISCOVERY | ethertype::LLDP => true,
        length => length > 2 && length <= MAX_LENGTH && usize::from(length) <= rest.len() && rest.u8(0) == rest.u8(1),
    }
}
