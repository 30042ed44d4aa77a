//! The source `proc`: the processes of this machine, how they begin, what they run, and how they end.
//!
//! Where it may, it listens to the kernel's process connector, which tells of every one, however short it lives; else it looks through /proc
//! a few times a second, and says so. A [`Config`] is opened where the process may still ask the kernel; the [`Proc`] that comes of it needs
//! no privilege to run.
//!
//! ```no_run
//! let processes = capture::proc::Config::default().open()?;
//! if let Some(why) = processes.refused() {
//!     eprintln!("short-lived processes will be missed: {why}");
//! }
//! # Ok::<(), capture::proc::ProcError>(())
//! ```

pub mod attribution;
pub mod child;
mod clock;
mod connector;
mod machine;
pub mod mask;
mod outbox;
mod owner;
mod poll;
pub mod reader;
mod scan;
mod session;
mod source;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod tracker;
mod visible;

pub use connector::ConnectorError;
pub use owner::Owners;
pub use source::{Config, Proc, ProcError};
pub use visible::{MAX_VISIBLE, Visible};
