//! What fragments carry, put together.

use std::collections::{BTreeMap, VecDeque};

use super::Piece;
use super::fragments::{Key, LIFETIME_US};
use crate::packet::slice::Slice;
use crate::packet::transport::{self, Transport, proto};

/// Packets that are put together at a time; the one that waited the longest makes room.
const MAX_PACKETS: usize = 64;
/// What is kept of all of them, in bytes, and what a piece counts for beside its own.
const MAX_HELD: usize = 4 << 20;
const PIECE_BYTES: usize = 64;
/// The longest that fragments may come to: their offsets reach no further.
const MAX_LEN: usize = u16::MAX as usize;

/// Datagrams and segments of which some fragments were seen.
///
/// One whose fragments contradict each other is given up (RFC 5722); of one that is seen twice the first counts.
#[derive(Debug, Default)]
pub(super) struct Reassembly {
    packets: VecDeque<Packet>,
    held: usize,
}

#[derive(Debug)]
struct Packet {
    key: Key,
    at_us: u64,
    /// By where they begin.
    pieces: BTreeMap<usize, Vec<u8>>,
    /// How long they are together.
    bytes: usize,
    /// How long it is, once its last fragment was seen.
    len: Option<usize>,
}

/// A packet's payload, of all its fragments: from the header of UDP or TCP on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    proto: u8,
    bytes: Vec<u8>,
}

impl Whole {
    /// What it is.
    pub fn transport(&self) -> Transport<'_> {
        transport::parse(self.proto, Slice::whole(&self.bytes)).0
    }
}

impl Reassembly {
    /// Takes a fragment: all that was captured of it, or nothing is done. Hands over the whole if it was the last that was missing.
    pub(super) fn put(&mut self, key: Key, piece: Piece, carries: u8, payload: Slice<'_>, at_us: u64) -> Option<Whole> {
        let (bytes, at) = (payload.bytes(), usize::try_from(piece.offset).ok()?);
        let is_whole = bytes.len() == payload.len() && !bytes.is_empty();
        if !matches!(carries, proto::TCP | proto::UDP) || !is_whole || at + bytes.len() > MAX_LEN {
            return None;
        }
        let known = self.packets.iter().position(|packet| packet.key == key);
        let mut packet = known.and_then(|at| self.packets.remove(at)).unwrap_or_else(|| Packet::new(key, at_us));
        self.held -= packet.held();
        if packet.at_us.abs_diff(at_us) > LIFETIME_US {
            packet = Packet::new(key, at_us);
        }
        let fits = packet.put(at, bytes, piece.more);
        if fits && packet.is_whole() {
            return Some(Whole { proto: carries, bytes: packet.pieces.into_values().flatten().collect() });
        }
        if fits {
            self.held += packet.held();
            self.packets.push_back(packet);
        }
        while self.packets.len() > MAX_PACKETS || self.held > MAX_HELD {
            self.held -= self.packets.pop_front()?.held();
        }
        None
    }
}

impl Packet {
    fn new(key: Key, at_us: u64) -> Packet {
        Packet { key, at_us, pieces: BTreeMap::new(), bytes: 0, len: None }
    }

    fn held(&self) -> usize {
        self.bytes + self.pieces.len() * PIECE_BYTES
    }

    /// False where it contradicts what is there.
    fn put(&mut self, at: usize, bytes: &[u8], more: bool) -> bool {
        let end = at + bytes.len();
        let before = self.pieces.range(..=at).next_back().map(|(from, piece)| (*from, from + piece.len()));
        if before == Some((at, end)) {
            return true;
        }
        let overlaps = before.is_some_and(|(_, until)| until > at) || self.pieces.range(at..end).next().is_some();
        let last = self.pieces.last_key_value().map_or(0, |(from, piece)| from + piece.len());
        let len = if more { self.len } else { Some(end) };
        if overlaps || self.len.is_some_and(|known| len != Some(known)) || len.is_some_and(|len| end.max(last) > len) {
            return false;
        }
        (self.len, self.bytes) = (len, self.bytes + bytes.len());
        self.pieces.insert(at, bytes.to_vec());
        true
    }

    /// Whether nothing is missing: pieces do not overlap.
    fn is_whole(&self) -> bool {
        self.len == Some(self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn put(reassembly: &mut Reassembly, id: u32, (at, more): (u32, bool), bytes: &[u8]) -> Option<Vec<u8>> {
        let piece = Piece { id, proto: proto::UDP, offset: at, more };
        let key = Key::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), piece);
        let whole = reassembly.put(key, piece, proto::UDP, Slice::whole(bytes), 0);
        assert_eq!(reassembly.held, reassembly.packets.iter().map(Packet::held).sum::<usize>());
        assert!(reassembly.packets.len() <= MAX_PACKETS && reassembly.held <= MAX_HELD);
        whole.map(|whole| whole.bytes)
    }

    #[test]
    fn what_contradicts_itself_is_given_up_and_what_comes_twice_counts_once() {
        let mut r = Reassembly::default();
        assert_eq!([(0, true), (0, true)].map(|at| put(&mut r, 1, at, &[1; 16])), [None, None]);
        assert_eq!(put(&mut r, 1, (16, false), &[2; 3]).unwrap().len(), 19);
        for (at, bytes) in [((8, true), &[3; 16][..]), ((0, true), &[3; 8]), ((8, false), &[3; 4])] {
            let mut r = Reassembly::default();
            assert_eq!([put(&mut r, 2, (0, true), &[1; 16]), put(&mut r, 2, at, bytes)], [None, None], "{at:?}");
            assert!(r.packets.is_empty(), "{at:?}");
        }
        assert_eq!([put(&mut r, 3, (8, false), &[1; 8]), put(&mut r, 3, (16, false), &[1; 8])], [None, None]);
        assert_eq!(put(&mut r, 3, (0, true), &[1; 8]), None, "it was given up");
        assert_eq!(put(&mut r, 4, (65_528, false), &[1; 8]), None);
    }

    #[test]
    fn it_is_bounded() {
        let mut r = Reassembly::default();
        for id in 0..1_000 {
            for n in 0..100 {
                put(&mut r, id, (n * 16 + 16, true), &[0; 8]);
            }
        }
        for id in 0..1_000 {
            put(&mut r, id, (30_000, true), &[0; 30_000]);
        }
        assert!(!r.packets.is_empty());
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(
            bytes in prop::collection::vec(any::<u8>(), 1..400), order in prop::collection::vec(any::<prop::sample::Index>(), 60)
        ) {
            let mut pieces: Vec<_> = bytes.chunks(8).zip((0..).step_by(8)).collect();
            let mut r = Reassembly::default();
            for next in order {
                if pieces.len() <= 1 {
                    break;
                }
                let (piece, at) = pieces.remove(next.index(pieces.len()));
                prop_assert_eq!(put(&mut r, 1, (at, at as usize + piece.len() < bytes.len()), piece), None);
            }
            let (piece, at) = pieces[0];
            prop_assert_eq!(put(&mut r, 1, (at, at as usize + piece.len() < bytes.len()), piece), Some(bytes));
        }
    }
}
