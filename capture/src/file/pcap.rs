//! The pcap format: a file header, then records (draft-ietf-opsawg-pcap).

use graph::Time;
use wire::packet::LinkType;

use super::bytes::{Order, words};
use super::error::Fault;
use super::record::{Packet, Record};
use super::window::{Have, MAX_BLOCK_BYTES, Window};

/// The size of the file header.
pub(super) const HEADER_BYTES: usize = 24;
/// The largest packet that tcpdump and Wireshark write, or read.
const MAX_PACKET_BYTES: usize = 262_144;

/// A pcap file whose header has been read.
pub(super) struct Pcap {
    order: Order,
    nanos: bool,
    record_header: usize,
    link: LinkType,
    max_packet: usize,
}

/// Whether a file that begins so is of this format, and how: byte order, nanoseconds, and the size of a record header.
pub(super) fn magic(first: [u8; 4]) -> Option<(Order, bool, usize)> {
    [Order::Little, Order::Big].into_iter().find_map(|order| match order.u32(first) {
        0xa1b2_c3d4 => Some((order, false, 16)),
        0xa1b2_3c4d => Some((order, true, 16)),
        // Kuznetzov's patch of 1998: each record header goes on with an interface, a protocol and a packet type.
        0xa1b2_cd34 => Some((order, false, 24)),
        _ => None,
    })
}

impl Pcap {
    pub(super) fn parse(header: &[u8; HEADER_BYTES]) -> Result<Option<Pcap>, Fault> {
        let ([magic_bytes, version, _zone, _digits, _snaplen, link], []) = header.as_chunks::<4>() else {
            return Ok(None);
        };
        let Some((order, nanos, record_header)) = magic(*magic_bytes) else {
            return Ok(None);
        };
        let (major, minor) = order.halves(*version);
        if major != 2 {
            return Err(Fault::Version { major, minor });
        }
        // Bits 26 to 31 tell the length of the frame check sequence; the ten below them are zero.
        let link = order.u32(*link);
        if link & 0x03ff_0000 != 0 {
            return Err(Fault::LinkType(link));
        }
        let link = LinkType(link & 0xffff);
        Ok(Some(Pcap { order, nanos, record_header, link, max_packet: max_packet(link) }))
    }

    #[inline(always)]
    pub(super) fn next<'w>(&mut self, window: &'w mut Window) -> Result<Record<'w>, Fault> {
        match window.have(self.record_header).map_err(Fault::Unreadable)? {
            Have::Enough => {}
            Have::NotYet => return Ok(Record::Waiting),
            Have::Ended => return ended(window, self.record_header),
        }
        let Some(([secs, fraction, len, wire_len], _)) = words(self.order, window.bytes()) else {
            return ended(window, self.record_header);
        };
        if len as usize > self.max_packet {
            return Err(Fault::PacketTooLong { len, max: self.max_packet });
        }
        let record = self.record_header + len as usize;
        match window.have(record).map_err(Fault::Unreadable)? {
            Have::Enough => {}
            Have::NotYet => return Ok(Record::Waiting),
            Have::Ended => return ended(window, record),
        }
        let micros = if self.nanos { fraction / 1_000 } else { fraction };
        let at = Time(u64::from(secs) * 1_000_000 + u64::from(micros));
        let data = window.take(record).get(self.record_header..).unwrap_or_default();
        Ok(Record::Packet(Packet { at, link: self.link, data, wire_len, interface: 0 }))
    }
}

/// The end of the input: well, where a record ends.
pub(super) fn ended(window: &Window, want: usize) -> Result<Record<'static>, Fault> {
    match window.bytes().len() {
        0 => Ok(Record::End),
        have => Err(Fault::CutShort { have, want }),
    }
}

/// What a packet may measure: D-Bus messages and USB transfers can be far larger than frames of a network.
pub(super) fn max_packet(link: LinkType) -> usize {
    match link.0 {
        231 | 249 | 288 => MAX_BLOCK_BYTES - 64,
        _ => MAX_PACKET_BYTES,
    }
}
