//! Linux cooked captures: the link header that stands in where there is no real one (LINKTYPE_LINUX_SLL and _SLL2).

use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// Version 1: packet type, hardware type, address length, address, protocol.
pub(super) fn v1<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (header, rest) = from.take::<16>()?;
    let &[_, _, h0, h1, .., p0, p1] = header;
    Ok(payload(u16::from_be_bytes([h0, h1]), u16::from_be_bytes([p0, p1]), rest))
}

/// Version 2: protocol, reserved, interface, hardware type, packet type, address length, address.
pub(super) fn v2<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (header, rest) = from.take::<20>()?;
    let &[p0, p1, _, _, _, _, _, _, h0, h1, ..] = header;
    Ok(payload(u16::from_be_bytes([h0, h1]), u16::from_be_bytes([p0, p1]), rest))
}

/// The protocol is an EtherType, except on interfaces of a few hardware types (Linux if_arp.h).
fn payload<'a>(hardware: u16, protocol: u16, rest: Slice<'a>) -> Option<Next<'a>> {
    const NETLINK: u16 = 824;
    const IEEE_802_3: u16 = 0x0001;
    const LLC: u16 = 0x0004;
    match (hardware, protocol) {
        (NETLINK, _) | (_, IEEE_802_3) => None,
        (_, LLC) => Some(Next::Llc(rest)),
        (_, ethertype) => Some(Next::EtherType(ethertype, rest)),
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::Body;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    fn header_v1(hardware: u8, protocol: u16) -> Vec<u8> {
        let hardware = if hardware == 0 { [0x03, 0x38] } else { [0, hardware] };
        [&[0, 0], &hardware[..], &[0, 6, 2, 0, 0, 0, 0, 1, 0, 0], &protocol.to_be_bytes()].concat()
    }

    #[test]
    fn version_1() {
        assert!(finds(113, &[&header_v1(1, 0x0800), &v4_packet()]));
        assert!(finds(113, &[&header_v1(1, 0x86dd), &v6_packet()]));
        assert!(finds(113, &[&header_v1(1, 0x8100), &[0, 7, 8, 0], &v4_packet()]));
        assert!(finds(113, &[&header_v1(1, 4), &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4_packet()]));
    }

    #[test]
    fn version_2() {
        let header = [8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0];
        assert!(finds(276, &[&header, &v4_packet()]));
    }

    #[test]
    fn netlink_is_no_packet() {
        let frame = [header_v1(0, 0x0800), v4_packet()].concat();
        assert_eq!(read(113, &frame).body, Body::None);
    }
}
