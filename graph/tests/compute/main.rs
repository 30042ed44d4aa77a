//! Computations, over made-up traffic.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot begin fails")]

mod frame;
mod network;
