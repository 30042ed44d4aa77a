//! IPv6 extension headers (RFC 8200 section 4) and the authentication header of both versions (RFC 4302).

use super::Piece;
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

/// Where a chain of extension headers led.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain<'a> {
    /// The number of what `payload` begins with.
    pub(super) proto: u8,
    pub(super) payload: Slice<'a>,
    pub(super) piece: Option<Piece>,
    /// Why the chain was not read to its end.
    pub(super) fault: Option<Fault>,
}

/// Whether it is the number of a header that [`skip`] steps over.
#[inline(always)]
pub(super) fn is_extension(proto: u8) -> bool {
    matches!(proto, HOP_BY_HOP | ROUTING | FRAGMENT | proto::AH | DESTINATION_OPTIONS | MOBILITY | HIP | SHIM6)
}

/// Steps over extension headers. It stops at a later fragment's, beyond which there are none, and at a chain that is cut or
/// malformed.
pub(super) fn skip<'a>(proto: u8, payload: Slice<'a>) -> Chain<'a> {
    let mut chain = Chain { proto, payload, piece: None, fault: None };
    for _ in 0..MAX_HEADERS {
        let read = match chain.proto {
            FRAGMENT => fragment(chain.payload).map(|(next, rest, piece)| {
                let is_whole = piece.offset == 0 && !piece.more;
                chain.piece = (!is_whole).then_some(piece);
                (next, rest)
            }),
            proto::AH => authenticated(chain.payload),
            proto if is_extension(proto) => options(chain.payload),
            _ => return chain,
        };
        match read {
            Ok(next) => (chain.proto, chain.payload) = next,
            Err(fault) => {
                return Chain { fault: Some(fault), ..chain };
            }
        }
        if chain.piece.is_some_and(|piece| piece.offset != 0) {
            return chain;
        }
    }
    Chain { fault: Some(Malformed::TooDeep.into()), ..chain }
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
        proto: 0,
        offset: u32::from(offset_and_more & 0xfff8),
        more: offset_and_more & 1 != 0,
    };
    Ok((next, rest, piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(proto: u8, payload: &[u8]) -> Chain<'_> {
        skip(proto, Slice::whole(payload))
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
        assert_eq!((found.proto, found.payload.bytes(), found.fault), (17, &[1, 2, 3][..], None));
    }

    #[test]
    fn lengths_count_eight_bytes_beyond_the_first_eight() {
        let header = [&[6, 1][..], &[0; 14], b"tcp"].concat();
        assert_eq!(skipped(ROUTING, &header).payload.bytes(), b"tcp");
    }

    #[test]
    fn a_later_fragment_ends_the_chain() {
        let header = [60, 0, 0x05, 0xa9, 0, 0, 0, 7, 0xff];
        let found = skipped(FRAGMENT, &header);
        assert_eq!(found.piece, Some(Piece { id: 7, proto: 0, offset: 1448, more: true }));
        assert_eq!((found.proto, found.payload.bytes()), (60, &[0xff][..]));
        assert_eq!(found.fault, None);
    }

    #[test]
    fn a_fragment_that_is_all_is_none() {
        let found = skipped(FRAGMENT, &[17, 0, 0, 0, 0, 0, 0, 7, 0xff]);
        assert_eq!((found.piece, found.proto), (None, 17));
    }

    #[test]
    fn a_cut_chain_is_a_fault_and_says_where_it_stopped() {
        let found = skipped(HOP_BY_HOP, &[17, 9, 0, 0, 0, 0, 0, 0]);
        assert_eq!((found.proto, found.fault), (HOP_BY_HOP, Some(Malformed::Short.into())));
    }

    #[test]
    fn a_chain_without_an_end_is_refused() {
        let chain = [DESTINATION_OPTIONS, 0, 0, 0, 0, 0, 0, 0].repeat(1000);
        assert_eq!(skipped(DESTINATION_OPTIONS, &chain).fault, Some(Malformed::TooDeep.into()));
    }
}
