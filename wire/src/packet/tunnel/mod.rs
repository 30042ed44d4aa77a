//! Tunnels: what of an IP packet's payload is another packet.
//!
//! Where an IP protocol number says so, it is believed. A UDP port says nothing for sure: there the inner headers
//! must fit as well, or the datagram is no tunnel.

pub mod erspan;
pub mod geneve;
pub mod gre;
pub mod gtp;
pub mod l2tp;
pub mod teredo;
pub mod vxlan;

use super::dissection::TunnelKind;
use super::fault::Fault;
use super::link::{ethernet, mpls};
use super::network::{self, ipv4, ipv6};
use super::slice::Slice;
use super::transport::{Transport, proto, udp};
use super::walk::Next;

/// How the packet at hand carries the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Via {
    pub(super) kind: TunnelKind,
    pub(super) id: Option<u32>,
}

impl TunnelKind {
    pub(super) fn without_id(self) -> Via {
        Via { kind: self, id: None }
    }

    pub(super) fn with_id(self, id: u32) -> Via {
        Via { kind: self, id: Some(id) }
    }
}

/// What a tunnel holds, when it is one.
pub(super) type Inside<'a> = Option<(Via, Next<'a>)>;

const IPV4_IN_IP: u8 = 4;
const IPV6_IN_IP: u8 = 41;
const IP_IN_IP_OLD: u8 = 94;
const ETHER_IP: u8 = 97;
const PIM: u8 = 103;
const L2TP: u8 = 115;
const MPLS: u8 = 137;
const ETHERNET: u8 = 143;

/// Whether a packet may be a tunnel: whether it is worth calling [`inside`].
#[inline(always)]
pub(super) fn may_be(protocol: u8, transport: &Transport<'_>) -> bool {
    match (protocol, transport) {
        (proto::TCP | proto::ICMP | proto::ICMPV6 | proto::SCTP, _) => false,
        (_, Transport::Udp { src, dst, .. }) => reader(*src).or(reader(*dst)).is_some(),
        _ => true,
    }
}

/// Looks for a packet inside what IP protocol `protocol` carries: `payload` follows the IP header, and `transport` is
/// what was read of it already.
///
/// # Errors
/// Where the protocol is a tunnel by its number and its header cannot be read.
#[inline]
pub(super) fn inside<'a>(protocol: u8, transport: &Transport<'a>, payload: Slice<'a>) -> Result<Inside<'a>, Fault> {
    match (protocol, transport) {
        (_, Transport::Udp { src, dst, .. }) => Ok(by_port(*dst, payload).or_else(|| by_port(*src, payload))),
        (IPV4_IN_IP | IPV6_IN_IP | IP_IN_IP_OLD, _) => Ok(Some((TunnelKind::IpInIp.without_id(), Next::Ip(payload)))),
        (proto::GRE, _) => gre::inside(payload),
        (ETHER_IP, _) => Ok(Some((TunnelKind::EtherIp.without_id(), Next::Ethernet(payload.skip(2)?)))),
        (ETHERNET, _) => Ok(Some((TunnelKind::EtherIp.without_id(), Next::Ethernet(payload)))),
        (MPLS, _) => Ok(mpls::next(payload)?.map(|next| (TunnelKind::Mpls.without_id(), next))),
        (L2TP, _) => Ok(l2tp::over_ip(payload)),
        (PIM, _) => Ok(pim_register(payload)),
        _ => Ok(None),
    }
}

type Reader = for<'a> fn(Slice<'a>) -> Inside<'a>;

/// What reads the datagrams of a port. Ports are registered with IANA; 8472 is what Linux uses for VXLAN unless told
/// otherwise.
#[inline]
fn reader(port: u16) -> Option<Reader> {
    match port {
        1701 => Some(l2tp::over_udp),
        2152 => Some(gtp::inside),
        3386 => Some(gtp::version_0_inside),
        3544 => Some(teredo::inside),
        4341 => Some(locator_separated),
        4754 => Some(over_udp_gre),
        4789 | 8472 => Some(vxlan::inside),
        4790 => Some(vxlan::generic_inside),
        6081 => Some(geneve::inside),
        6635 => Some(over_udp_mpls),
        _ => None,
    }
}

fn by_port<'a>(port: u16, packet: Slice<'a>) -> Inside<'a> {
    let read = reader(port)?;
    let (_, datagram) = udp::Repr::parse(packet).ok()?;
    read(datagram)
}

fn over_udp_mpls<'a>(datagram: Slice<'a>) -> Inside<'a> {
    mpls::next(datagram).ok()?.map(|next| (TunnelKind::Mpls.without_id(), next))
}

/// GRE in UDP (RFC 8086); believed where an IP packet or an Ethernet frame is inside.
fn over_udp_gre<'a>(datagram: Slice<'a>) -> Inside<'a> {
    let (via, next) = gre::inside(datagram).ok()??;
    let is_plausible = match next {
        Next::Ipv4(packet) | Next::Ipv6(packet) => plausible_ip(packet).is_some(),
        Next::Ethernet(frame) => ethernet::is_plausible(frame),
        _ => false,
    };
    is_plausible.then_some((via, next))
}

/// LISP data: flags, nonce, instance or locator bits (RFC 9300).
fn locator_separated<'a>(datagram: Slice<'a>) -> Inside<'a> {
    Some((TunnelKind::Lisp.without_id(), plausible_ip(datagram.skip(8).ok()?)?))
}

/// A register message carries the packet that a source sent to a group, or only its header (RFC 7761 section 4.9.3).
fn pim_register<'a>(payload: Slice<'a>) -> Inside<'a> {
    const VERSION_2_REGISTER: u8 = 0x21;
    let (&[version_type, ..], packet) = payload.take::<8>().ok()?;
    (version_type == VERSION_2_REGISTER).then_some((TunnelKind::Pim.without_id(), Next::Ip(packet)))
}

/// An IP packet that looks like one.
fn plausible_ip<'a>(packet: Slice<'a>) -> Option<Next<'a>> {
    match network::version(packet)? {
        4 if ipv4::is_plausible(packet) => Some(Next::Ipv4(packet)),
        6 if ipv6::is_plausible(packet) => Some(Next::Ipv6(packet)),
        _ => None,
    }
}

/// An Ethernet frame that looks like one.
fn plausible_ethernet<'a>(frame: Slice<'a>) -> Option<Next<'a>> {
    ethernet::is_plausible(frame).then_some(Next::Ethernet(frame))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::packet::Malformed;
    use crate::packet::dissection::MAX_TUNNELS;
    use crate::packet::emit::{Emit, stack};
    use crate::packet::testing::{ethernet_frame, finds, read, tunnel_in_udp, v4_packet, v6_packet};

    fn carrier(protocol: u8, payload: &[u8]) -> Vec<u8> {
        stack(&[&ipv4::Repr::new([1; 4].into(), [2; 4].into(), protocol)], payload)
    }

    #[test]
    fn tunnels_by_protocol_number() {
        let label = [0, 1, 1, 64];
        let register = [0x21, 0, 0, 0, 0, 0, 0, 0];
        for (protocol, payload, kind) in [
            (4, v4_packet(), TunnelKind::IpInIp),
            (41, v6_packet(), TunnelKind::IpInIp),
            (94, v4_packet(), TunnelKind::IpInIp),
            (97, [&[0x30, 0][..], &ethernet_frame()].concat(), TunnelKind::EtherIp),
            (143, ethernet_frame(), TunnelKind::EtherIp),
            (137, [&label[..], &v4_packet()].concat(), TunnelKind::Mpls),
            (103, [&register[..], &v4_packet()].concat(), TunnelKind::Pim),
        ] {
            let packet = carrier(protocol, &payload);
            assert!(finds(101, &[&packet]), "{protocol}");
            assert_eq!(read(101, &packet).tunnels[0].kind, kind);
        }
    }

    #[test]
    fn other_multicast_routing_messages_are_no_tunnels() {
        let hello = [&[0x20, 0, 0, 0, 0, 0, 0, 0][..], &v4_packet()].concat();
        let packet = carrier(103, &hello);
        assert!(read(101, &packet).tunnels.is_empty());
    }

    #[test]
    fn tunnels_by_port() {
        let gre = [0, 0, 8, 0];
        let label = [0, 1, 1, 64];
        for (port, header, kind) in
            [(4341, &[0x80, 0, 0, 0, 0, 0, 0, 1][..], TunnelKind::Lisp), (4754, &gre, TunnelKind::Gre), (6635, &label, TunnelKind::Mpls)]
        {
            assert_eq!(tunnel_in_udp(port, &[header, &v4_packet()].concat()), Some((kind, None)));
            assert_eq!(tunnel_in_udp(port, &[header, &[0x45, 0, 0xff]].concat()), None);
        }
    }

    #[test]
    fn ends_are_told_outermost_first_down_to_the_bound() {
        let carriers: Vec<_> = (1..=12).map(|n| Ipv4Addr::new(10, 0, 0, n)).collect();
        let carriers: Vec<_> = carriers.iter().map(|src| ipv4::Repr::new(*src, [2; 4].into(), 4)).collect();
        let headers: Vec<&dyn Emit> = carriers.iter().map(|carrier| carrier as &dyn Emit).collect();
        let packet = stack(&headers, &v4_packet());
        let found = read(101, &packet);
        assert_eq!(found.tunnels.len(), MAX_TUNNELS);
        assert_eq!(found.tunnels[0].src.to_string(), "10.0.0.1");
        assert_eq!(found.ip().unwrap().src.to_string(), "10.0.0.9");
        assert_eq!(found.fault, Some(Malformed::TooDeep.into()));
    }

    #[test]
    fn an_inner_packet_that_lies_leaves_the_outer_one() {
        let mut inner = v4_packet();
        inner[3] = 0xff;
        let packet = carrier(4, &inner);
        let found = read(101, &packet);
        assert!(found.tunnels.is_empty() && found.is_malformed());
        assert_eq!(found.ip().unwrap().src.to_string(), "1.1.1.1");
    }

    #[test]
    fn the_carriers_ports_are_told() {
        let payload = [&[0x80, 0, 0, 0, 0, 0, 0, 1][..], &v4_packet()].concat();
        let packet = crate::packet::testing::in_udp(4341, &payload);
        assert_eq!(read(101, &packet).tunnels[0].ports, Some((5000, 4341)));
    }
}
