//! What an IP packet of any protocol number carries; the first byte is the number.
#![no_main]

use wire::packet::Fragments;
use wire::packet::emit::stack;
use wire::packet::network::{ipv4, ipv6};
use wire::packet::slice::Slice;
use wire::packet::transport::echo::Echo;
use wire::packet::transport::icmp::Version;
use wire::packet::transport::tcp;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [proto, cut, payload @ ..] = data else { return };
    let v4 = stack(&[&ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), *proto)], payload);
    let v6 = stack(&[&ipv6::Repr::new([1; 16].into(), [2; 16].into(), *proto)], payload);
    for packet in [v4, v6] {
        let kept = packet.len().saturating_sub((*cut).into());
        wire_fuzz::check(101, &packet[..kept], packet.len() as u32, 0, &mut Fragments::new(1));
    }
    for version in [Version::V4, Version::V6] {
        let _about_none = Echo::find(version, *proto, payload);
    }
    if let Ok((repr, rest)) = tcp::Repr::parse(Slice::whole(payload)) {
        let bytes = stack(&[&repr], rest.bytes());
        assert_eq!(tcp::Repr::parse(Slice::whole(&bytes)).map(|(parsed, _)| parsed), Ok(repr));
    }
});
