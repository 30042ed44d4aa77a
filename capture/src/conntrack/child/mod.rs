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
/// A question: which one it is, and what is asked.
const QUESTION_BYTES: usize = 9;
/// An answer: to which question, and the number of an error, 0 for none.
const ANSWER_BYTES: usize = 8;

/// What it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// For a socket, whose buffer shall hold so many bytes; it is the one to ask on from then on.
    Open(u32),
    /// To ask on it for all entries, by that number.
    Dump(u32),
}

impl Question {
    /// As the question that has that number.
    fn bytes(self, asked: u32) -> [u8; QUESTION_BYTES] {
        let (what, number) = match self {
            Question::Open(number) => (b'o', number),
            Question::Dump(number) => (b'd', number),
        };
        let ([a, b, c, d], [e, f, g, h]) = (asked.to_ne_bytes(), number.to_ne_bytes());
        [a, b, c, d, what, e, f, g, h]
    }

    /// It, and its number.
    fn parse(bytes: &[u8]) -> Option<(u32, Question)> {
        let [a, b, c, d, what, e, f, g, h] = *bytes.as_array::<QUESTION_BYTES>()?;
        let number = u32::from_ne_bytes([e, f, g, h]);
        let question = match what {
            b'o' => Question::Open(number),
            b'd' => Question::Dump(number),
            _ => return None,
        };
        Some((u32::from_ne_bytes([a, b, c, d]), question))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_back() {
        for question in [Question::Open(16 << 20), Question::Dump(7)] {
            assert_eq!(Question::parse(&question.bytes(3)), Some((3, question)));
        }
        assert_eq!(Question::parse(b"1234x1234"), None);
        assert_eq!(Question::parse(b"1234d123"), None);
    }
}
