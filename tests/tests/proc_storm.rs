//! A model that is told of processes without end holds no more than one that was told of enough.

use tests::storm::{Endured, resident_bytes};

const WARM_UP: usize = 1_000_000;
const MORE: usize = 1_000_000;

/// Ten million are told by `make bench`.
#[test]
fn memory_stays_flat() {
    let mut endured = Endured::new();
    endured.events(WARM_UP);
    let before = resident_bytes();
    let known = endured.model().processes().count();
    endured.events(MORE);
    let after = resident_bytes();
    println!("{known} processes known; {before} bytes, {after} after {MORE} events more");
    assert!(known > 100_000, "the dead are as many as are kept: {known}");
    assert!(after <= before + before / 20, "{before} bytes, {after} after {MORE} events more");
}
