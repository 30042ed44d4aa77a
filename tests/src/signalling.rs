//! Telephone signalling in IP, as the example of an extension reads it: M3UA (RFC 4666) in SCTP (RFC 9260).

/// The port of M3UA.
pub const M3UA: u16 = 2905;
/// The module whose events the extension tells.
pub const MODULE: u8 = 0x57;

/// A point code, as the ITU writes it: three, eight and three bits.
pub const fn point_code(zone: u32, area: u32, point: u32) -> u32 {
    zone << 11 | area << 3 | point
}

/// A packet of SCTP from a port to another, with a heartbeat and M3UA: a message of that service from a point code to another.
pub fn sctp(ports: (u16, u16), codes: (u32, u32), service: u8) -> Vec<u8> {
    let parameter = [&[0x02, 0x10, 0, 17][..], &codes.0.to_be_bytes(), &codes.1.to_be_bytes(), &[service, 2, 0, 7, 0xaa]].concat();
    let network = [0x02, 0, 0, 8, 0, 0, 0, 1];
    let message = [&[1, 0, 1, 1][..], &(8 + 8 + 20_u32).to_be_bytes(), &network, &parameter, &[0; 3]].concat();
    let data = [&[0, 3][..], &(16 + message.len() as u16).to_be_bytes(), &[0; 8], &[0, 0, 0, 3], &message].concat();
    [&ports.0.to_be_bytes()[..], &ports.1.to_be_bytes(), &[0; 8], &[4, 0, 0, 8, 0, 0, 0, 0], &data].concat()
}
