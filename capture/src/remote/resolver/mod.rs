//! Where a host is, for a process that may read no file and ask nobody once it is confined: a child of it looks the name up, again and again, with the
//! system's own resolver. It is the same program, started anew and confined to that; it knows no other name than the one it was started with.
//!
//! A program that starts it says so first thing in `main`:
//!
//! ```no_run
//! # fn main() -> std::process::ExitCode {
//! if let Some(code) = capture::remote::resolver::serve_if_asked() {
//!     return code;
//! }
//! # std::process::ExitCode::SUCCESS
//! # }
//! ```

mod ask;
mod message;
mod serve;

pub use ask::Resolver;
pub use serve::serve_if_asked;

/// The first argument that makes a program this child; the name is the second.
const ARGUMENT: &str = "look-up-for-parent";
/// What the child is called in lists of processes.
const NAME: &str = "ggprobe-names";
