//! What an IP packet carries that may be another packet; the first byte chooses how.
#![no_main]

use wire::packet::Fragments;
use wire::packet::emit::stack;
use wire::packet::network::ipv4;
use wire::packet::transport::udp;

const PROTOCOLS: [u8; 9] = [4, 41, 47, 94, 97, 103, 115, 137, 143];
const PORTS: [u16; 11] = [1701, 2152, 3386, 3544, 4341, 4754, 4789, 4790, 6081, 6635, 8472];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [which, payload @ ..] = data else { return };
    let which = usize::from(*which) % (PROTOCOLS.len() + PORTS.len());
    let ip = |proto| ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), proto);
    let packet = match PROTOCOLS.get(which) {
        Some(proto) => stack(&[&ip(*proto)], payload),
        None => {
            let dst_port = PORTS[which - PROTOCOLS.len()];
            stack(&[&ip(17), &udp::Repr { src_port: 40_000, dst_port }], payload)
        }
    };
    wire_fuzz::check(101, &packet, packet.len() as u32, 0, &mut Fragments::new(1));
});
