//! What an EtherType says comes next (IEEE 802 numbers).

use super::{mpls, pppoe};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// IPv4.
pub const IPV4: u16 = 0x0800;
/// ARP.
pub const ARP: u16 = 0x0806;
/// IPv6.
pub const IPV6: u16 = 0x86dd;
/// VLAN tag (802.1Q).
pub const VLAN: u16 = 0x8100;
/// Service VLAN tag (802.1ad).
pub const SERVICE_VLAN: u16 = 0x88a8;
/// Outer VLAN tag, before 802.1ad named one.
pub const OLD_OUTER_VLAN: u16 = 0x9100;
/// MPLS.
pub const MPLS: u16 = 0x8847;
/// MPLS multicast.
pub const MPLS_MULTICAST: u16 = 0x8848;
/// PPPoE discovery.
pub const PPPOE_DISCOVERY: u16 = 0x8863;
/// PPPoE session.
pub const PPPOE_SESSION: u16 = 0x8864;
/// PPP.
pub const PPP: u16 = 0x880b;
/// A bridged Ethernet frame.
pub const BRIDGED_ETHERNET: u16 = 0x6558;
/// Link layer discovery.
pub const LLDP: u16 = 0x88cc;
/// Provider backbone service tag (802.1ah).
pub const BACKBONE_SERVICE: u16 = 0x88e7;
/// Bridge port extension tag (802.1BR).
pub const PORT_EXTENSION: u16 = 0x893f;
/// Virtual interface tag.
pub const VN_TAG: u16 = 0x8926;
/// Cisco metadata, which carries a security group tag.
pub const METADATA: u16 = 0x8909;
/// Network service header.
pub const SERVICE_HEADER: u16 = 0x894f;
/// Cisco's fabric path, around whole frames.
pub const FABRIC_PATH: u16 = 0x8903;
/// LLC in frames too long for a length field.
pub const JUMBO_LLC: u16 = 0x8870;
/// LLC without an EtherType; Linux's number for it.
pub const LLC: u16 = 0x0004;

/// Whether it announces a VLAN tag.
#[inline]
pub fn is_vlan(ethertype: u16) -> bool {
    matches!(ethertype, VLAN | SERVICE_VLAN | OLD_OUTER_VLAN)
}

/// The layer that `ethertype` announces, where this crate reads on.
pub(in crate::packet) fn next<'a>(ethertype: u16, payload: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match ethertype {
        IPV4 => Some(Next::Ipv4(payload)),
        IPV6 => Some(Next::Ipv6(payload)),
        ARP => Some(Next::Arp(payload)),
        VLAN | SERVICE_VLAN | OLD_OUTER_VLAN => Some(Next::EtherType(ethertype, payload)),
        MPLS | MPLS_MULTICAST => mpls::next(payload)?,
        PPPOE_SESSION => Some(pppoe::next(payload)?),
        PPP => Some(Next::Ppp(payload)),
        BRIDGED_ETHERNET => Some(Next::Ethernet(payload)),
        BACKBONE_SERVICE => Some(Next::Ethernet(payload.skip(4)?)),
        PORT_EXTENSION => Some(after(payload, 6)?),
        VN_TAG => Some(after(payload, 4)?),
        METADATA => Some(after(payload, 6)?),
        SERVICE_HEADER => service_header(payload)?,
        FABRIC_PATH => Some(Next::Ethernet(payload.skip(2)?)),
        JUMBO_LLC => Some(Next::Llc(payload)),
        _ => None,
    })
}

/// The type field after `len` bytes of something else, and what it announces.
pub(super) fn after<'a>(payload: Slice<'a>, len: usize) -> Result<Next<'a>, Fault> {
    let (&[t0, t1], rest) = payload.skip(len)?.take::<2>()?;
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), rest))
}

/// A service header gives its length in units of four bytes and the kind of what follows (RFC 8300).
pub(in crate::packet) fn service_header<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let &[_, len, _, protocol] = from.peek::<4>()?;
    let rest = from.skip(usize::from(len & 0x3f) * 4)?;
    Ok(match protocol {
        1 => Some(Next::Ipv4(rest)),
        2 => Some(Next::Ipv6(rest)),
        3 => Some(Next::Ethernet(rest)),
        5 => mpls::next(rest)?,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::packet::Body;
    use crate::packet::testing::{arp_packet, finds, read, v4_packet, v6_packet};

    fn finds_behind(ethertype: u16, header: &[u8], packet: &[u8]) -> bool {
        finds(1, &[&[0; 12], &ethertype.to_be_bytes(), header, packet])
    }

    #[test]
    fn both_versions_of_ip() {
        assert!(finds_behind(0x0800, &[], &v4_packet()));
        assert!(finds_behind(0x86dd, &[], &v6_packet()));
    }

    #[test]
    fn arp_is_told_as_such() {
        let frame = [&[0; 12][..], &[8, 6], &arp_packet()].concat();
        assert!(matches!(read(1, &frame).body, Body::Arp(arp) if arp.target.octets() == [192, 0, 2, 2]));
    }

    #[test]
    fn tags_stand_before_the_next_ethertype() {
        assert!(finds_behind(0x893f, &[0, 0, 0, 0, 0, 0, 8, 0], &v4_packet()));
        assert!(finds_behind(0x8926, &[0, 0, 0, 0, 8, 0], &v4_packet()));
        assert!(finds_behind(0x8909, &[1, 1, 0, 1, 0, 7, 8, 0], &v4_packet()));
    }

    #[test]
    fn frames_in_frames() {
        let inner = [&[0; 12][..], &[8, 0], &v4_packet()].concat();
        assert!(finds_behind(0x6558, &[], &inner));
        assert!(finds_behind(0x88e7, &[0, 0, 0, 5], &inner));
        assert!(finds_behind(0x8903, &[0, 0x41], &inner));
    }

    #[test]
    fn a_service_header_says_how_long_it_is() {
        assert!(finds_behind(0x894f, &[0, 2, 2, 1, 0, 0, 1, 2], &v4_packet()));
        assert!(finds_behind(0x894f, &[0, 3, 2, 2, 0, 0, 1, 2, 9, 9, 9, 9], &v6_packet()));
    }

    #[test]
    fn what_nobody_reads_is_named() {
        let frame = [&[0; 12][..], &[0x88, 0xcc, 1, 2]].concat();
        assert_eq!(read(1, &frame).body, Body::Other { ethertype: 0x88cc });
    }
}
