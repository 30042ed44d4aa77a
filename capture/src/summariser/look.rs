//! Which payloads dissectors are shown.
//!
//! Packets are counted many at a time, when their bytes are gone; so what somebody may want is copied when a packet is taken down. Whether somebody does is known
//! of the flows that had a payload of late.

use std::ops::Range;

use graph::{Event, Side, Tag};
use wire::packet::{TcpFlags, Transport};

use super::table::Key;
use super::{Summariser, Taken};
use crate::dissect::{Dissectors, Found, Payload, Watch};

/// What is copied of one payload: as much as segmentation offload leaves of a handshake.
const MAX_COPY: usize = 16 << 10;
/// Flows that are remembered as looked at, by their hash.
const REMEMBERED: usize = 4096;

/// What dissectors look at, and what is kept for them until packets are counted.
#[derive(Debug)]
pub(super) struct Look {
    watch: Watch<Key>,
    /// Copied payloads of the packets that are not counted yet.
    copied: Vec<u8>,
    /// Hashes of flows at which nobody looks any more, each in the one place that it may have.
    passed: Box<[u64]>,
    found: Found,
}

/// A copied payload: where it is, and where it stands in its stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    start: u32,
    end: u32,
    seq: u32,
}

impl Piece {
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Look {
    pub(super) fn new(dissectors: Dissectors) -> Look {
        let passed = if dissectors.is_empty() { Box::default() } else { vec![0; REMEMBERED].into() };
        Look { watch: Watch::new(dissectors), copied: Vec::new(), passed, found: Found::default() }
    }

    /// Copies what somebody may want of a packet. The first segment of a connection of TCP is wanted for its number.
    #[inline]
    pub(super) fn take(&mut self, transport: &Transport<'_>, flags: TcpFlags, hash: u64) -> Option<Piece> {
        let payload = transport.payload();
        let is_syn = flags.contains(TcpFlags::SYN);
        if self.watch.is_idle() || (payload.is_empty() && !is_syn) {
            return None;
        }
        let passed = self.passed.get_mut(hash as usize % REMEMBERED)?;
        if is_syn && *passed == hash {
            *passed = 0; // the ports are used again
        } else if *passed == hash {
            return None;
        }
        let seq = match *transport {
            Transport::Tcp { seq, .. } => seq.wrapping_add(u32::from(is_syn)),
            _ => 0,
        };
        let start = self.copied.len() as u32;
        self.copied.extend_from_slice(payload.get(..payload.len().min(MAX_COPY)).unwrap_or_default());
        Some(Piece { start, end: self.copied.len() as u32, seq })
    }

    /// Flows of which more was wanted than is told.
    pub(super) fn cut(&self) -> u64 {
        self.watch.cut()
    }

    /// All packets are counted.
    pub(super) fn settled(&mut self) {
        self.copied.clear();
    }

    /// Nobody looks at that flow any more.
    pub(super) fn pass(&mut self, hash: u64) {
        if let Some(passed) = self.passed.get_mut(hash as usize % REMEMBERED) {
            *passed = hash;
        }
    }

    /// A connection is no more; another one may have its ends.
    pub(super) fn forget(&mut self, key: Key, hash: u64) {
        self.watch.forget(key);
        if let Some(passed) = self.passed.get_mut(hash as usize % REMEMBERED).filter(|passed| **passed == hash) {
            *passed = 0;
        }
    }
}

impl Summariser {
    /// Shows dissectors what a packet holds, and takes in what they tell.
    pub(super) fn look_at(&mut self, packet: &Taken, piece: Piece, key: Key, client: Side) {
        let Some(first_byte) = self.conns.first_byte(key, packet.side) else { return };
        if packet.flags.contains(TcpFlags::SYN) {
            *first_byte = Some(piece.seq);
        }
        let bytes = self.look.copied.get(piece.range()).unwrap_or_default();
        if bytes.is_empty() {
            return;
        }
        let at = piece.seq.wrapping_sub(*first_byte.get_or_insert(piece.seq)).cast_signed();
        let payload = Payload { at: packet.at, tuple: packet.tuple, from: packet.side, client, bytes };
        let is_wanted = self.look.watch.hear(key, &payload, at, &mut self.look.found);
        if !is_wanted {
            self.conns.looked_at(key);
            self.look.pass(packet.hash);
        }
        while let Some(key) = self.look.watch.give_up() {
            self.conns.looked_at(key);
        }
        self.take_found(packet, key);
    }

    fn take_found(&mut self, packet: &Taken, key: Key) {
        let Found { tags, names, events } = &mut self.look.found;
        if let Some(told) = self.conns.tags(key).filter(|_| !tags.is_empty()) {
            for tag in tags.drain(..) {
                told.retain(|known: &Tag| (known.column, known.place) != (tag.column, tag.place));
                told.push(tag);
            }
        }
        let (at, origin) = (packet.at, self.origin);
        let (names, events) = (std::mem::take(names), std::mem::take(events));
        for name in names {
            self.name(name.addr, name.origin, name.ttl_secs, &name.name, at);
        }
        for event in events {
            self.queue.push(Event { at, origin, kind: event.into() });
        }
    }
}
