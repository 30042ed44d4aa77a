//! Questions and answers: whole messages of a socket that keeps their bounds, all of one size.
//!
//! ```text
//! question  0 number of the question (4)   4 what (4)       8 pid (4)    12 from (4)
//! answer    0 number of the question (4)   4 outcome (2)    6 bytes (2)   8 next (4)   12 zero (4)   16 the bytes, then zeros
//! ```
//! In the byte order of the machine, which both share.

use graph::Unread;

/// A question takes as many bytes.
pub const QUESTION_BYTES: usize = 16;
/// An answer takes as many: a command line as long as one is kept, or some hundred sockets.
pub const ANSWER_BYTES: usize = 8192;
const HEAD_BYTES: usize = 16;
/// A descriptor and the inode of its socket.
const SOCKET_BYTES: usize = 12;
const PID_BYTES: usize = 4;

/// What of /proc is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing but whether it answers.
    Ready,
    /// The numbers of all processes, from one on.
    Pids,
    /// `/proc/PID/stat`.
    Stat,
    /// `/proc/PID/status`.
    Status,
    /// `/proc/PID/cmdline`.
    Command,
    /// `/proc/PID/cgroup`.
    Cgroup,
    /// Where `/proc/PID/exe` leads.
    Exe,
    /// Where `/proc/PID/ns/net` leads.
    Namespace,
    /// The sockets of a process, from a descriptor on.
    Sockets,
    /// The socket of one descriptor.
    Socket,
}

const ALL: [What; 10] = [
    What::Ready,
    What::Pids,
    What::Stat,
    What::Status,
    What::Command,
    What::Cgroup,
    What::Exe,
    What::Namespace,
    What::Sockets,
    What::Socket,
];

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// What for.
    pub what: What,
    /// Of which process; zero where it is of none.
    pub pid: u32,
    /// From which process or descriptor on; zero where nothing is counted.
    pub from: u32,
}

impl Question {
    /// The question under a number of its own.
    pub fn emit(&self, number: u32) -> [u8; QUESTION_BYTES] {
        let mut bytes = [0; QUESTION_BYTES];
        let what = ALL.iter().position(|what| *what == self.what).unwrap_or_default() as u32;
        for (place, value) in bytes.chunks_exact_mut(4).zip([number, what, self.pid, self.from]) {
            place.copy_from_slice(&value.to_ne_bytes());
        }
        bytes
    }

    /// Its number and the question; none where it is of another size or asks for something else.
    pub fn parse(bytes: &[u8]) -> Option<(u32, Question)> {
        let bytes: &[u8; QUESTION_BYTES] = bytes.try_into().ok()?;
        let what = ALL.get(usize::try_from(u32_at(bytes, 4)?).ok()?)?;
        Some((u32_at(bytes, 0)?, Question { what: *what, pid: u32_at(bytes, 8)?, from: u32_at(bytes, 12)? }))
    }
}

/// One answer, as bytes that are used again for the next.
#[derive(Debug)]
pub struct Answer(Box<[u8; ANSWER_BYTES]>);

impl Default for Answer {
    fn default() -> Self {
        Answer(Box::new([0; ANSWER_BYTES]))
    }
}

impl Answer {
    /// How many bytes of a file an answer takes.
    pub const MAX_BYTES: usize = ANSWER_BYTES - HEAD_BYTES;

    /// Makes it the answer to a question; what does not fit is cut off.
    pub fn set(&mut self, number: u32, found: Result<&[u8], Unread>) {
        let bytes = found.unwrap_or_default();
        let len = bytes.len().min(Self::MAX_BYTES);
        let outcome: u16 = match found {
            Ok(_) => 0,
            Err(Unread::Gone) => 1,
            Err(Unread::Denied) => 2,
            Err(_) => 3,
        };
        self.0.fill(0);
        self.put(0, &number.to_ne_bytes());
        self.put(4, &outcome.to_ne_bytes());
        self.put(6, &u16::try_from(len).unwrap_or_default().to_ne_bytes());
        self.put(HEAD_BYTES, bytes.get(..len).unwrap_or_default());
    }

    /// Says from where to ask on.
    pub fn set_next(&mut self, next: u32) {
        self.put(8, &next.to_ne_bytes());
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// The whole of it, as it is sent and received.
    pub fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The whole of it, to be received into.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut *self.0
    }

    /// Which question it answers.
    pub fn number(&self) -> u32 {
        u32_at(&*self.0, 0).unwrap_or_default()
    }

    /// From where to ask on; none where this was all.
    pub fn next(&self) -> Option<u32> {
        u32_at(&*self.0, 8).filter(|next| *next > 0)
    }

    /// What was found, or why nothing.
    pub fn found(&self) -> Result<&[u8], Unread> {
        let half = |at: usize| self.0.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_ne_bytes);
        match half(4) {
            Some(0) => self.0.get(HEAD_BYTES..).and_then(|body| body.get(..usize::from(half(6)?))).ok_or(Unread::Untold),
            Some(1) => Err(Unread::Gone),
            Some(2) => Err(Unread::Denied),
            _ => Err(Unread::Untold),
        }
    }
}

/// Sockets as bytes: descriptor and inode.
pub(super) fn put_socket(to: &mut Vec<u8>, descriptor: u32, inode: u64) {
    to.extend(descriptor.to_ne_bytes());
    to.extend(inode.to_ne_bytes());
}

/// Sockets of bytes.
pub(in crate::proc) fn sockets(bytes: &[u8]) -> impl Iterator<Item = (u32, u64)> + '_ {
    bytes.chunks_exact(SOCKET_BYTES).filter_map(|entry| {
        let (descriptor, inode) = entry.split_first_chunk::<4>()?;
        Some((u32::from_ne_bytes(*descriptor), u64::from_ne_bytes(inode.try_into().ok()?)))
    })
}

/// Whether one more socket fits.
pub(super) fn has_room_for_socket(bytes: &[u8]) -> bool {
    bytes.len() + SOCKET_BYTES <= Answer::MAX_BYTES
}

/// How many numbers of processes fit.
pub(super) const MAX_PIDS: usize = Answer::MAX_BYTES / PID_BYTES;

/// Numbers of processes of bytes.
pub(in crate::proc) fn pids(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.chunks_exact(PID_BYTES).filter_map(|four| u32_at(four, 0))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_question_comes_back_and_another_size_or_another_what_is_none() {
        for what in ALL {
            let question = Question { what, pid: 812, from: 3 };
            assert_eq!(Question::parse(&question.emit(7)), Some((7, question)));
        }
        let mut bytes = Question { what: What::Exe, pid: 1, from: 0 }.emit(1);
        assert_eq!(Question::parse(&bytes[..15]), None);
        bytes[4] = ALL.len() as u8;
        assert_eq!(Question::parse(&bytes), None);
    }

    #[test]
    fn an_answer_comes_back_and_says_where_it_goes_on() {
        let mut answer = Answer::default();
        for found in [Ok(&b"/usr/bin/curl"[..]), Ok(&[][..]), Err(Unread::Gone), Err(Unread::Denied), Err(Unread::Untold)] {
            answer.set(9, found);
            assert_eq!((answer.number(), answer.found(), answer.next()), (9, found, None));
        }
        answer.set(10, Ok(&[1; ANSWER_BYTES]));
        answer.set_next(77);
        assert_eq!((answer.found().map(<[u8]>::len), answer.next()), (Ok(Answer::MAX_BYTES), Some(77)));
        answer.set(11, Ok(b"x"));
        assert_eq!((answer.found(), answer.next()), (Ok(&b"x"[..]), None), "nothing is left of the one before");
        let mut bytes = Vec::new();
        put_socket(&mut bytes, 3, u64::MAX);
        assert_eq!(sockets(&bytes).collect::<Vec<_>>(), [(3, u64::MAX)]);
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_within_bounds(bytes: Vec<u8>) {
            let mut answer = Answer::default();
            let len = bytes.len().min(ANSWER_BYTES);
            answer.bytes_mut()[..len].copy_from_slice(&bytes[..len]);
            if let Ok(found) = answer.found() {
                prop_assert!(found.len() <= Answer::MAX_BYTES);
                prop_assert!(sockets(found).count() * SOCKET_BYTES <= found.len());
                prop_assert!(pids(found).count() <= MAX_PIDS);
            }
        }
    }
}
