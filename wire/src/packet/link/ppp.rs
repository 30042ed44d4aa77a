//! PPP frames (RFC 1661), with and without HDLC's address and control (RFC 1662), and Cisco's HDLC.

use super::{ethernet, mpls};
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
    Ok(ethernet::next(u16::from_be_bytes([t0, t1]), rest))
}

/// PPP or Cisco's format on a serial line: the address byte tells.
pub(super) fn serial<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    match from.peek::<2>()? {
        [0x0f | 0x8f, 0x00] => cisco_hdlc(from),
        _ => Ok(Next::Ppp(from)),
    }
}
