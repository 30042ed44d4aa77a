//! Making packets: the other direction of parsing.

/// A header that can be put before a payload.
pub trait Emit {
    /// Its length, in bytes.
    fn header_len(&self) -> usize;

    /// Puts the header before what `packet` holds, with lengths and checksums to match.
    fn emit(&self, packet: &mut Vec<u8>);
}

/// Makes a packet of `headers`, outermost first, around `payload`.
///
/// ```
/// use wire::packet::emit::stack;
/// use wire::packet::network::ipv4;
/// use wire::packet::transport::udp;
///
/// let ip = ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 17);
/// let udp = udp::Repr { src_port: 4000, dst_port: 53 };
/// assert_eq!(stack(&[&ip, &udp], b"hello").len(), 20 + 8 + 5);
/// ```
pub fn stack(headers: &[&dyn Emit], payload: &[u8]) -> Vec<u8> {
    let room = headers.iter().map(|header| header.header_len()).sum::<usize>() + payload.len();
    let mut packet = Vec::with_capacity(room);
    packet.extend_from_slice(payload);
    for header in headers.iter().rev() {
        header.emit(&mut packet);
    }
    packet
}

/// Puts `header` before what `packet` holds.
pub(crate) fn prepend(packet: &mut Vec<u8>, header: &[u8]) {
    packet.splice(0..0, header.iter().copied());
}

/// A length as a 16-bit field; what does not fit is written as the largest.
pub(crate) fn u16_len(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

/// A length as a 32-bit field; what does not fit is written as the largest.
pub(crate) fn u32_len(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
