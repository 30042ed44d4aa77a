//! ERSPAN, mirrored Ethernet frames over GRE (draft-foschiano-erspan).

use super::Via;
use crate::packet::dissection::TunnelKind;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// Type I has no header and its GRE no sequence number; type II has a header of eight bytes.
pub(super) fn version_1_or_2<'a>(from: Slice<'a>, sequenced: bool) -> Result<(Via, Next<'a>), Fault> {
    if !sequenced {
        return Ok((TunnelKind::Erspan.without_id(), Next::Ethernet(from)));
    }
    let (&[version, _, s0, s1, ..], frame) = from.take::<8>()?;
    match version >> 4 {
        1 => Ok((TunnelKind::Erspan.with_id(session(s0, s1)), Next::Ethernet(frame))),
        _ => Err(Malformed::Version.into()),
    }
}

/// Type III: twelve bytes, and eight more where the last bit says so.
pub(super) fn version_3<'a>(from: Slice<'a>) -> Result<(Via, Next<'a>), Fault> {
    let (&[version, _, s0, s1, .., last], frame) = from.take::<12>()?;
    if version >> 4 != 2 {
        return Err(Malformed::Version.into());
    }
    let frame = if last & 1 != 0 { frame.skip(8)? } else { frame };
    Ok((TunnelKind::Erspan.with_id(session(s0, s1)), Next::Ethernet(frame)))
}

/// The session is the lower ten bits.
fn session(high: u8, low: u8) -> u32 {
    u32::from(u16::from_be_bytes([high, low]) & 0x3ff)
}
