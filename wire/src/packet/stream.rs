//! The beginning of a stream of bytes, put together from pieces that come in any order, twice, or overlapping.

use std::collections::BTreeMap;

/// Pieces that wait for those before them.
const MAX_WAITING: usize = 32;

/// What is known of a stream's beginning. Of bytes that come twice the first ones count.
///
/// ```
/// use wire::packet::stream::Beginning;
///
/// let mut stream = Beginning::new(1024);
/// assert!(!stream.put(5, b"world"));
/// assert!(stream.put(0, b"hello"));
/// assert_eq!(stream.bytes(), b"helloworld");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    bytes: Vec<u8>,
    waiting: BTreeMap<usize, Box<[u8]>>,
    max: usize,
}

impl Beginning {
    /// At most so many bytes, those included that wait.
    pub const fn new(max: usize) -> Beginning {
        Beginning { bytes: Vec::new(), waiting: BTreeMap::new(), max }
    }

    /// Takes in a piece that stands so far from the beginning. Whether more is known of it in a row than before.
    pub fn put(&mut self, at: usize, piece: &[u8]) -> bool {
        let piece = piece.get(..piece.len().min(self.max.saturating_sub(at))).unwrap_or_default();
        if piece.is_empty() {
            return false;
        }
        if at > self.bytes.len() {
            if self.waiting.len() < MAX_WAITING && self.waiting.get(&at).is_none_or(|known| known.len() < piece.len()) {
                self.waiting.insert(at, piece.into());
            }
            return false;
        }
        let before = self.bytes.len();
        self.append(at, piece);
        while let Some(entry) = self.waiting.first_entry().filter(|entry| *entry.key() <= self.bytes.len()) {
            let (at, piece) = entry.remove_entry();
            self.append(at, &piece);
        }
        self.bytes.len() > before
    }

    fn append(&mut self, at: usize, piece: &[u8]) {
        if let Some(new) = self.bytes.len().checked_sub(at).and_then(|known| piece.get(known..)) {
            self.bytes.extend_from_slice(new);
        }
    }

    /// All that is known in a row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing more can be known: there is no room for it, or too much waits for what does not come.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= self.max || self.waiting.len() >= MAX_WAITING
    }

    /// How many bytes it holds.
    pub fn held(&self) -> usize {
        self.bytes.len() + self.waiting.values().map(|piece| piece.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_in_any_order_make_the_stream(
            stream in proptest::collection::vec(any::<u8>(), 1..200),
            cuts in proptest::collection::vec((0..200_usize, 1..60_usize), 0..12),
            seed: u64,
        ) {
            // Every byte comes at least once, some more often, in an order of its own.
            let len = stream.len();
            let mut pieces: Vec<(usize, usize)> = cuts.iter().map(|(at, n)| (at % len, *n)).collect();
            pieces.extend((0..len).step_by(25).map(|at| (at, 25)));
            pieces.sort_by_key(|(at, n)| (*at as u64 ^ *n as u64).wrapping_mul(seed | 1));
            let mut beginning = Beginning::new(4096);
            let mut grown = 0;
            for (at, n) in pieces {
                let more = beginning.put(at, &stream[at..len.min(at + n)]);
                prop_assert_eq!(more, beginning.bytes().len() > grown);
                grown = beginning.bytes().len();
                prop_assert!(stream.starts_with(beginning.bytes()));
            }
            prop_assert_eq!(beginning.bytes(), &stream[..]);
        }
    }

    #[test]
    fn it_is_bounded() {
        let mut beginning = Beginning::new(10);
        assert!(beginning.put(0, &[1; 8]) && !beginning.is_full());
        assert!(!beginning.put(12, &[2; 8]) && !beginning.put(usize::MAX, &[2; 8]));
        assert!(beginning.put(6, &[3; 99]));
        assert_eq!((beginning.bytes(), beginning.is_full()), (&[1, 1, 1, 1, 1, 1, 1, 1, 3, 3][..], true));
        let mut next = Beginning::new(10);
        assert!(!next.put(1, b"b") && next.put(0, b"a"));
        assert_eq!(next.bytes(), b"ab", "what came too early by one byte");
        let mut gaps = Beginning::new(1000);
        for n in 0..100 {
            gaps.put(2 * n + 1, &[9]);
        }
        assert_eq!((gaps.held(), gaps.is_full()), (MAX_WAITING, true));
    }

    #[test]
    fn of_bytes_that_come_twice_the_first_count() {
        let mut beginning = Beginning::new(100);
        beginning.put(0, b"abc");
        assert!(!beginning.put(0, b"xyz"));
        assert!(beginning.put(1, b"XYZ"));
        assert_eq!(beginning.bytes(), b"abcZ");
    }
}
