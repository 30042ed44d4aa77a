//! DNS, mDNS and LLMNR messages, over UDP and TCP; the first byte chooses.
#![no_main]

use wire::packet::names::{MAX_NAME_LEN, from_transport};
use wire::packet::{TcpFlags, Transport};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [which, payload @ ..] = data else { return };
    let udp = |src| Transport::Udp { src, dst: 40_000, payload };
    let transport = match which % 4 {
        0 => udp(53),
        1 => udp(5353),
        2 => udp(5355),
        _ => Transport::Tcp { src: 53, dst: 40_000, seq: 0, ack: 0, flags: TcpFlags::ACK, window: 0, payload },
    };
    for learned in from_transport(&transport) {
        assert!(!learned.name.is_empty() && learned.name.len() <= MAX_NAME_LEN);
        assert!(!learned.name.contains(char::is_control));
        assert!(!learned.addr.is_multicast());
    }
});
