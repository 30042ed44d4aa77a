//! TCP segments (RFC 9293).

use std::fmt;

use super::{Transport, ports};
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;

const HEADER_LEN: usize = 20;
const MAX_OPTIONS: usize = 40;

/// Control bits, as they stand in the header's fourteenth byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// Reset the connection.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Push.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgment field counts.
    pub const ACK: TcpFlags = TcpFlags(0x10);
    /// The urgent pointer counts.
    pub const URG: TcpFlags = TcpFlags(0x20);
    /// Congestion echo (RFC 3168).
    pub const ECE: TcpFlags = TcpFlags(0x40);
    /// Congestion window reduced (RFC 3168).
    pub const CWR: TcpFlags = TcpFlags(0x80);

    /// Whether every bit of `other` is set.
    #[inline]
    pub const fn contains(self, other: TcpFlags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The first segment of a connection: SYN without ACK.
    #[inline]
    pub const fn is_open(self) -> bool {
        self.0 & 0x12 == 0x02
    }
}

impl std::ops::BitOr for TcpFlags {
    type Output = TcpFlags;

    fn bitor(self, other: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | other.0)
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let set = names.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        f.write_str("TcpFlags(")?;
        for (place, (_, name)) in set.enumerate() {
            write!(f, "{}{name}", if place == 0 { "" } else { " " })?;
        }
        f.write_str(")")
    }
}

/// A TCP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgment number.
    pub ack: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// Window, unscaled.
    pub window: u16,
    /// Options, unread. When emitting: at most 40 bytes, padded to a multiple of four.
    pub options: &'a [u8],
}

impl<'a> Repr<'a> {
    /// Reads the header; what follows is the stream's bytes.
    ///
    /// # Errors
    /// [`Malformed::TcpDataOffset`] where the header's length is less than 20 bytes or more than the segment's.
    #[inline(always)]
    pub fn parse(from: Slice<'a>) -> Result<(Repr<'a>, Slice<'a>), Fault> {
        let (header, rest) = from.take::<HEADER_LEN>()?;
        let &[s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags, w0, w1, ..] = header;
        let header_len = usize::from(offset >> 4) * 4;
        if header_len < HEADER_LEN || !from.holds(header_len) {
            return Err(Malformed::TcpDataOffset.into());
        }
        let (options, payload) = rest.split(header_len - HEADER_LEN)?;
        let repr = Repr {
            src_port: u16::from_be_bytes([s0, s1]),
            dst_port: u16::from_be_bytes([d0, d1]),
            seq: u32::from_be_bytes([q0, q1, q2, q3]),
            ack: u32::from_be_bytes([a0, a1, a2, a3]),
            flags: TcpFlags(flags),
            window: u16::from_be_bytes([w0, w1]),
            options,
        };
        Ok((repr, payload))
    }

    fn padded_options_len(&self) -> usize {
        self.options.len().min(MAX_OPTIONS).next_multiple_of(4)
    }
}

impl Emit for Repr<'_> {
    fn header_len(&self) -> usize {
        HEADER_LEN + self.padded_options_len()
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut header = Vec::with_capacity(self.header_len());
        header.extend(self.src_port.to_be_bytes());
        header.extend(self.dst_port.to_be_bytes());
        header.extend(self.seq.to_be_bytes());
        header.extend(self.ack.to_be_bytes());
        header.extend([((self.header_len() / 4) as u8) << 4, self.flags.0]);
        header.extend(self.window.to_be_bytes());
        header.extend([0; 4]); // checksum, which the IP header fills in, and urgent pointer
        header.extend(self.options.iter().take(MAX_OPTIONS));
        header.resize(self.header_len(), 0);
        prepend(packet, &header);
    }
}

/// The segment, or where the capture cut its header as much of it as there is. A malformed header's ports are not believed.
#[inline(always)]
pub(super) fn transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match Repr::parse(from) {
        Ok((repr, payload)) => {
            let Repr { src_port: src, dst_port: dst, seq, ack, flags, window, .. } = repr;
            (Transport::Tcp { src, dst, seq, ack, flags, window, payload: payload.bytes() }, None)
        }
        Err(Fault::Truncated) => (partial(from), Some(Fault::Truncated)),
        Err(fault) => (Transport::Other { payload: from.bytes() }, Some(fault)),
    }
}

#[cold]
fn partial<'a>(from: Slice<'a>) -> Transport<'a> {
    let Some((src, dst)) = ports::readable(from) else {
        return Transport::Other { payload: from.bytes() };
    };
    let word = |at| from.u16(at).zip(from.u16(at + 2)).map_or(0, |(high, low)| u32::from(high) << 16 | u32::from(low));
    Transport::Tcp {
        src,
        dst,
        seq: word(4),
        ack: word(8),
        flags: TcpFlags(from.u8(13).unwrap_or(0)),
        window: from.u16(14).unwrap_or(0),
        payload: &[],
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;

    const GOLDEN: [u8; 24] = [
        0xc0, 0x00, 0x01, 0xbb, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x60, 0x12, 0xfa, 0xf0, 0xab, 0xcd, 0, 0, 0x02, 0x04, 0x05,
        0xb4,
    ];

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let (repr, payload) = Repr::parse(Slice::whole(&GOLDEN)).unwrap();
        let expected = Repr {
            src_port: 49152,
            dst_port: 443,
            seq: 0x0102_0304,
            ack: 0x0506_0708,
            flags: TcpFlags::SYN | TcpFlags::ACK,
            window: 64240,
            options: &[2, 4, 5, 180],
        };
        assert_eq!((repr, payload.len()), (expected, 0));
    }

    #[test]
    fn the_first_segment_of_a_connection_is_told_by_its_flags() {
        assert!(TcpFlags::SYN.is_open());
        assert!((TcpFlags::SYN | TcpFlags::ECE | TcpFlags::CWR).is_open());
        assert!(!(TcpFlags::SYN | TcpFlags::ACK).is_open());
        assert!((TcpFlags::SYN | TcpFlags::ACK).contains(TcpFlags::SYN));
        assert!(!TcpFlags::SYN.contains(TcpFlags::SYN | TcpFlags::ACK));
        assert_eq!(format!("{:?}", TcpFlags(0x12)), "TcpFlags(SYN ACK)");
    }

    #[test]
    fn a_data_offset_that_cannot_be_costs_the_ports() {
        for offset in [0x40, 0x70] {
            let mut bytes = GOLDEN;
            bytes[12] = offset;
            let (transport, fault) = transport(Slice::whole(&bytes));
            assert_eq!(fault, Some(Malformed::TcpDataOffset.into()));
            assert_eq!(transport.ports(), None);
        }
    }

    #[test]
    fn what_the_capture_kept_is_told() {
        let cut = |kept: usize| transport(Slice::new(&GOLDEN[..kept], 100));
        let Transport::Tcp { src, dst, seq, ack, flags, window, payload } = cut(14).0 else { panic!() };
        assert_eq!((src, dst, seq, ack), (49152, 443, 0x0102_0304, 0x0506_0708));
        assert_eq!((flags, window, payload), (TcpFlags::SYN | TcpFlags::ACK, 0, &[][..]));
        assert_eq!((cut(4).0.ports(), cut(4).1), (Some((49152, 443)), Some(Fault::Truncated)));
        assert_eq!(cut(3).0.ports(), None);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            (src_port, dst_port, seq, ack, flags, window) in any::<(u16, u16, u32, u32, u8, u16)>(),
            option_words in vec(any::<[u8; 4]>(), 0..=10),
            payload: Vec<u8>,
        ) {
            let options = option_words.concat();
            let flags = TcpFlags(flags);
            let repr = Repr { src_port, dst_port, seq, ack, flags, window, options: &options };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(&payload))));
        }
    }
}
