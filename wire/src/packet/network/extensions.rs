//! IPv6 extension headers (RFC 8200 section 4) and the authentication header of both versions (RFC 4302).

use super::{Datagram, Piece};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::transport::proto;

/// More than any packet is allowed; a longer chain is refused.
const MAX_HEADERS: usize = 16;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const HIP: u8 = 139;
const SHIM6: u8 = 140;

/// Moves a packet's `proto` and `payload` past its extension headers. It stops at a later fragment's, beyond which
/// there are none, and at a chain that is cut or malformed, which then has a fault.
#[inline]
pub(super) fn skip(datagram: &mut Datagram<'_>) {
    for _ in 0..MAX_HEADERS {
        let read = match datagram.proto {
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | MOBILITY | HIP | SHIM6 => {
                options(datagram.payload)
            }
            FRAGMENT => match fragment(datagram.payload) {
                Ok((next, rest, piece)) => {
                    let whole = piece.offset == 0 && !piece.more;
                    datagram.piece = (!whole).then_some(piece);
                    if piece.offset != 0 {
                        (datagram.proto, datagram.payload) = (next, rest);
                        return;
                    }
                    Ok((next, rest))
                }
                Err(fault) => Err(fault),
            },
            proto::AH => authenticated(datagram.payload),
            _ => return,
        };
        match read {
            Ok(next) => (datagram.proto, datagram.payload) = next,
            Err(fault) => {
                datagram.fault = datagram.fault.or(Some(fault));
                return;
            }
        }
    }
    datagram.fault = datagram.fault.or(Some(Malformed::TooDeep.into()));
}

/// The same for IPv4, which has only the authentication header.
pub(super) fn authentication(datagram: &mut Datagram<'_>) {
    match authenticated(datagram.payload) {
        Ok(next) => (datagram.proto, datagram.payload) = next,
        Err(fault) => datagram.fault = datagram.fault.or(Some(fault)),
    }
}

/// Next header, then a length in units of eight bytes that leaves out the first eight.
fn options<'a>(from: Slice<'a>) -> Result<(u8, Slice<'a>), Fault> {
    let &[next, len] = from.peek::<2>()?;
    Ok((next, from.skip(8 + usize::from(len) * 8)?))
}

/// Next header, then a length in units of four bytes that leaves out two.
fn authenticated<'a>(from: Slice<'a>) -> Result<(u8, Slice<'a>), Fault> {
    let &[next, len] = from.peek::<2>()?;
    Ok((next, from.skip(8 + usize::from(len) * 4)?))
}

fn fragment<'a>(from: Slice<'a>) -> Result<(u8, Slice<'a>, Piece), Fault> {
    let (&[next, _, o0, o1, i0, i1, i2, i3], rest) = from.take::<8>()?;
    let offset_and_more = u16::from_be_bytes([o0, o1]);
    let piece = Piece {
        id: u32::from_be_bytes([i0, i1, i2, i3]),
        offset: u32::from(offset_and_more & 0xfff8),
        more: offset_and_more & 1 != 0,
    };
    Ok((next, rest, piece))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn datagram(proto: u8, payload: &[u8]) -> Datagram<'_> {
        let nowhere = IpAddr::from([0; 16]);
        let payload = Slice::whole(payload);
        Datagram {
            src: nowhere,
            dst: nowhere,
            ttl: 0,
            len: 0,
            proto,
            payload,
            piece: None,
            fault: None,
        }
    }

    fn skipped(proto: u8, payload: &[u8]) -> Datagram<'_> {
        let mut datagram = datagram(proto, payload);
        skip(&mut datagram);
        datagram
    }

    #[test]
    fn every_header_is_stepped_over_in_any_order() {
        let mut chain = Vec::new();
        for next in [ROUTING, DESTINATION_OPTIONS, MOBILITY, HIP, SHIM6, 51] {
            chain.extend([next, 0, 9, 9, 9, 9, 9, 9]);
        }
        chain.extend([17, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        chain.extend([1, 2, 3]);
        let found = skipped(HOP_BY_HOP, &chain);
        assert_eq!(
            (found.proto, found.payload.bytes(), found.fault),
            (17, &[1, 2, 3][..], None)
        );
    }

    #[test]
    fn lengths_count_eight_bytes_beyond_the_first_eight() {
        let header = [&[6, 1][..], &[0; 14], b"tcp"].concat();
        assert_eq!(skipped(ROUTING, &header).payload.bytes(), b"tcp");
    }

    #[test]
    fn a_later_fragment_ends_the_chain() {
        let header = [17, 0, 0x05, 0xa9, 0, 0, 0, 7, 0xff];
        let found = skipped(FRAGMENT, &header);
        assert_eq!(
            found.piece,
            Some(Piece {
                id: 7,
                offset: 1448,
                more: true
            })
        );
        assert_eq!((found.proto, found.payload.bytes()), (17, &[0xff][..]));
    }

    #[test]
    fn a_fragment_that_is_all_is_none() {
        let found = skipped(FRAGMENT, &[17, 0, 0, 0, 0, 0, 0, 7, 0xff]);
        assert_eq!((found.piece, found.proto), (None, 17));
    }

    #[test]
    fn a_cut_chain_is_a_fault_and_says_where_it_stopped() {
        let found = skipped(HOP_BY_HOP, &[17, 9, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            (found.proto, found.fault),
            (HOP_BY_HOP, Some(Malformed::Short.into()))
        );
    }

    #[test]
    fn a_chain_without_an_end_is_refused() {
        let chain = [DESTINATION_OPTIONS, 0, 0, 0, 0, 0, 0, 0].repeat(1000);
        assert_eq!(
            skipped(DESTINATION_OPTIONS, &chain).fault,
            Some(Malformed::TooDeep.into())
        );
    }
}
