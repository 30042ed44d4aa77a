//! Sources: where events come from. The only crate that ever holds a privilege.
//!
//! A source is made in two steps. A configuration of its own is opened, in `main`, while the program may still hold a
//! privilege; then it runs on a thread of its own with what every source gets: a [`Context`].

mod again;
pub mod bpf;
pub mod columns;
pub mod confined;
pub mod conntrack;
pub mod demo;
pub mod dissect;
pub mod dummy;
pub mod eve;
pub mod file;
#[cfg(feature = "guts")]
pub mod guts;
pub mod idle;
pub mod interfaces;
pub mod live;
mod netlink;
pub mod privilege;
pub mod proc;
pub mod remote;
pub mod source;
pub mod summariser;
pub mod supervised;
pub mod trace;
mod wakeup;

pub use columns::Columns;
pub use dissect::Dissectors;
pub use source::{Batch, Command, Context, Ended, Level, Notice, Outlet, Progress, Source, World};
pub use summariser::{Own, Summariser};
