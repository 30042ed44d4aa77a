//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

/// The Internet checksum of `bytes`, as it stands in a header whose checksum field was zero.
pub fn internet(bytes: &[u8]) -> u16 {
    fold(sum(bytes))
}

/// Writes the checksum of a transport whose header begins `packet` (RFC 9293, 768, 4443), for the protocols that have one
/// over the pseudo-header: TCP, UDP, UDP-Lite and ICMPv6. Others are left as they are.
pub(super) fn fill_transport(packet: &mut [u8], src: IpAddr, dst: IpAddr, proto: u8) {
    let at = match proto {
        6 => 16,
        17 | 136 => 6,
        58 => 2,
        _ => return,
    };
    let Some(field) = packet.get_mut(at..at + 2) else {
        return;
    };
    field.fill(0);
    let checksum = match fold(pseudo_header(src, dst, proto, packet.len()) + sum(packet)) {
        0 if proto == 17 => 0xffff,
        checksum => checksum,
    };
    if let Some(field) = packet.get_mut(at..at + 2) {
        field.copy_from_slice(&checksum.to_be_bytes());
    }
}

fn pseudo_header(src: IpAddr, dst: IpAddr, proto: u8, len: usize) -> u64 {
    let addresses = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        (IpAddr::V6(src), IpAddr::V6(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        _ => 0,
    };
    addresses + u64::from(proto) + len as u64
}

/// The sum of the 16-bit words; 64 bits hold it for any packet.
fn sum(bytes: &[u8]) -> u64 {
    let (words, last) = bytes.as_chunks::<2>();
    let last = last.first().map_or(0, |byte| u64::from(*byte) << 8);
    words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).sum::<u64>() + last
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071() {
        assert_eq!(internet(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn a_udp_checksum_of_zero_would_mean_none_and_is_written_otherwise() {
        let nowhere = IpAddr::from([0; 4]);
        // The pseudo-header adds 17 and 8, twice 8 is the length field.
        let mut datagram = [0xff, 0xde, 0, 0, 0, 8, 0, 0];
        fill_transport(&mut datagram, nowhere, nowhere, 17);
        assert_eq!(datagram[6..], [0xff, 0xff]);
    }

    #[test]
    fn an_odd_byte_counts_as_the_high_half() {
        assert_eq!(internet(&[0x12]), !0x1200);
    }

    #[test]
    fn a_header_with_its_checksum_sums_to_zero() {
        let header =
            [0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7];
        assert_eq!(internet(&header), 0);
    }
}
