//! A bounded window on a recording: bytes that were read and not yet taken.

use std::io::{self, Read};

use super::input::{Compression, Input};

/// Bytes read at a time.
const WINDOW_BYTES: usize = 256 << 10;
/// The window grows up to this for one large block, and only as its bytes arrive.
pub(super) const MAX_BLOCK_BYTES: usize = 64 << 20;

/// A buffer that slides over its input.
pub(super) struct Window {
    input: Input,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes taken since the beginning.
    taken: u64,
    /// Of the input as stored, where `start` and `end` of the last fill stood.
    span: Span,
}

/// A stretch of the stored bytes, and how many bytes it became.
#[derive(Clone, Copy, Default)]
struct Span {
    from: u64,
    to: u64,
    taken_from: u64,
    taken_to: u64,
}

/// Whether enough bytes are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Have {
    /// They are.
    Enough,
    /// A pipe has no more at the moment.
    NotYet,
    /// The input ended before.
    Ended,
}

impl Window {
    pub(super) fn new(input: Input) -> Window {
        Window { input, buffer: vec![0; WINDOW_BYTES], start: 0, end: 0, taken: 0, span: Span::default() }
    }

    pub(super) fn input(&self) -> &Input {
        &self.input
    }

    /// What is in the window.
    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes taken so far: where in the decompressed recording the window begins.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Sees to it that `n` bytes, at most [`MAX_BLOCK_BYTES`], are in the window.
    #[inline]
    pub(super) fn have(&mut self, n: usize) -> io::Result<Have> {
        if self.end - self.start >= n { Ok(Have::Enough) } else { self.fill(n) }
    }

    /// Takes `n` bytes, or those that there are. They stay where they are until the next call.
    #[inline]
    pub(super) fn take(&mut self, n: usize) -> &[u8] {
        let n = n.min(self.end - self.start);
        let from = self.start;
        self.start += n;
        self.taken += n as u64;
        self.buffer.get(from..self.start).unwrap_or_default()
    }

    /// Goes on as what the input decompresses to. Nothing must have been taken.
    pub(super) fn decompress(&mut self, compression: Compression) -> io::Result<()> {
        let head = self.bytes().to_vec();
        self.input.decompress(compression, head)?;
        (self.start, self.end, self.span) = (0, 0, Span::default());
        Ok(())
    }

    /// Begins again, where the input can.
    pub(super) fn rewind(&mut self) -> io::Result<bool> {
        if !self.input.rewind()? {
            return Ok(false);
        }
        (self.start, self.end, self.taken, self.span) = (0, 0, 0, Span::default());
        Ok(true)
    }

    /// Bytes of the input as stored that have been used up. Between two reads it is in proportion.
    pub(super) fn position(&self) -> u64 {
        let Span { from, to, taken_from, taken_to } = self.span;
        let share = (self.taken - taken_from) as f64 / (taken_to - taken_from).max(1) as f64;
        from + ((to - from) as f64 * share) as u64
    }

    #[cold]
    fn fill(&mut self, n: usize) -> io::Result<Have> {
        while self.end - self.start < n {
            self.make_room();
            let from = self.position();
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            let read = match self.input.read(room) {
                Ok(0) => return Ok(Have::Ended),
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(Have::NotYet),
                Err(e) => return Err(e),
            };
            self.end += read;
            let unread = (self.end - self.start) as u64;
            self.span = Span { from, to: self.input.stored_read().max(from), taken_from: self.taken, taken_to: self.taken + unread };
        }
        Ok(Have::Enough)
    }

    /// Moves what is left to the front where that frees more than it costs; else grows, once there is no room.
    fn make_room(&mut self) {
        let left = self.end - self.start;
        if self.start >= left {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, left);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, left);
            let grown = (self.buffer.len() * 2).min(MAX_BLOCK_BYTES + WINDOW_BYTES);
            self.buffer.resize(grown, 0);
        }
    }
}
