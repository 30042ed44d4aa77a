//! What capture drivers put before 802.11 frames: radiotap, PPI, Prism and AVS.

use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

use super::LinkType;

const FCS_AT_END: u8 = 0x10;
const DATA_PAD: u8 = 0x20;

/// Radiotap (radiotap.org): version, pad, length, presence words, fields. Of the fields only the flags matter.
pub(super) fn radiotap<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let &[version, _, l0, l1, present, ..] = from.peek::<8>()?;
    if version != 0 {
        return Err(Malformed::Version.into());
    }
    let len = usize::from(u16::from_le_bytes([l0, l1]));
    let (header, frame) = from.split(len)?;
    let flags = radiotap_flags(header, present).unwrap_or(0);
    let frame = if flags & FCS_AT_END != 0 { frame.without_trailer(4) } else { frame };
    Ok(Next::Wlan { frame, padded: flags & DATA_PAD != 0 })
}

/// The flags field, which only a timestamp may precede.
fn radiotap_flags(header: &[u8], present: u8) -> Option<u8> {
    if present & 0x02 == 0 {
        return None;
    }
    let words = header.get(4..)?.as_chunks::<4>().0;
    let present_len = 4 * (1 + words.iter().take_while(|word| word[3] & 0x80 != 0).count());
    let mut at = 4 + present_len;
    if present & 0x01 != 0 {
        at = at.next_multiple_of(8) + 8;
    }
    header.get(at).copied()
}

/// Per-packet information: version, flags, length, link type, fields.
pub(super) fn ppi<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let &[version, _, l0, l1, t0, t1, t2, t3] = from.peek::<8>()?;
    if version != 0 {
        return Err(Malformed::Version.into());
    }
    let len = usize::from(u16::from_le_bytes([l0, l1]));
    let frame = from.skip(len.max(8))?;
    Ok(match LinkType(u32::from_le_bytes([t0, t1, t2, t3])) {
        LinkType::PPI => return Err(Malformed::TooDeep.into()),
        link => Next::Link(link, frame),
    })
}

/// Prism and AVS: magic, then the length, in the byte order of the capturing host.
pub(super) fn prism<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let &[_, _, _, _, l0, l1, l2, l3] = from.peek::<8>()?;
    let little = u32::from_le_bytes([l0, l1, l2, l3]);
    let len = if little > 0xffff { little.swap_bytes() } else { little };
    Ok(Next::Wlan { frame: from.skip(len as usize)?, padded: false })
}

#[cfg(test)]
mod tests {
    use crate::packet::testing::{finds, packet_without_length, read, v4_packet};

    const DATA: [u8; 32] = [0x08, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    const QOS_PADDED: [u8; 36] =
        [0x88, 0x02, 0, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0];

    #[test]
    fn radiotap_says_how_long_it_is() {
        assert!(finds(127, &[&[0, 0, 8, 0, 0, 0, 0, 0], &DATA, &v4_packet()]));
    }

    #[test]
    fn a_frame_check_sequence_is_no_payload() {
        let header = [0, 0, 9, 0, 0x02, 0, 0, 0, 0x10];
        assert!(finds(127, &[&header, &DATA, &packet_without_length(), &[0xff; 4]]));
    }

    #[test]
    fn the_flags_follow_a_timestamp_and_further_presence_words() {
        let padded = 0x20;
        let with_timestamp = [0, 0, 17, 0, 0x03, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, padded];
        assert!(finds(127, &[&with_timestamp, &QOS_PADDED, &v4_packet()]));
        let extended = [0, 0, 25, 0, 0x03, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, padded];
        assert!(finds(127, &[&extended, &QOS_PADDED, &v4_packet()]));
        let unpadded = [0, 0, 17, 0, 0x03, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0];
        assert!(!finds(127, &[&unpadded, &QOS_PADDED, &v4_packet()]));
    }

    #[test]
    fn per_packet_information_names_the_link_type() {
        assert!(finds(192, &[&[0, 0, 8, 0, 105, 0, 0, 0], &DATA, &v4_packet()]));
        assert!(finds(192, &[&[0, 0, 12, 0, 101, 0, 0, 0, 9, 9, 9, 9], &v4_packet()]));
        assert!(read(192, &[0, 0, 8, 0, 192, 0, 0, 0, 0, 0, 8, 0, 101, 0, 0, 0]).is_malformed());
    }

    #[test]
    fn prism_in_both_byte_orders_and_avs() {
        let header = |len: [u8; 4], magic: [u8; 4]| [&magic[..], &len, &[0; 56]].concat();
        assert!(finds(119, &[&header([64, 0, 0, 0], [0x44, 0, 0, 0]), &DATA, &v4_packet()]));
        assert!(finds(119, &[&header([0, 0, 0, 64], [0, 0, 0, 0x44]), &DATA, &v4_packet()]));
        assert!(finds(119, &[&header([0, 0, 0, 64], [0x80, 0x21, 0x10, 1]), &DATA, &v4_packet()]));
        assert!(finds(163, &[&header([0, 0, 0, 64], [0x80, 0x21, 0x10, 1]), &DATA, &v4_packet()]));
    }
}
