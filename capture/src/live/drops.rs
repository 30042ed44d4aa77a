//! What an interface dropped before anybody could capture it. libpcap opens the kernel's counters anew each time, which a process without files cannot: here they
//! are held open.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The counters that libpcap adds up.
const COUNTERS: [&str; 2] = ["rx_missed_errors", "rx_fifo_errors"];
/// Twenty digits and the end of the line.
const NUMBER_BYTES: usize = 24;

/// The open counters of one interface, and what they said at first.
#[derive(Debug)]
pub(super) struct Drops {
    counters: Vec<File>,
    before: u64,
}

impl Drops {
    /// Opens those of an interface below `/sys/class/net`; one that has none drops nothing.
    pub(super) fn open(folder: &Path, interface: &str) -> Drops {
        let statistics = folder.join(interface).join("statistics");
        let counters = COUNTERS.iter().filter_map(|name| File::open(statistics.join(name)).ok()).collect();
        let mut drops = Drops { counters, before: 0 };
        drops.before = drops.all();
        drops
    }

    /// Since they were opened, modulo 2³².
    pub(super) fn since(&self) -> u32 {
        self.all().wrapping_sub(self.before) as u32
    }

    fn all(&self) -> u64 {
        self.counters.iter().filter_map(number).fold(0, u64::wrapping_add)
    }
}

/// What a counter says now: the kernel writes it anew for whoever reads from the beginning.
fn number(counter: &File) -> Option<u64> {
    let mut bytes = [0; NUMBER_BYTES];
    let len = counter.read_at(&mut bytes, 0).ok()?;
    str::from_utf8(bytes.get(..len)?).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_came_since_is_told_and_no_counter_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let statistics = folder.path().join("eth0/statistics");
        fs::create_dir_all(&statistics).unwrap();
        let say = |missed: &str, fifo: &str| {
            fs::write(statistics.join("rx_missed_errors"), missed).unwrap();
            fs::write(statistics.join("rx_fifo_errors"), fifo).unwrap();
        };
        say("18446744073709551615\n", "7\n");
        let drops = Drops::open(folder.path(), "eth0");
        assert_eq!(drops.since(), 0);
        say("2\n", "8\n");
        assert_eq!(drops.since(), 4);
        assert_eq!(Drops::open(folder.path(), "eth1").since(), 0);
    }
}
