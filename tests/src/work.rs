//! What another process has worked so far.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Processor time that each of its threads used, by its name.
///
/// # Panics
/// Where it runs no longer.
pub fn by_thread(pid: u32) -> BTreeMap<String, Duration> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{pid}/task")).expect("its threads") {
        let task = task.expect("a thread").path();
        let name = fs::read_to_string(task.join("comm")).expect("its name").trim().to_owned();
        let run = fs::read_to_string(task.join("schedstat")).expect("its times");
        let nanos = run.split(' ').next().and_then(|n| n.parse().ok()).expect("nanoseconds");
        *threads.entry(name).or_default() += Duration::from_nanos(nanos);
    }
    threads
}

/// Processor time that all its threads used, and how often they waited for something.
///
/// # Panics
/// Where it runs no longer.
pub fn of(pid: u32) -> (Duration, u64) {
    let mut nanos = 0;
    let mut waits = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task")).expect("its threads") {
        let task = task.expect("a thread").path();
        let run = fs::read_to_string(task.join("schedstat")).expect("its times");
        nanos += run.split(' ').next().and_then(|n| n.parse::<u64>().ok()).expect("nanoseconds");
        let status = fs::read_to_string(task.join("status")).expect("its status");
        let switches = status.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:"));
        waits += switches.and_then(|n| n.trim().parse::<u64>().ok()).expect("a number of waits");
    }
    (Duration::from_nanos(nanos), waits)
}

/// Processor time that all its threads used, and how long they waited for a processor that others had.
///
/// # Panics
/// Where it runs no longer.
pub fn and_waited(pid: u32) -> (Duration, Duration) {
    let mut nanos = [0, 0];
    for task in fs::read_dir(format!("/proc/{pid}/task")).expect("its threads") {
        let run = fs::read_to_string(task.expect("a thread").path().join("schedstat")).expect("its times");
        let times = run.split(' ').map(|n| n.trim().parse::<u64>().expect("nanoseconds"));
        nanos.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
    }
    (Duration::from_nanos(nanos[0]), Duration::from_nanos(nanos[1]))
}
