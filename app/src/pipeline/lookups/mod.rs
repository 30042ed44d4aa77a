//! Active reverse look-ups: names of addresses, asked of the system's name server. Off until switched on.
//!
//! The model's thread says what is asked ([`Asker`]); the thread "names" asks it ([`Work`]). Every question comes back as one
//! answer, and at most [`OPEN`] are on their way: so neither channel is ever full, and nobody waits for room.

mod asker;
mod memory;
mod thread;

#[cfg(test)]
mod tests;

use graph::ArcStr;
use std::net::IpAddr;

use tokio::sync::mpsc;

pub use asker::Asker;
#[cfg(test)]
pub(super) use tests::{Fake, at};
pub(super) use thread::{Config, Work, system};

/// Questions without an answer, at most: asked, or waiting to be.
const OPEN: usize = 1_024;
/// Of these, how many the name server is asked at a time.
const IN_FLIGHT: usize = 16;

/// What became of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// What was asked for.
    pub(super) addr: IpAddr,
    /// Its name, if it has one.
    pub(super) name: Option<Told>,
}

/// A name that the name server told; the least by text where it told several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// The name, as [`wire::packet::names::printable`] makes it.
    pub(super) text: ArcStr,
    /// How long it may be believed, in seconds; at least a minute.
    pub(super) ttl_secs: u32,
}

/// Both ends: the model's, and that of the thread.
pub(super) fn pair() -> (Asker, Work) {
    let (questions_in, questions) = mpsc::channel(OPEN);
    let (answers_in, answers) = crossbeam_channel::bounded(OPEN);
    (Asker::new(questions_in, answers), Work::new(questions, answers_in))
}
