//! What the fuzz targets share: what must hold for whatever bytes are dissected.

use wire::packet::dissection::{MAX_TUNNELS, MAX_VLANS};
use wire::packet::names::{self, MAX_NAME_LEN};
use wire::packet::{Fragments, LinkType, dissect};

/// Dissects one frame and checks what must hold for any.
pub fn check(link: u32, frame: &[u8], wire_len: u32, at_us: u64, fragments: &mut Fragments) {
    let found = dissect(LinkType(link), frame, wire_len, at_us, fragments);
    assert!(found.tunnels.len() <= MAX_TUNNELS);
    assert!(found.vlans.len() <= MAX_VLANS);
    let Some(packet) = found.ip() else { return };
    let sent = frame.len().max(wire_len as usize);
    assert!(packet.ip_len as usize <= sent, "{found:?}");
    assert!(packet.transport.payload().len() <= frame.len());
    assert!(!packet.later_fragment || packet.transport.payload().is_empty());
    for learned in names::from_transport(&packet.transport) {
        assert!(!learned.name.is_empty() && learned.name.len() <= MAX_NAME_LEN);
        assert!(!learned.name.contains(char::is_control));
    }
}

/// Dissects a frame whose first byte chooses among `links` and whose second says by how much the capture cut it.
pub fn check_one_of(links: &[u32], data: &[u8]) {
    let [which, cut, frame @ ..] = data else { return };
    let link = links[usize::from(*which) % links.len()];
    check(link, frame, frame.len() as u32 + u32::from(*cut), 0, &mut Fragments::new(4));
}

/// Link types with Ethernet frames inside, or something else before them.
pub const ETHERNETS: &[u32] = &[1, 178, 219, 240, 241, 281, 282, 284, 285];
/// Serial lines.
pub const SERIALS: &[u32] = &[9, 50, 51, 104, 107, 166, 179, 180, 181, 204, 205, 206];
/// 802.11 and what stands before it.
pub const WIRELESS: &[u32] = &[105, 119, 127, 163, 192];
/// Operating systems' own formats.
pub const SYSTEMS: &[u32] = &[0, 12, 14, 101, 108, 109, 113, 117, 149, 228, 229, 239, 258, 276];
/// Everything else.
pub const OTHERS: &[u32] = &[6, 7, 10, 11, 100, 122, 123, 129, 138];
