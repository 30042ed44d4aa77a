//! The child that reads /proc for a parent which gave its privileges up: which program a process of somebody else runs, and which sockets it has.
//!
//! It is the same program, started anew while there is still a privilege to hand on. It keeps two capabilities, to read what others may not
//! (`CAP_SYS_PTRACE`, `CAP_DAC_READ_SEARCH`), and nothing to use them on but a read-only /proc in which no link can be followed ([`confine`]).
//! It answers questions of a fixed form with answers of a fixed size, and ends with its parent.
//!
//! A program that starts it says so first thing in `main`:
//!
//! ```no_run
//! # fn main() -> std::process::ExitCode {
//! if let Some(code) = capture::proc::child::serve_if_asked() {
//!     return code;
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```

mod ask;
pub mod confine;
mod message;
mod serve;

pub use ask::{ChildError, ProcChild};
pub use message::{ANSWER_BYTES, Answer, QUESTION_BYTES, Question, What};
pub(super) use message::{pids as pids_of, sockets as sockets_of};
pub use serve::serve_if_asked;

/// The one argument that makes a program this child.
const ARGUMENT: &str = "read-proc-for-parent";
