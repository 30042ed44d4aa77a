//! The frames of an Initial packet (RFC 9000, section 19).

use super::varint;
use crate::packet::reader::Reader;

const PADDING: u64 = 0x00;
const PING: u64 = 0x01;
const ACK: u64 = 0x02;
const ACK_ECN: u64 = 0x03;
const CRYPTO: u64 = 0x06;
/// Ranges of an acknowledgment that are read over.
const MAX_RANGES: u64 = 1024;

/// The pieces of the handshake in a packet, each with where it stands.
///
/// ```
/// use wire::packet::quic::crypto;
///
/// assert_eq!(crypto(&[0, 0, 1, 6, 0x05, 2, 8, 9, 0]).collect::<Vec<_>>(), [(5, &[8, 9][..])]);
/// ```
pub fn crypto(frames: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut left = Reader::new(frames);
    std::iter::from_fn(move || {
        loop {
            match varint(&mut left)? {
                PADDING | PING => {}
                kind @ (ACK | ACK_ECN) => acknowledgment(&mut left, kind == ACK_ECN)?,
                CRYPTO => {
                    let at = usize::try_from(varint(&mut left)?).ok()?;
                    let len = usize::try_from(varint(&mut left)?).ok()?;
                    return Some((at, left.take(len)?));
                }
                _ => return None,
            }
        }
    })
}

fn acknowledgment(left: &mut Reader<'_>, has_counts: bool) -> Option<()> {
    let (_largest, _delay, ranges, _first) = (varint(left)?, varint(left)?, varint(left)?, varint(left)?);
    let numbers = ranges.min(MAX_RANGES) * 2 + if has_counts { 3 } else { 0 };
    (0..numbers).try_for_each(|_| varint(left).map(|_| ()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_is_read_over() {
        let frames = [&[2, 9, 0, 1, 0, 0, 3][..], &[6, 0, 1, 7], &[3, 9, 0, 0, 0, 1, 2, 3], &[6, 1, 1, 8], &[0x1c, 6, 2, 1, 9]].concat();
        assert_eq!(crypto(&frames).collect::<Vec<_>>(), [(0, &[7][..]), (1, &[8][..])]);
        assert_eq!(crypto(&[6, 0, 9, 1]).count(), 0, "cut");
    }
}
