//! The checked view every layer reads through.

use super::fault::{Fault, Malformed};

/// What was captured of something that is [`len`](Slice::len) bytes long on the wire.
///
/// A capture may keep only the beginning of a frame (its *snap length*), and a fragment holds only the beginning of
/// its packet. So there are two ways to run out of bytes: past what is here but not past what was sent is
/// [`Fault::Truncated`], past what was ever sent is [`Malformed::Short`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice<'a> {
    /// Never longer than `len`.
    bytes: &'a [u8],
    len: usize,
    /// More follows in later fragments.
    goes_on: bool,
}

impl<'a> Slice<'a> {
    /// `bytes` captured of something `len` bytes long; a `len` smaller than what was captured is corrected.
    #[inline]
    pub fn new(bytes: &'a [u8], len: usize) -> Self {
        Slice { bytes, len: len.max(bytes.len()), goes_on: false }
    }

    /// Something captured in full.
    #[inline]
    pub fn whole(bytes: &'a [u8]) -> Self {
        Slice { bytes, len: bytes.len(), goes_on: false }
    }

    /// The same as the beginning of something that goes on in later fragments.
    #[inline]
    pub fn first_fragment(self) -> Self {
        Slice { goes_on: true, ..self }
    }

    /// The bytes captured.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The length on the wire, in bytes; of a first fragment, its own.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether nothing was sent.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether `len` bytes may have been sent.
    #[inline]
    pub fn holds(self, len: usize) -> bool {
        len <= self.len || self.goes_on
    }

    /// A header of `N` bytes and what follows it.
    ///
    /// # Errors
    /// [`Fault::Truncated`] when the capture cut it, [`Malformed::Short`] when it was never sent in full.
    #[inline]
    pub fn take<const N: usize>(self) -> Result<(&'a [u8; N], Slice<'a>), Fault> {
        match self.bytes.split_first_chunk::<N>() {
            Some((head, rest)) => Ok((head, Slice { bytes: rest, len: self.len - N, ..self })),
            None => Err(self.missing(N)),
        }
    }

    /// The first `N` bytes, without going past them. Errors as [`take`](Slice::take).
    #[inline]
    pub fn peek<const N: usize>(self) -> Result<&'a [u8; N], Fault> {
        self.bytes.first_chunk::<N>().ok_or_else(|| self.missing(N))
    }

    /// A header of `n` bytes and what follows it. Errors as [`take`](Slice::take).
    #[inline]
    pub fn split(self, n: usize) -> Result<(&'a [u8], Slice<'a>), Fault> {
        match self.bytes.split_at_checked(n) {
            Some((head, rest)) => Ok((head, Slice { bytes: rest, len: self.len - n, ..self })),
            None => Err(self.missing(n)),
        }
    }

    /// What follows the first `n` bytes. Errors as [`take`](Slice::take).
    #[inline]
    pub fn skip(self, n: usize) -> Result<Slice<'a>, Fault> {
        self.split(n).map(|(_, rest)| rest)
    }

    /// The first `len` bytes on the wire, without padding and trailers. No change where it is shorter.
    #[inline]
    pub fn limit(self, len: usize) -> Slice<'a> {
        match self.bytes.get(..len) {
            Some(bytes) => Slice { bytes, len, goes_on: false },
            None => Slice { len: self.len.min(len), goes_on: self.goes_on && len > self.len, ..self },
        }
    }

    /// The same without its last `n` bytes on the wire.
    #[inline]
    pub fn without_trailer(self, n: usize) -> Slice<'a> {
        if self.goes_on { self } else { self.limit(self.len.saturating_sub(n)) }
    }

    /// The byte at `at`, or nothing when it was not captured.
    #[inline]
    pub fn u8(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The big-endian 16-bit field at `at`, or nothing when it was not captured.
    #[inline]
    pub fn u16(self, at: usize) -> Option<u16> {
        self.bytes.get(at..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
    }

    #[cold]
    fn missing(self, n: usize) -> Fault {
        if self.holds(n) { Fault::Truncated } else { Fault::Malformed(Malformed::Short) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_capture_is_truncated_and_past_the_wire_is_malformed() {
        let cut = Slice::new(&[1, 2, 3], 6);
        assert_eq!(cut.skip(4), Err(Fault::Truncated));
        assert_eq!(cut.skip(7), Err(Fault::Malformed(Malformed::Short)));
        assert_eq!(cut.take::<7>(), Err(Fault::Malformed(Malformed::Short)));
        assert_eq!(cut.take::<2>().map(|(head, rest)| (*head, rest.len())), Ok(([1, 2], 4)));
    }

    #[test]
    fn what_was_captured_was_sent() {
        assert_eq!(Slice::new(&[1, 2, 3], 2), Slice::whole(&[1, 2, 3]));
    }

    #[test]
    fn a_limit_drops_padding_and_never_invents_bytes() {
        let padded = Slice::whole(&[1, 2, 3, 0, 0]);
        assert_eq!(padded.limit(3), Slice::whole(&[1, 2, 3]));
        assert_eq!(padded.limit(9), padded);
        assert_eq!(Slice::new(&[1], 9).limit(4), Slice::new(&[1], 4));
        assert_eq!(Slice::whole(&[1, 2, 3]).without_trailer(4).len(), 0);
    }

    #[test]
    fn a_first_fragment_is_the_beginning_of_something_longer() {
        let first = Slice::whole(&[1, 2, 3]).first_fragment();
        assert_eq!(first.skip(4), Err(Fault::Truncated));
        assert_eq!(first.skip(1).and_then(|rest| rest.skip(3)), Err(Fault::Truncated));
        assert!(first.holds(1000) && first.limit(1000).holds(1001));
        assert_eq!(first.limit(2), Slice::whole(&[1, 2]));
        assert_eq!(first.without_trailer(2), first);
        assert_eq!(first.len(), 3);
    }
}
