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

/// Prism, whose length is in the byte order of the capturing host; or AVS, which says so in its first word.
pub(super) fn prism<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let &[a, b, c, _, l0, l1, l2, l3] = from.peek::<8>()?;
    if [a, b, c] == [0x80, 0x21, 0x10] {
        return avs(from);
    }
    let little = u32::from_le_bytes([l0, l1, l2, l3]);
    let len = if little > 0xffff { little.swap_bytes() } else { little };
    Ok(Next::Wlan { frame: from.skip(len as usize)?, padded: false })
}

/// AVS: version, length, fields.
pub(super) fn avs<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    let &[_, _, _, _, l0, l1, l2, l3] = from.peek::<8>()?;
    Ok(Next::Wlan { frame: from.skip(u32::from_be_bytes([l0, l1, l2, l3]) as usize)?, padded: false })
}
