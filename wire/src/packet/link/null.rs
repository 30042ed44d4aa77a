//! BSD loopback encapsulation: a socket address family before the packet, in the byte order of whoever captured it
//! (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP).

use super::ppp;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// The packet that the family announces. Some serial interfaces put Cisco's HDLC here.
pub(super) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (bytes, rest) = from.take::<4>()?;
    Ok(match bytes {
        [0x0f | 0x8f, 0x00, _, _] => Some(ppp::cisco_hdlc(from)?),
        [0xff, 0x03, ..] => Some(Next::Ppp(from)),
        _ => by_family(small(u32::from_be_bytes(*bytes)), rest),
    })
}

/// A family is small: the byte order in which it is small is the right one.
pub(super) fn small(family: u32) -> u32 {
    if family > 0xffff { family.swap_bytes() } else { family }
}

/// The packet of an address family. IPv6 has another number on every system.
pub(super) fn by_family<'a>(family: u32, packet: Slice<'a>) -> Option<Next<'a>> {
    match family {
        2 => Some(Next::Ip(packet)),
        10 | 23 | 24 | 28 | 30 => Some(Next::Ipv6(packet)),
        ethertype @ 0x0600..=0xffff => Some(Next::EtherType(ethertype as u16, packet)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::Body;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    #[test]
    fn a_family_is_read_in_either_byte_order() {
        for link in [0, 108] {
            assert!(finds(link, &[&[2, 0, 0, 0], &v4_packet()]));
            assert!(finds(link, &[&[0, 0, 0, 2], &v4_packet()]));
        }
    }

    #[test]
    fn every_systems_number_of_ipv6_is_known() {
        for family in [10, 23, 24, 28, 30] {
            assert!(finds(0, &[&[family, 0, 0, 0], &v6_packet()]), "{family}");
            assert!(finds(0, &[&[0, 0, 0, family], &v6_packet()]), "{family}");
        }
    }

    #[test]
    fn serial_lines_in_disguise() {
        assert!(finds(0, &[&[0x0f, 0, 8, 0], &v4_packet()]));
        assert!(finds(0, &[&[0xff, 3, 0, 0x21], &v4_packet()]));
    }

    #[test]
    fn another_family_is_no_packet() {
        assert_eq!(read(0, &[&[7, 0, 0, 0], &v4_packet()[..]].concat()).body, Body::None);
    }
}
