//! Token Ring (IEEE 802.5), FDDI (ANSI X3T9.5) and ARCNET (ANSI 878.1).

use super::ethertype::LLC;
use crate::packet::dissection::Mac;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// The type bits of a frame control byte, and their value for a frame with LLC.
const TOKEN_RING_TYPE: u8 = 0xc0;
const TOKEN_RING_LLC: u8 = 0x40;
const FDDI_TYPE: u8 = 0xf0;
const FDDI_LLC: u8 = 0x50;

/// Access and frame control, addresses, and where the source's first bit is set a route.
pub(super) fn token_ring<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[_, control], rest) = from.take::<2>()?;
    let (dst, rest) = rest.take::<6>()?;
    let (&[s0, s1, s2, s3, s4, s5], rest) = rest.take::<6>()?;
    if control & TOKEN_RING_TYPE != TOKEN_RING_LLC {
        return Ok(None);
    }
    const ROUTED: u8 = 0x80;
    let payload = if s0 & ROUTED != 0 {
        let &[route] = rest.peek::<1>()?;
        rest.skip(usize::from(route & 0x1f).max(2))?
    } else {
        rest
    };
    let macs = [Mac([s0 & !ROUTED, s1, s2, s3, s4, s5]), Mac(*dst)];
    Ok(Some(Next::Addressed { macs, ethertype: LLC, payload }))
}

/// Frame control and addresses, whose bits come in the order of the ring.
pub(super) fn fddi<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[control], rest) = from.take::<1>()?;
    let (dst, rest) = rest.take::<6>()?;
    let (src, payload) = rest.take::<6>()?;
    if control & FDDI_TYPE != FDDI_LLC {
        return Ok(None);
    }
    let macs = [src, dst].map(|address| Mac(address.map(u8::reverse_bits)));
    Ok(Some(Next::Addressed { macs, ethertype: LLC, payload }))
}

/// Source, destination, protocol.
pub(super) fn arcnet<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[_, _, protocol], rest) = from.take::<3>()?;
    arcnet_payload(protocol, rest)
}

/// Linux puts the frame's offset, two bytes, before the protocol.
pub(super) fn arcnet_linux<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[_, _, _, _, protocol], rest) = from.take::<5>()?;
    arcnet_payload(protocol, rest)
}

/// RFC 1201's protocols have a split flag and a sequence number, RFC 1051's have not.
fn arcnet_payload<'a>(protocol: u8, rest: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match protocol {
        0xf0 => Some(Next::Ipv4(rest)),
        0xf1 => Some(Next::Arp(rest)),
        0xd4 => unsplit(rest)?.map(Next::Ipv4),
        0xd5 => unsplit(rest)?.map(Next::Arp),
        0xc4 => unsplit(rest)?.map(Next::Ipv6),
        _ => None,
    })
}

/// The packet where it is not split. A flag of 0xff pads a frame of an impossible length.
fn unsplit<'a>(from: Slice<'a>) -> Result<Option<Slice<'a>>, Fault> {
    let from = if from.u8(0) == Some(0xff) { from.skip(4)? } else { from };
    let (&[split, _, _], rest) = from.take::<3>()?;
    Ok((split == 0).then_some(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    const SNAP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

    #[test]
    fn token_ring_with_and_without_a_route() {
        let plain = [0x10, 0x40, 2, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1];
        let routed = [0x10, 0x40, 2, 0, 0, 0, 0, 2, 0x82, 0, 0, 0, 0, 1, 0x06, 0, 1, 2, 3, 4];
        assert!(finds(6, &[&plain, &SNAP, &v4_packet()]));
        assert!(finds(6, &[&routed, &SNAP, &v4_packet()]));
        assert_eq!(read(6, &routed).macs, Some([Mac([2, 0, 0, 0, 0, 1]), Mac([2, 0, 0, 0, 0, 2])]));
    }

    #[test]
    fn fddi_addresses_come_in_the_order_of_the_ring() {
        let header = [0x50, 0xaa, 0, 0x04, 0, 0x83, 0xa7, 0xaa, 0, 0x04, 0, 0x82, 0xa7];
        assert!(finds(10, &[&header, &SNAP, &v4_packet()]));
        let dst = Mac([0x55, 0, 0x20, 0, 0xc1, 0xe5]);
        assert_eq!(read(10, &header).macs.map(|[_, dst]| dst), Some(dst));
    }

    #[test]
    fn tokens_and_management_hold_no_packet() {
        assert!(read(6, &[&[0x10, 0x00][..], &[0; 12], &SNAP, &v4_packet()].concat()).ip().is_none());
        assert!(read(10, &[&[0xc0][..], &[0; 12], &SNAP, &v4_packet()].concat()).ip().is_none());
    }

    #[test]
    fn arcnet_of_both_rfcs() {
        assert!(finds(7, &[&[1, 2, 0xf0], &v4_packet()]));
        assert!(finds(7, &[&[1, 2, 0xd4, 0, 0, 1], &v4_packet()]));
        assert!(finds(129, &[&[1, 2, 0, 0, 0xd4, 0, 0, 1], &v4_packet()]));
        assert!(finds(129, &[&[1, 2, 0, 0, 0xc4, 0xff, 0xff, 0xff, 0xff, 0, 0, 1], &v6_packet()]));
        assert!(!finds(7, &[&[1, 2, 0xd4, 1, 0, 1], &v4_packet()]));
    }
}
