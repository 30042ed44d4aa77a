//! Ten million things that happen to processes, through the model: what it holds then, against after the first million.

use std::time::Instant;

use tests::storm::Endured;

const WARM_UP: usize = 1_000_000;
const EVENTS: usize = 10_000_000;

/// Says how much memory it takes, and how long.
pub(crate) fn all() {
    let began = Instant::now();
    let mut endured = Endured::new();
    endured.events(WARM_UP);
    let before = tests::storm::resident_bytes();
    endured.events(EVENTS - WARM_UP);
    let after = tests::storm::resident_bytes();
    let each = began.elapsed().as_secs_f64() * 1e9 / EVENTS as f64;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "{EVENTS} events of processes: {:.1} MB after the first million, {:.1} MB at the end; {each:.0} ns an event",
        mb(before),
        mb(after)
    );
}
