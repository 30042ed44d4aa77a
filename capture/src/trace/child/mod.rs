//! The child that sends echo requests and hears what comes of them, one question at a time.
//!
//! It is the same program, started anew while there is still a privilege to hand on. It opens its sockets and then keeps no privilege at all, not even the
//! one that opened them, and nothing but those sockets ([`confine`]). It sends nothing where no route should be traced, and nothing oftener than once in
//! 100 ms, whatever it is asked. Questions and answers have a fixed form and size; it ends with its parent.
//!
//! A program that starts it says so first thing in `main`:
//!
//! ```no_run
//! # fn main() -> std::process::ExitCode {
//! if let Some(code) = capture::trace::child::serve_if_asked() {
//!     return code;
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```

mod ask;
pub mod confine;
mod message;
mod serve;
mod sockets;

use std::net::IpAddr;
use std::time::Duration;

use graph::Answer;

pub use ask::{TraceChild, TraceError};
pub use serve::serve_if_asked;
pub use sockets::Sockets;

/// The one argument that makes a program this child.
const ARGUMENT: &str = "trace-routes-for-parent";
/// It sends no more often.
pub(super) const PACE: Duration = Duration::from_millis(100);
/// What does not answer in this time is silent.
const PATIENCE: Duration = Duration::from_secs(1);

/// One question: who is that many hops away on the way to an address?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) dst: IpAddr,
    pub(super) ttl: u8,
    /// What the request is known by.
    pub(super) echo_id: u16,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probed {
    pub(super) outcome: Outcome,
    /// From which address it was sent.
    pub(super) src: Option<IpAddr>,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Somebody on the way answers.
    Passed(Answer),
    /// The destination does.
    Reached(Answer),
    /// Somebody says that it does not get there.
    Unreachable(Answer),
    /// Nobody says anything.
    Silent,
    /// It was not sent.
    Refused,
}
