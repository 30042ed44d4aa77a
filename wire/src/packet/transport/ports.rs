//! Ports, which many protocols have in the same place, and those of which little more is read: SCTP (RFC 9260) and DCCP
//! (RFC 4340).

use super::Transport;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

/// SCTP's common header: ports, verification tag, checksum.
const SCTP_HEADER_LEN: usize = 12;
/// DCCP's generic header with short sequence numbers.
const DCCP_HEADER_LEN: usize = 12;

/// Source and destination, where four bytes were captured.
pub(super) fn readable(from: Slice<'_>) -> Option<(u16, u16)> {
    from.u16(0).zip(from.u16(2))
}

/// A transport whose header is `N` bytes, of which the first four are the ports; `make` is given those, the whole header and what
/// follows. A header that the capture cut reads as zeros after the ports.
pub(super) fn transport<'a, const N: usize>(
    from: Slice<'a>,
    make: impl FnOnce(u16, u16, &[u8; N], &'a [u8]) -> Transport<'a>,
) -> (Transport<'a>, Option<Fault>) {
    let other = Transport::Other { payload: from.bytes() };
    match (from.take::<N>(), readable(from)) {
        (Ok((header, rest)), Some((src, dst))) => (make(src, dst, header, rest.bytes()), None),
        (Err(Fault::Truncated), Some((src, dst))) => (make(src, dst, &[0; N], &[]), Some(Fault::Truncated)),
        (read, _) => (other, read.err()),
    }
}

pub(super) fn sctp_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    transport::<SCTP_HEADER_LEN>(from, |src, dst, &[_, _, _, _, t0, t1, t2, t3, ..], payload| Transport::Sctp {
        src,
        dst,
        tag: u32::from_be_bytes([t0, t1, t2, t3]),
        payload,
    })
}

pub(super) fn dccp_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    transport::<DCCP_HEADER_LEN>(from, |src, dst, _, _| Transport::Dccp { src, dst })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::fault::Malformed;

    const HEADER: [u8; 14] = [0x0b, 0x59, 0x0b, 0x5a, 1, 2, 3, 4, 0, 0, 0, 0, 7, 7];

    #[test]
    fn sctp() {
        let expected = Transport::Sctp { src: 2905, dst: 2906, tag: 0x0102_0304, payload: &[7, 7] };
        assert_eq!(sctp_transport(Slice::whole(&HEADER)), (expected, None));
    }

    #[test]
    fn dccp() {
        assert_eq!(dccp_transport(Slice::whole(&HEADER)), (Transport::Dccp { src: 2905, dst: 2906 }, None));
    }

    #[test]
    fn a_cut_header_keeps_the_ports_and_a_short_one_does_not() {
        for read in [sctp_transport, dccp_transport] {
            let (cut, fault) = read(Slice::new(&HEADER[..4], 50));
            assert_eq!((cut.ports(), fault), (Some((2905, 2906)), Some(Fault::Truncated)));
            let (short, fault) = read(Slice::whole(&HEADER[..11]));
            assert_eq!((short.ports(), fault), (None, Some(Malformed::Short.into())));
        }
    }
}
