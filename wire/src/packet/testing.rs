//! What the layers' tests share: a packet, and whether it is found behind a header.

use std::net::IpAddr;

use super::emit::stack;
use super::network::{ipv4, ipv6};
use super::transport::udp;
use super::{Body, Dissection, Fragments, LinkType, Transport, TunnelKind, dissect};

pub(super) const PAYLOAD: &[u8] = b"sample";

fn sample_udp() -> udp::Repr {
    udp::Repr { src_port: 1000, dst_port: 2000 }
}

/// An IPv4 packet with a UDP datagram.
pub(super) fn v4_packet() -> Vec<u8> {
    let ip = ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), 17);
    stack(&[&ip, &sample_udp()], PAYLOAD)
}

/// The IPv4 packet as before segmentation offload: it ends where the frame ends.
pub(super) fn packet_without_length() -> Vec<u8> {
    let mut packet = v4_packet();
    packet[2..4].fill(0);
    packet
}

/// An IPv6 packet with a UDP datagram.
pub(super) fn v6_packet() -> Vec<u8> {
    let address = |last| std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
    stack(&[&ipv6::Repr::new(address(1), address(2), 17), &sample_udp()], PAYLOAD)
}

/// An ARP request for 192.0.2.2.
pub(super) fn arp_packet() -> Vec<u8> {
    let mut bytes = vec![0, 1, 8, 0, 6, 4, 0, 1];
    bytes.extend([2, 0, 0, 0, 0, 1, 192, 0, 2, 1]);
    bytes.extend([0, 0, 0, 0, 0, 0, 192, 0, 2, 2]);
    bytes
}

/// Dissects a frame captured in full.
pub(super) fn read(link: u32, frame: &[u8]) -> Dissection<'_> {
    dissect(LinkType(link), frame, frame.len() as u32, 0, &mut Fragments::new(0))
}

/// Whether a frame of these parts is found to carry one of the packets above, whole and without a fault.
pub(super) fn finds(link: u32, parts: &[&[u8]]) -> bool {
    let frame = parts.concat();
    let found = read(link, &frame);
    let Body::Ip(packet) = &found.body else {
        return false;
    };
    let is_v4 = packet.src == IpAddr::from([192, 0, 2, 1]);
    let ip_len = if is_v4 { v4_packet() } else { v6_packet() }.len() as u32;
    found.fault.is_none() && packet.ip_len == ip_len && packet.transport == Transport::Udp { src: 1000, dst: 2000, payload: PAYLOAD }
}

/// An Ethernet frame with the IPv4 packet.
pub(super) fn ethernet_frame() -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0][..], &v4_packet()].concat()
}

/// An IPv4 packet with a UDP datagram from port 5000 to `port`.
pub(super) fn in_udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let ip = ipv4::Repr::new([1; 4].into(), [2; 4].into(), 17);
    stack(&[&ip, &udp::Repr { src_port: 5000, dst_port: port }], payload)
}

/// The one tunnel that a UDP datagram to `port` is taken for. There must be no fault, and the sample inside if there is a tunnel.
pub(super) fn tunnel_in_udp(port: u16, payload: &[u8]) -> Option<(TunnelKind, Option<u32>)> {
    let packet = in_udp(port, payload);
    let found = read(101, &packet);
    assert_eq!(found.fault, None);
    let tunnel = found.tunnels.first()?;
    assert!(finds(101, &[&packet]));
    Some((tunnel.kind, tunnel.id))
}
