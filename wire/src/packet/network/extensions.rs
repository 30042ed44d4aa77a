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
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS | MOBILITY | HIP | SHIM6 => options(datagram.payload),
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
