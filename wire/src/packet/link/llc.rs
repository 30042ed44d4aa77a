//! LLC (IEEE 802.2) and SNAP headers.

use super::ethernet;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const SNAP: u8 = 0xaa;
const IP: u8 = 0x06;

/// The layer inside, where this crate reads on.
pub(in crate::packet) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[dsap, ssap, control], rest) = from.take::<3>()?;
    match (dsap & 0xfe, ssap & 0xfe) {
        (SNAP, SNAP) if control == 0x03 => snap(rest),
        (IP, IP) if control == 0x03 => Ok(Some(Next::Ip(rest))),
        _ => Ok(None),
    }
}

/// Who numbers the protocol, then its number (IEEE 802 clause 9.2).
pub(super) fn snap<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[o0, o1, o2, p0, p1], rest) = from.take::<5>()?;
    let protocol = u16::from_be_bytes([p0, p1]);
    Ok(match [o0, o1, o2] {
        [0x00, 0x00, 0x00] | [0x00, 0x00, 0xf8] => Some(ethernet::next(protocol, rest)),
        [0x00, 0x80, 0xc2] => bridged(protocol, rest)?,
        _ => None,
    })
}

/// A bridged frame (RFC 2427 appendix A, RFC 2684 section 5.2); ATM pads the number to four bytes.
fn bridged<'a>(protocol: u16, rest: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let rest = if rest.u16(0) == Some(0) && matches!(protocol, 0x01 | 0x07) { rest.skip(2)? } else { rest };
    Ok(match protocol {
        0x01 => Some(Next::Ethernet(rest.without_trailer(4))),
        0x07 => Some(Next::Ethernet(rest)),
        _ => None,
    })
}
