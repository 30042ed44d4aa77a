//! A capture to which nothing comes costs next to nothing, and still ends at once.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tests::able;
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;

#[test]
fn idle_costs_nothing_and_stops_at_once() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let probe = Probe::start(&cable.far, Command::new(env!("CARGO_BIN_EXE_live")).arg("far"));
    probe.hear("open");
    // The time that passes is what is measured here, not something to wait for.
    let (busy_before, waits_before) = probe.work();
    let watched = Duration::from_secs(5);
    thread::sleep(watched);
    let (busy, waits) = probe.work();
    let (busy, waits) = (busy - busy_before, waits - waits_before);
    println!("in {watched:?}: processor time {busy:?}, {waits} waits of all threads");
    // Once a second the capture looks after its interface, and whoever reads its events hears that nothing happened:
    // three or four waits. A thread that looked by itself every tenth of a second would alone have ten.
    assert!(waits < 10 * watched.as_secs(), "{waits} waits");
    assert!(busy < watched / 200, "{busy:?}");
    let began = Instant::now();
    assert_eq!(probe.stop().get("packets"), 0);
    let took = began.elapsed();
    println!("ended in {took:?}");
    assert!(took < Duration::from_millis(500), "{took:?}");
}
