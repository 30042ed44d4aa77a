//! IEEE 802.11 data frames.

use super::llc;
use crate::packet::dissection::Mac;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const DATA: u8 = 2;
const QOS: u8 = 0x8;
const NO_DATA: u8 = 0x4;
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const AMSDU: u8 = 0x80;

/// The header of a data frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Whose data it is.
    pub src: Mac,
    /// Whom it is for.
    pub dst: Mac,
    /// Whether the payload is encrypted.
    pub protected: bool,
    /// Whether the payload is several packets, each with an Ethernet-like header (A-MSDU).
    pub aggregated: bool,
}

impl Repr {
    /// Reads the header of a data frame; nothing where it is management, control, or data without a payload.
    /// `padded` headers are filled up to a multiple of four bytes, as some drivers do.
    ///
    /// # Errors
    /// [`Malformed::Version`] for a protocol version other than 0, else as [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>, padded: bool) -> Result<Option<(Repr, Slice<'a>)>, Fault> {
        let &[control, flags] = from.peek::<2>()?;
        if control & 3 != 0 {
            return Err(Malformed::Version.into());
        }
        let subtype = control >> 4;
        if control >> 2 & 3 != DATA || subtype & NO_DATA != 0 {
            return Ok(None);
        }
        let (_, rest) = from.take::<4>()?;
        let (&first, rest) = rest.take::<6>()?;
        let (&second, rest) = rest.take::<6>()?;
        let (&third, rest) = rest.take::<6>()?;
        let mut rest = rest.skip(2)?;
        let (dst, src) = match flags & (TO_DS | FROM_DS) {
            0 => (first, second),
            TO_DS => (third, second),
            FROM_DS => (first, third),
            _ => {
                let (&fourth, after) = rest.take::<6>()?;
                rest = after;
                (third, fourth)
            }
        };
        let mut aggregated = false;
        if subtype & QOS != 0 {
            let (&[qos, _], after) = rest.take::<2>()?;
            aggregated = qos & AMSDU != 0;
            rest = if flags & ORDER != 0 { after.skip(4)? } else { after };
        }
        if padded {
            rest = rest.skip((from.len() - rest.len()).next_multiple_of(4) - (from.len() - rest.len()))?;
        }
        let protected = flags & PROTECTED != 0;
        Ok(Some((Repr { src: Mac(src), dst: Mac(dst), protected, aggregated }, rest)))
    }
}

/// The layer inside: LLC, or of several packets the first.
pub(in crate::packet) fn payload<'a>(repr: &Repr, rest: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    if repr.protected {
        return Ok(None);
    }
    if !repr.aggregated {
        return Ok(Some(Next::Llc(rest)));
    }
    let (&[.., l0, l1], inner) = rest.take::<14>()?;
    llc::next(inner.limit(u16::from_be_bytes([l0, l1]).into()))
}
