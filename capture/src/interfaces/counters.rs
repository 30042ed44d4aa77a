//! The kernel's own counters of every interface, for a look at how busy each one is without capturing.

use std::collections::BTreeMap;
use std::fs;
use std::io;

/// What went through one interface since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Packets that came and were dropped by the interface, its driver or the kernel.
    pub rx_dropped: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Packets that were to be sent and were dropped.
    pub tx_dropped: u64,
}

impl Traffic {
    /// Bytes both ways.
    pub const fn bytes(&self) -> u64 {
        self.rx_bytes.saturating_add(self.tx_bytes)
    }

    /// Packets both ways.
    pub const fn packets(&self) -> u64 {
        self.rx_packets.saturating_add(self.tx_packets)
    }
}

/// The counters of every interface at one moment. Cheap: one file of the kernel's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, Traffic>);

impl Counters {
    /// The counters now, in this thread's network namespace.
    ///
    /// # Errors
    /// Where `/proc` cannot be read.
    pub fn read() -> io::Result<Counters> {
        Ok(Counters::parse(&fs::read_to_string("/proc/thread-self/net/dev")?))
    }

    /// The counters of one interface, if there was one of that name.
    pub fn get(&self, name: &str) -> Option<&Traffic> {
        self.0.get(name)
    }

    /// Every interface, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Traffic)> {
        self.0.iter().map(|(name, traffic)| (name.as_str(), traffic))
    }

    /// The lines of proc_net(5)'s `dev`: a name, a colon, eight numbers of what was received, eight of what was sent.
    fn parse(text: &str) -> Counters {
        Counters(text.lines().filter_map(line).collect())
    }
}

fn line(line: &str) -> Option<(String, Traffic)> {
    let (name, numbers) = line.split_once(':')?;
    let mut numbers = numbers.split_ascii_whitespace().map(str::parse::<u64>);
    let mut four = || Some([numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?]);
    let [rx_bytes, rx_packets, _errors, rx_dropped] = four()?;
    four()?;
    let [tx_bytes, tx_packets, _errors, tx_dropped] = four()?;
    Some((name.trim().to_owned(), Traffic { rx_bytes, rx_packets, rx_dropped, tx_bytes, tx_packets, tx_dropped }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_stands_in_its_place() {
        let counters = Counters::parse("Inter-|   Receive\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nbad: 1 2\n");
        let traffic = Traffic { rx_bytes: 1, rx_packets: 2, rx_dropped: 4, tx_bytes: 9, tx_packets: 10, tx_dropped: 12 };
        assert_eq!(counters.iter().collect::<Vec<_>>(), [("eth0", &traffic)]);
        assert_eq!((traffic.bytes(), traffic.packets()), (10, 12));
    }

    #[test]
    fn the_loopback_interface_is_counted() {
        let counters = Counters::read().unwrap();
        assert!(counters.get("lo").is_some(), "{counters:?}");
    }
}
