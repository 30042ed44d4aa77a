//! The one DNS question of made-up recordings, and its answer (RFC 1035).

use std::net::Ipv4Addr;

/// The question for the IPv4 address of `s-NUMBER.example`, or the answer to it.
pub(super) fn message(id: u16, number: u32, answer: Option<Ipv4Addr>) -> Vec<u8> {
    const STANDARD_QUERY: u16 = 0x0100;
    const STANDARD_RESPONSE: u16 = 0x8180;
    const A_IN: [u8; 4] = [0, 1, 0, 1];
    const TTL_SECS: u32 = 300;
    let flags = if answer.is_some() { STANDARD_RESPONSE } else { STANDARD_QUERY };
    let mut message = Vec::with_capacity(64);
    for field in [id, flags, 1, answer.is_some().into(), 0, 0] {
        message.extend(field.to_be_bytes());
    }
    for label in [format!("s-{number}").as_str(), "example", ""] {
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.extend(A_IN);
    if let Some(addr) = answer {
        message.extend([0xc0, 12]); // the question's name, at byte 12
        message.extend(A_IN);
        message.extend(TTL_SECS.to_be_bytes());
        message.extend([0, 4]);
        message.extend(addr.octets());
    }
    message
}
