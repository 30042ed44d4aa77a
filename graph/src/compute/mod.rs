//! Computations: what follows from what is known. Each is told of what happened, may look at the whole model, and says more of it: tags
//! and names, never counters. One file each; the files of others that one needs are handed to it as bytes.

mod computation;
mod happening;
mod set;
mod updates;

pub use computation::{Computation, Prepared, Trouble};
pub(crate) use happening::Happened;
pub use happening::{Happening, Interest};
pub use set::{Computations, Failure, Listed, ROUNDS, Standing};
pub use updates::Updates;
