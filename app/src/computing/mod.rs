//! The computations of the program: which there are, which are switched off, and what they remember from run to run.

mod memories;

use graph::Prepared;

pub(crate) use memories::Memories;

/// Computations that are prepared, for one model.
#[derive(Default)]
pub struct Computing {
    /// In the order in which they are told.
    pub prepared: Vec<Box<dyn Prepared>>,
    /// The names of those that are switched off.
    pub off: Vec<String>,
    /// Where what they remember is kept.
    pub memories: Memories,
}
