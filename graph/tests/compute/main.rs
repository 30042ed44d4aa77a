//! Computations, over made-up traffic.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot begin fails")]

mod beacon;
mod domain;
mod first;
mod frame;
mod geo;
#[expect(unreachable_pub, reason = "it is a module of another crate, too")]
#[path = "../../../tests/src/mmdb.rs"]
mod mmdb;
mod network;
mod scan;
mod scan_naive;
mod scope;
mod service;
mod vendor;
