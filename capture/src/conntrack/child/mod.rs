//! The child that asks the kernel for a parent which gave its privileges up: each question of connection tracking takes `CAP_NET_ADMIN`, answers do not.
//!
//! It is the same program, started anew while there is still a privilege to hand on. It keeps that one capability, and can do two things with it: open
//! a socket and hand it over, and ask on it for all entries. Both are told apart by a letter; what comes back is read by the parent. It ends with it.
//!
//! A program that starts it says so first thing in `main`:
//!
//! ```no_run
//! # fn main() -> std::process::ExitCode {
//! if let Some(code) = capture::conntrack::child::serve_if_asked() {
//!     return code;
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```

mod ask;
mod confine;
mod serve;

pub use ask::{Asker, AskerError};
pub use serve::serve_if_asked;

/// The one argument that makes a program this child.
const ARGUMENT: &str = "ask-conntrack-for-parent";
/// A question: what, and a number.
const QUESTION_BYTES: usize = 5;
/// An answer: the number of an error, 0 for none.
const ANSWER_BYTES: usize = 4;

/// What it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// For a socket, whose buffer shall hold so many bytes; it is the one to ask on from then on.
    Open(u32),
    /// To ask on it for all entries, by that number.
    Dump(u32),
}

impl Question {
    fn bytes(self) -> [u8; QUESTION_BYTES] {
        let (what, number) = match self {
            Question::Open(number) => (b'o', number),
            Question::Dump(number) => (b'd', number),
        };
        let [a, b, c, d] = number.to_ne_bytes();
        [what, a, b, c, d]
    }

    fn parse(bytes: &[u8]) -> Option<Question> {
        let [what, a, b, c, d] = *bytes.as_array::<QUESTION_BYTES>()?;
        let number = u32::from_ne_bytes([a, b, c, d]);
        match what {
            b'o' => Some(Question::Open(number)),
            b'd' => Some(Question::Dump(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_back() {
        for question in [Question::Open(16 << 20), Question::Dump(7)] {
            assert_eq!(Question::parse(&question.bytes()), Some(question));
        }
        assert_eq!(Question::parse(b"x1234"), None);
        assert_eq!(Question::parse(b"d123"), None);
    }
}
