//! Five hundred processes that do nothing cost next to nothing.

use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use capture::proc::Config;
use tests::processes::{Watch, image};

const PROCESSES: usize = 500;

/// Children that sleep; they end with this.
struct Sleepers(Vec<Child>);

impl Sleepers {
    fn new() -> Sleepers {
        Sleepers((0..PROCESSES).map(|_| Command::new("sleep").arg("300").spawn().unwrap()).collect())
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _gone_already = child.kill();
            let _reaped = child.wait();
        }
    }
}

#[test]
fn five_hundred_processes_cost_next_to_nothing() {
    let sleepers = Sleepers::new();
    let last = sleepers.0.last().unwrap().id();
    for connector in [true, false] {
        let watch = Watch::start(Config { connector, ..Config::default() });
        watch.wait("the first scan", |events| image(events, last));
        // Young processes are looked at more often for two seconds.
        thread::sleep(Duration::from_secs(3));
        // The time that passes is what is measured here, not something to wait for.
        let (before, watched) = (watch.worked(), Duration::from_secs(5));
        thread::sleep(watched);
        let share = (watch.worked() - before).as_secs_f64() / watched.as_secs_f64();
        let by_kernel = watch.by_kernel;
        let (_, ledger, took) = watch.stop();
        println!("by kernel {by_kernel}: {:.2} % of a processor; {} events; ended in {took:?}", share * 100.0, ledger.process_events);
        // With the kernel's events others' work on this machine is work here.
        let most = if by_kernel { 0.01 + ledger.process_events as f64 * 2e-5 } else { 0.02 };
        assert!(share < most, "{share}");
        assert!(took < Duration::from_millis(500), "{took:?}");
    }
}
