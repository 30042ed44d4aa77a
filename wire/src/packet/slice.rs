//! The checked view every layer reads through.

use super::fault::{Fault, Malformed};

/// What was captured of something that is [`len`](Slice::len) bytes long on the wire.
///
/// A capture may keep only the beginning of a frame (its *snap length*), so the two lengths differ, and so do the
/// two ways to run out of bytes: past what was captured is [`Fault::Truncated`], past what was ever sent is
/// [`Malformed::Short`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice<'a> {
    /// Never longer than `len`.
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Slice<'a> {
    /// `bytes` captured of something `len` bytes long; a `len` smaller than what was captured is corrected.
    #[inline]
    pub fn new(bytes: &'a [u8], len: usize) -> Self {
        Slice {
            bytes,
            len: len.max(bytes.len()),
        }
    }

    /// Something captured in full.
    #[inline]
    pub fn whole(bytes: &'a [u8]) -> Self {
        Slice {
            bytes,
            len: bytes.len(),
        }
    }

    /// The bytes captured.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The length on the wire, in bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether nothing was sent.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether the capture cut it.
    #[inline]
    pub fn is_cut(self) -> bool {
        self.bytes.len() < self.len
    }

    /// A header of `N` bytes and what follows it.
    ///
    /// # Errors
    /// [`Fault::Truncated`] when the capture cut it, [`Malformed::Short`] when it was never sent in full.
    #[inline]
    pub fn take<const N: usize>(self) -> Result<(&'a [u8; N], Slice<'a>), Fault> {
        match self.bytes.split_first_chunk::<N>() {
            Some((head, rest)) => Ok((
                head,
                Slice {
                    bytes: rest,
                    len: self.len - N,
                },
            )),
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
            Some((head, rest)) => Ok((
                head,
                Slice {
                    bytes: rest,
                    len: self.len - n,
                },
            )),
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
        Slice {
            bytes: self.bytes.get(..len).unwrap_or(self.bytes),
            len: self.len.min(len),
        }
    }

    /// The same without its last `n` bytes on the wire.
    #[inline]
    pub fn without_trailer(self, n: usize) -> Slice<'a> {
        self.limit(self.len.saturating_sub(n))
    }

    /// The first fragment of something longer, whose own lengths are those of the whole.
    #[inline]
    pub(super) fn open_ended(self) -> Slice<'a> {
        Slice {
            bytes: self.bytes,
            len: self.len.max(usize::from(u16::MAX)),
        }
    }

    /// The byte at `at`, or nothing when it was not captured.
    #[inline]
    pub fn u8(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// The big-endian 16-bit field at `at`, or nothing when it was not captured.
    #[inline]
    pub fn u16(self, at: usize) -> Option<u16> {
        self.bytes
            .get(at..)?
            .first_chunk()
            .map(|two| u16::from_be_bytes(*two))
    }

    #[cold]
    fn missing(self, n: usize) -> Fault {
        if n > self.len {
            Fault::Malformed(Malformed::Short)
        } else {
            Fault::Truncated
        }
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
        assert_eq!(
            cut.take::<2>().map(|(head, rest)| (*head, rest.len())),
            Ok(([1, 2], 4))
        );
    }

    #[test]
    fn a_limit_drops_padding_and_never_invents_bytes() {
        let padded = Slice::whole(&[1, 2, 3, 0, 0]);
        assert_eq!(padded.limit(3), Slice::whole(&[1, 2, 3]));
        assert_eq!(padded.limit(9), padded);
        assert_eq!(Slice::new(&[1], 9).limit(4), Slice::new(&[1], 4));
        assert!(Slice::new(&[1], 9).limit(4).is_cut());
    }
}
