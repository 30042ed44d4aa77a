//! To whom an event happened.

use std::fmt;

/// A thread, and the process that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task {
    /// The thread: what the kernel calls `pid`.
    pub tid: u32,
    /// The process: what the kernel calls `tgid`, and everybody else pid.
    pub pid: u32,
}

impl Task {
    /// Whether this is a thread besides the first, the one that has its process's number.
    pub fn is_thread(&self) -> bool {
        self.tid != self.pid
    }
}

/// A thread's name: bytes of no encoding, without NUL, at most 15 as the kernel has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Comm([u8; 16]);

impl Comm {
    /// The name up to the first NUL, or all of it.
    pub fn new(mut raw: [u8; 16]) -> Comm {
        let len = length(&raw);
        // What stood behind the name is nobody's: names that are equal compare so.
        raw.iter_mut().skip(len).for_each(|byte| *byte = 0);
        Comm(raw)
    }

    /// The name and the NULs behind it.
    pub(super) fn padded(&self) -> [u8; 16] {
        self.0
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.get(..length(&self.0)).unwrap_or(&self.0)
    }
}

fn length(raw: &[u8; 16]) -> usize {
    raw.iter().position(|byte| *byte == 0).unwrap_or(raw.len())
}

impl fmt::Debug for Comm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}
