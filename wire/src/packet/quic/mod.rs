//! QUIC versions 1 and 2, and the last drafts of version 1 (RFC 9000, 9001, 9369): what a client's first packets say. They are encrypted with keys that everybody
//! can derive.

mod frames;
mod header;
mod keys;

pub use frames::crypto;
pub use header::{Initial, Packet, Version, packets};
pub use keys::{Client, Keys};

/// A variable-length integer (RFC 9000, section 16).
fn varint(read: &mut super::reader::Reader<'_>) -> Option<u64> {
    let first = read.u8()?;
    (0..(1_u32 << (first >> 6)) - 1).try_fold(u64::from(first & 0x3f), |sum, _| Some(sum << 8 | u64::from(read.u8()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::reader::Reader;

    #[test]
    fn integers_are_as_long_as_their_first_bits_say() {
        for (bytes, number) in [
            (&[0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c][..], Some(151_288_809_941_952_652)),
            (&[0x9d, 0x7f, 0x3e, 0x7d], Some(494_878_333)),
            (&[0x7b, 0xbd], Some(15293)),
            (&[0x25], Some(37)),
            (&[0x40, 0x25], Some(37)),
            (&[0x7b], None),
            (&[], None),
        ] {
            assert_eq!(varint(&mut Reader::new(bytes)), number);
        }
    }
}
