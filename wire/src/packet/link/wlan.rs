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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::testing::{finds, read, v4_packet};

    const LLC: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    const A: [u8; 6] = [2, 0, 0, 0, 0, 0xa];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 0xb];
    const C: [u8; 6] = [2, 0, 0, 0, 0, 0xc];
    const D: [u8; 6] = [2, 0, 0, 0, 0, 0xd];

    fn header(control: u8, flags: u8) -> Vec<u8> {
        [&[control, flags, 0, 0][..], &A, &B, &C, &[0, 0]].concat()
    }

    #[test]
    fn the_direction_says_which_addresses_are_source_and_destination() {
        let ends = |flags| read(105, &header(0x08, flags)).macs;
        assert_eq!(ends(0), Some([Mac(B), Mac(A)]));
        assert_eq!(ends(TO_DS), Some([Mac(B), Mac(C)]));
        assert_eq!(ends(FROM_DS), Some([Mac(C), Mac(A)]));
        let bridged = [header(0x08, TO_DS | FROM_DS), D.to_vec()].concat();
        assert_eq!(read(105, &bridged).macs, Some([Mac(D), Mac(C)]));
    }

    #[test]
    fn data_with_and_without_quality_of_service() {
        assert!(finds(105, &[&header(0x08, FROM_DS), &LLC, &v4_packet()]));
        assert!(finds(105, &[&header(0x88, FROM_DS), &[0, 0], &LLC, &v4_packet()]));
        assert!(finds(105, &[&header(0x88, FROM_DS | ORDER), &[0, 0, 9, 9, 9, 9], &LLC, &v4_packet()]));
        assert!(finds(105, &[&header(0x88, TO_DS | FROM_DS), &D, &[0, 0], &LLC, &v4_packet()]));
    }

    #[test]
    fn of_an_aggregate_the_first_packet_is_read() {
        let len = (LLC.len() + v4_packet().len()) as u8;
        let subframe = [&A[..], &B, &[0, len], &LLC, &v4_packet(), &[0; 2]].concat();
        assert!(finds(105, &[&header(0x88, FROM_DS), &[AMSDU, 0], &subframe, &subframe]));
    }

    #[test]
    fn encrypted_and_empty_frames_and_management_hold_no_packet() {
        for (control, flags) in [(0x08, PROTECTED), (0x48, 0), (0xc8, 0), (0x80, 0), (0xb4, 0)] {
            let frame = [&header(control, flags)[..], &LLC, &v4_packet()].concat();
            assert!(read(105, &frame).ip().is_none(), "{control:02x}");
            assert_eq!(read(105, &frame).fault, None, "{control:02x}");
        }
    }

    #[test]
    fn another_version_is_malformed() {
        assert!(read(105, &header(0x09, 0)).is_malformed());
    }
}
