//! Processes, told of by events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod lineage;
mod machine;
mod mixed;
