//! PPP frames (RFC 1661), with and without HDLC's address and control (RFC 1662), and Cisco's HDLC.

use super::mpls;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// IPv4.
pub const IPV4: u16 = 0x0021;
/// IPv6.
pub const IPV6: u16 = 0x0057;
const BRIDGING: u16 = 0x0031;
const MULTILINK: u16 = 0x003d;
const MPLS: u16 = 0x0281;

/// A PPP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// The protocol's number (IANA PPP numbers).
    pub protocol: u16,
}

impl Repr {
    /// Reads the protocol, after address and control where they were not compressed away. A protocol of one byte is odd.
    ///
    /// # Errors
    /// As [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let from = if from.u16(0) == Some(0xff03) { from.skip(2)? } else { from };
        let (&[first], short) = from.take::<1>()?;
        if first & 1 == 1 {
            return Ok((Repr { protocol: first.into() }, short));
        }
        let (&[p0, p1], rest) = from.take::<2>()?;
        Ok((Repr { protocol: u16::from_be_bytes([p0, p1]) }, rest))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        2
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        prepend(packet, &self.protocol.to_be_bytes());
    }
}

/// The layer inside, where this crate reads on.
pub(in crate::packet) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (repr, rest) = Repr::parse(from)?;
    Ok(match repr.protocol {
        IPV4 => Some(Next::Ipv4(rest)),
        IPV6 => Some(Next::Ipv6(rest)),
        MPLS => mpls::next(rest)?,
        BRIDGING => bridged(rest)?,
        MULTILINK => multilink(rest)?,
        _ => None,
    })
}

/// Flags and MAC type, then for type 1 an Ethernet frame (RFC 3518 section 4.2).
fn bridged<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[_, mac_type], rest) = from.take::<2>()?;
    Ok((mac_type == 1).then_some(Next::Ethernet(rest)))
}

/// The first fragment of a multilink packet begins with a PPP header (RFC 1990, long sequence numbers).
fn multilink<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[flags, ..], rest) = from.take::<4>()?;
    Ok((flags & 0x80 != 0).then_some(Next::Ppp(rest)))
}

/// Cisco HDLC: address, control, EtherType.
pub(super) fn cisco_hdlc<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let (&[_, _, t0, t1], rest) = from.take::<4>()?;
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), rest))
}

/// PPP or Cisco's format on a serial line: the address byte tells.
pub(super) fn serial<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    match from.peek::<2>()? {
        [0x0f | 0x8f, 0x00] => cisco_hdlc(from),
        _ => Ok(Next::Ppp(from)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::Body;
    use crate::packet::emit::stack;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    #[test]
    fn address_control_and_the_protocols_first_byte_may_be_left_out() {
        for header in [&[0xff, 0x03, 0x00, 0x21][..], &[0x00, 0x21], &[0x21], &[0xff, 0x03, 0x21]] {
            assert!(finds(9, &[header, &v4_packet()]), "{header:02x?}");
        }
        assert!(finds(9, &[&[0xff, 0x03, 0x00, 0x57], &v6_packet()]));
    }

    #[test]
    fn carriers_of_packets() {
        let ethernet = [&[0; 12][..], &[8, 0]].concat();
        assert!(finds(9, &[&[0x02, 0x81], &[0, 1, 1, 64], &v4_packet()]));
        assert!(finds(9, &[&[0x00, 0x31], &[0, 1], &ethernet, &v4_packet()]));
        assert!(finds(9, &[&[0x00, 0x3d], &[0xc0, 0, 0, 1], &[0x00, 0x21], &v4_packet()]));
    }

    #[test]
    fn a_later_multilink_fragment_is_no_packet() {
        let frame = [&[0x00, 0x3d, 0x40, 0, 0, 1, 0x00, 0x21][..], &v4_packet()].concat();
        assert!(read(9, &frame).ip().is_none());
    }

    #[test]
    fn cisco_hdlc_is_told_by_its_address() {
        assert!(finds(104, &[&[0x0f, 0, 8, 0], &v4_packet()]));
        assert!(finds(50, &[&[0x8f, 0, 0x86, 0xdd], &v6_packet()]));
    }

    #[test]
    fn control_protocols_are_named_ppp() {
        assert_eq!(read(9, &[0xc0, 0x21, 1, 1, 0, 4]).body, Body::Other { ethertype: 0x880b });
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(high in 0_u8..128, low: u8) {
            let repr = Repr { protocol: u16::from_be_bytes([high << 1, low]) };
            let bytes = stack(&[&repr], b"x");
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(b"x"))));
        }
    }
}
