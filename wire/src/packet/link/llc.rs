//! LLC (IEEE 802.2) and SNAP headers.

use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const SNAP: u8 = 0xaa;
const IP: u8 = 0x06;

/// The layer inside, where this crate reads on.
pub(in crate::packet) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[dsap, ssap, control], rest) = from.take::<3>()?;
    match (dsap & 0xfe, ssap & 0xfe) {
        (SNAP, SNAP) if control == 0x03 => snap(rest),
        (IP, IP) if control == 0x03 => Ok(Some(Next::Ip(rest))),
        _ => Ok(None),
    }
}

/// Who numbers the protocol, then its number (IEEE 802 clause 9.2).
pub(super) fn snap<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[o0, o1, o2, p0, p1], rest) = from.take::<5>()?;
    let protocol = u16::from_be_bytes([p0, p1]);
    Ok(match [o0, o1, o2] {
        [0x00, 0x00, 0x00] | [0x00, 0x00, 0xf8] => Some(Next::EtherType(protocol, rest)),
        [0x00, 0x80, 0xc2] => bridged(protocol, rest),
        _ => None,
    })
}

/// A bridged Ethernet frame, with and without its check sequence (RFC 2427 section 4.2).
fn bridged<'a>(protocol: u16, rest: Slice<'a>) -> Option<Next<'a>> {
    match protocol {
        0x01 => Some(Next::Ethernet(rest.without_trailer(4))),
        0x07 => Some(Next::Ethernet(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::Body;
    use crate::packet::testing::{finds, packet_without_length, read, v4_packet, v6_packet};

    /// Fibre Channel has LLC right behind two addresses of eight bytes.
    const LLC_LINK: u32 = 122;
    const ADDRESSES: [u8; 16] = [0; 16];

    fn finds_behind(llc: &[u8], packet: &[u8]) -> bool {
        finds(LLC_LINK, &[&ADDRESSES, llc, packet])
    }

    #[test]
    fn snap_names_an_ethertype() {
        assert!(finds_behind(&[0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00], &v4_packet()));
        assert!(finds_behind(&[0xaa, 0xaa, 3, 0, 0, 0xf8, 0x86, 0xdd], &v6_packet()));
    }

    #[test]
    fn ip_has_a_service_access_point_of_its_own() {
        assert!(finds_behind(&[6, 6, 3], &v4_packet()));
    }

    #[test]
    fn a_bridged_frame_is_a_frame() {
        let ethernet = [&[0; 12][..], &[8, 0]].concat();
        let packet = [&ethernet[..], &v4_packet()].concat();
        assert!(finds_behind(&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7], &packet));
        let checked = [&ethernet[..], &packet_without_length(), &[1, 2, 3, 4]].concat();
        assert!(finds_behind(&[0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 1], &checked));
    }

    #[test]
    fn anything_else_is_named_llc() {
        let frame = [&ADDRESSES[..], &[0x42, 0x42, 3, 0]].concat();
        assert_eq!(read(LLC_LINK, &frame).body, Body::Other { ethertype: 4 });
    }
}
