//! What vendors' devices and drivers put before or into a frame: Apple's pktap, Juniper's magic, switch tags, ATM and
//! Hilscher headers.

use super::{LinkType, ethernet, frame_relay, llc, null};
use crate::packet::dissection::Mac;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// Apple's pktap: header length, record type, link type of what follows, all little-endian.
pub(super) fn pktap<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    const PACKET: u32 = 1;
    let (&[l0, l1, l2, l3, k0, k1, k2, k3, t0, t1, t2, t3], _) = from.take::<12>()?;
    let len = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if len < 12 {
        return Err(Malformed::HeaderLength.into());
    }
    let frame = from.skip(len)?;
    let link = LinkType(u32::from_le_bytes([t0, t1, t2, t3]));
    Ok((u32::from_le_bytes([k0, k1, k2, k3]) == PACKET).then_some(Next::Link(link, frame)))
}

/// Juniper: magic, flags, extensions with their total length, then a frame of type `link`, or an address family and a
/// packet where the flags say that there is no link header.
pub(super) fn juniper<'a>(from: Slice<'a>, link: LinkType) -> Result<Option<Next<'a>>, Fault> {
    const EXTENDED: u8 = 0x80;
    const NO_LINK_HEADER: u8 = 0x02;
    let (&[m0, m1, m2, flags], mut rest) = from.take::<4>()?;
    if [m0, m1, m2] != *b"MGC" {
        return Err(Malformed::Version.into());
    }
    if flags & EXTENDED != 0 {
        let (&[l0, l1], after) = rest.take::<2>()?;
        rest = after.skip(u16::from_be_bytes([l0, l1]).into())?;
    }
    if flags & NO_LINK_HEADER != 0 {
        let (family, packet) = rest.take::<4>()?;
        return Ok(null::by_family(null::small(u32::from_be_bytes(*family)), packet));
    }
    Ok(Some(Next::Link(link, rest)))
}

/// An Ethernet frame with a switch's tag of `len` bytes between its addresses and its type.
pub(super) fn switch_tagged<'a>(from: Slice<'a>, len: usize) -> Result<Next<'a>, Fault> {
    let (dst, rest) = from.take::<6>()?;
    let (src, rest) = rest.take::<6>()?;
    let (&[t0, t1], payload) = rest.skip(len)?.take::<2>()?;
    let next = ethernet::next(u16::from_be_bytes([t0, t1]), payload);
    let macs = [Mac(*src), Mac(*dst)];
    Ok(match next {
        Next::EtherType(ethertype, payload) => Next::Typed { macs, ethertype, payload },
        _ => Next::Addressed { macs, payload },
    })
}

/// ATM: LLC, or ISO's identifier after the header that announces it (RFC 2684).
pub(super) fn atm<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    match from.peek::<3>()? {
        [0xfe, 0xfe, 0x03] => {
            let (&[identifier], rest) = from.skip(3)?.take::<1>()?;
            frame_relay::network_layer(identifier, rest)
        }
        _ => llc::next(from),
    }
}

/// SunATM: kind of traffic in the lower half of the first byte, virtual path, virtual circuit.
pub(super) fn sun_atm<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    const LLC: u8 = 2;
    let (&[kind, ..], rest) = from.take::<4>()?;
    if kind & 0x0f == LLC { atm(rest) } else { Ok(None) }
}
