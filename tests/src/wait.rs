//! Waiting for what must come.

use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything takes on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks, whoever is waited for has the processor.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until it is so.
///
/// # Panics
/// Where it never is.
pub fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "waited for {what}");
        thread::sleep(PAUSE);
    }
}
