//! What vendors' devices and drivers put before or into a frame: Apple's pktap, Juniper's magic, switch tags, ATM and
//! Hilscher headers.

use super::{LinkType, frame_relay, llc, null};
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
    Ok(Next::Addressed { macs: [Mac(*src), Mac(*dst)], ethertype: u16::from_be_bytes([t0, t1]), payload })
}

/// ATM: LLC, of which a bridged frame is padded, or ISO's identifier after the header that announces it (RFC 2684).
pub(super) fn atm<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    match from.bytes() {
        [0xfe, 0xfe, 0x03, identifier, ..] => frame_relay::network_layer(*identifier, from.skip(4)?),
        [0xaa, 0xaa, 0x03, 0x00, 0x80, 0xc2, 0x00, 0x01, ..] => Ok(Some(Next::Ethernet(from.skip(10)?.without_trailer(4)))),
        [0xaa, 0xaa, 0x03, 0x00, 0x80, 0xc2, 0x00, 0x07, ..] => Ok(Some(Next::Ethernet(from.skip(10)?))),
        _ => llc::next(from),
    }
}

/// SunATM: kind of traffic in the lower half of the first byte, virtual path, virtual circuit.
pub(super) fn sun_atm<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    const LLC: u8 = 2;
    let (&[kind, ..], rest) = from.take::<4>()?;
    if kind & 0x0f == LLC { atm(rest) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use crate::packet::testing::{finds, packet_without_length, read, v4_packet};

    const ADDRESSES: [u8; 12] = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];

    #[test]
    fn pktap_names_the_link_type() {
        let header = [16, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0, b'e', b'n', b'0', 0];
        assert!(finds(258, &[&header, &v4_packet()]));
        assert!(finds(149, &[&header, &v4_packet()]));
        assert!(read(258, &[8, 0, 0, 0, 1, 0, 0, 0, 101, 0, 0, 0]).is_malformed());
    }

    #[test]
    fn junipers_header_may_be_extended_and_may_stand_for_the_links() {
        let ethernet = [&ADDRESSES[..], &[8, 0]].concat();
        assert!(finds(178, &[b"MGC\x00", &ethernet, &v4_packet()]));
        assert!(finds(178, &[b"MGC\x80", &[0, 3, 1, 1, 1], &ethernet, &v4_packet()]));
        assert!(finds(178, &[b"MGC\x02", &[2, 0, 0, 0], &v4_packet()]));
        assert!(finds(179, &[b"MGC\x00", &[0xff, 3, 0, 0x21], &v4_packet()]));
        assert!(read(178, b"MGD\x00").is_malformed());
    }

    #[test]
    fn switch_tags_stand_between_addresses_and_type() {
        assert!(finds(281, &[&ADDRESSES, &[0; 4], &[8, 0], &v4_packet()]));
        assert!(finds(284, &[&ADDRESSES, &[0; 4], &[8, 0], &v4_packet()]));
        assert!(finds(285, &[&ADDRESSES, &[0xda, 0xda, 0, 0, 0, 0, 0, 0], &[8, 0], &v4_packet()]));
        assert!(finds(282, &[&[0; 4], &ADDRESSES, &[8, 0], &v4_packet()]));
        assert!(read(284, &[&ADDRESSES[..], &[0; 4], &[8, 0]].concat()).macs.is_some());
    }

    #[test]
    fn atm_with_llc_or_isos_identifier() {
        assert!(finds(100, &[&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4_packet()]));
        assert!(finds(11, &[&[0xfe, 0xfe, 3, 0xcc], &v4_packet()]));
        assert!(finds(123, &[&[0x02, 0, 0, 5], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4_packet()]));
        let ethernet = [&ADDRESSES[..], &[8, 0]].concat();
        assert!(finds(100, &[&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0], &ethernet, &v4_packet()]));
        let checked = [&packet_without_length()[..], &[9; 4]].concat();
        assert!(finds(100, &[&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 1, 0, 0], &ethernet, &checked]));
        assert!(!finds(123, &[&[0x01, 0, 0, 5], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4_packet()]));
    }
}
