//! What packet filters log: OpenBSD's pf and enc, Linux's nflog.

use super::null;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// nflog attributes looked at; the payload is one of the last of about ten.
const MAX_ATTRIBUTES: usize = 64;

/// pf: a header whose first byte is its length without padding, and second the address family.
pub(super) fn pflog<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let &[len, family] = from.peek::<2>()?;
    let packet = from.skip(usize::from(len).next_multiple_of(4))?;
    Ok(null::by_family(family.into(), packet))
}

/// enc: address family in the byte order of the capturing host, security parameters, flags.
pub(super) fn enc<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (&[f0, f1, f2, f3, ..], packet) = from.take::<12>()?;
    Ok(null::by_family(null::small(u32::from_be_bytes([f0, f1, f2, f3])), packet))
}

/// nflog: family, version, resource, then attributes, padded to four bytes. Their lengths and types are in the byte
/// order of the capturing host, and types are small.
pub(super) fn nflog<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    const PAYLOAD: u16 = 9;
    let (&[family, ..], mut rest) = from.take::<4>()?;
    for _ in 0..MAX_ATTRIBUTES {
        let &[l0, l1, t0, t1] = rest.peek::<4>()?;
        let is_little = t1 == 0;
        let read = |two| {
            if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) }
        };
        let (len, kind) = (usize::from(read([l0, l1])), read([t0, t1]));
        if kind == PAYLOAD {
            return Ok(null::by_family(family.into(), rest.limit(len).skip(4)?));
        }
        rest = rest.skip(len.next_multiple_of(4))?;
    }
    Err(Malformed::TooDeep.into())
}

#[cfg(test)]
mod tests {
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    #[test]
    fn pf_pads_its_header_but_does_not_count_the_padding() {
        let mut header = vec![61, 2];
        header.resize(64, 0);
        assert!(finds(117, &[&header, &v4_packet()]));
        header[1] = 24;
        assert!(finds(117, &[&header, &v6_packet()]));
    }

    #[test]
    fn enc_in_either_byte_order() {
        assert!(finds(109, &[&[2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], &v4_packet()]));
        assert!(finds(109, &[&[0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 0], &v6_packet()]));
    }

    #[test]
    fn the_payload_is_one_of_nflogs_attributes() {
        let len = v4_packet().len() as u8 + 4;
        let little = [2, 0, 0, 42, 5, 0, 10, 0, 0, 0, 0, 0, len, 0, 9, 0];
        let big = [2, 0, 0, 42, 0, 5, 0, 10, 0, 0, 0, 0, 0, len, 0, 9];
        assert!(finds(239, &[&little, &v4_packet()]));
        assert!(finds(239, &[&big, &v4_packet()]));
    }

    #[test]
    fn a_payload_must_be_as_long_as_its_header_and_attributes_not_too_many() {
        assert!(read(239, &[2, 0, 0, 42, 3, 0, 9, 0]).is_malformed());
        let many = [&[2, 0, 0, 42][..], &[0, 0, 1, 0].repeat(1000)].concat();
        assert!(read(239, &many).is_malformed());
    }
}
