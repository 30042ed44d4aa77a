//! Prints how long it takes to dissect one frame: `cargo run --release -p wire --example nanoseconds`.

use std::hint::black_box;
use std::time::Instant;

use wire::packet::emit::{Emit, stack};
use wire::packet::link::{ethernet, vlan};
use wire::packet::network::{ipv4, ipv6};
use wire::packet::transport::{tcp, udp};
use wire::packet::tunnel::vxlan;
use wire::packet::{Fragments, LinkType, Mac, TcpFlags, dissect};

/// Few enough to fit between two interruptions.
const ROUNDS: u32 = 10_000;
const REPEATS: usize = 1_000;

fn main() {
    let ethernet = |ethertype| ethernet::Repr { dst: Mac([2; 6]), src: Mac([4; 6]), ethertype };
    let (v4, v6) = (ethernet(0x0800), ethernet(0x86dd));
    let tagged = ethernet(0x8100);
    let vlan = vlan::Repr { id: 7, priority: 0, drop_eligible: false, ethertype: 0x0800 };
    let ip = |proto| ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), proto);
    let ip6 = ipv6::Repr::new([0xfd; 16].into(), [0xfe; 16].into(), 6);
    let tcp = tcp::Repr {
        src_port: 40_000,
        dst_port: 443,
        seq: 1,
        ack: 2,
        flags: TcpFlags::ACK,
        window: 512,
        options: &[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
    };
    let udp = udp::Repr { src_port: 40_000, dst_port: 443 };
    let outer_udp = udp::Repr { src_port: 40_000, dst_port: 4789 };
    let vxlan = vxlan::Repr { network: 5, protocol: None };
    let (ip_tcp, ip_udp) = (ip(6), ip(17));
    let frames: [(&str, &[&dyn Emit]); 5] = [
        ("Ethernet IPv4 TCP", &[&v4, &ip_tcp, &tcp]),
        ("Ethernet IPv4 UDP", &[&v4, &ip_udp, &udp]),
        ("Ethernet IPv6 TCP", &[&v6, &ip6, &tcp]),
        ("Ethernet VLAN IPv4 TCP", &[&tagged, &vlan, &ip_tcp, &tcp]),
        ("Ethernet IPv4 VXLAN IPv4 TCP", &[&v4, &ip_udp, &outer_udp, &vxlan, &v4, &ip_tcp, &tcp]),
    ];
    for (name, headers) in frames {
        println!("{name:<30} {:6.1} ns", nanoseconds(&stack(headers, &[0; 100])));
    }
}

/// The best of a few runs: what the others add is the machine's.
fn nanoseconds(frame: &[u8]) -> f64 {
    let mut fragments = Fragments::new(16);
    let mut best = f64::MAX;
    for _ in 0..REPEATS {
        let start = Instant::now();
        for at_us in 0..ROUNDS {
            let frame = black_box(frame);
            let len = frame.len() as u32;
            black_box(&dissect(LinkType::ETHERNET, frame, len, at_us.into(), &mut fragments));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(ROUNDS));
    }
    best
}
