//! What our own eBPF program tells of a connection that a process asked for (`capture/bpf/connect.bpf.c`).
//!
//! ```
//! use wire::connect::Repr;
//!
//! let told = Repr {
//!     pid: 812,
//!     start_ns: 5_000_000_000,
//!     local: "10.0.0.1:40000".parse().unwrap(),
//!     remote: "10.0.0.2:443".parse().unwrap(),
//!     lost: 0,
//! };
//! assert_eq!(Repr::parse(&told.record()), Some(told));
//! assert_eq!(Repr::parse(b"something else"), None);
//! ```

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The length of a record, in bytes.
pub const LEN: usize = 56;

/// Who asked for a connection, and between what ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// The number of the process that called connect(2), never zero.
    pub pid: u32,
    /// When that process began, in nanoseconds of `CLOCK_BOOTTIME`.
    pub start_ns: u64,
    /// Its end: no address that is IPv4-mapped, no scope.
    pub local: SocketAddr,
    /// The other end, likewise.
    pub remote: SocketAddr,
    /// How many records found no room since the program was loaded.
    pub lost: u64,
}

impl Repr {
    /// Reads a record: `start_ns`, `lost` (8 bytes each) and `pid` (4) in the machine's own byte order; the local and the remote port (2 each)
    /// and address (16 each) in the network's, those of IPv4 mapped into IPv6. None of another length, and of process 0.
    pub fn parse(record: &[u8]) -> Option<Repr> {
        let record: &[u8; LEN] = record.try_into().ok()?;
        let (start_ns, rest) = record.split_first_chunk()?;
        let (lost, rest) = rest.split_first_chunk()?;
        let (pid, rest) = rest.split_first_chunk()?;
        let (local_port, rest) = rest.split_first_chunk()?;
        let (remote_port, rest) = rest.split_first_chunk()?;
        let (local, rest) = rest.split_first_chunk()?;
        let (remote, _) = rest.split_first_chunk()?;
        let told = Repr {
            pid: u32::from_ne_bytes(*pid),
            start_ns: u64::from_ne_bytes(*start_ns),
            local: end(*local, *local_port),
            remote: end(*remote, *remote_port),
            lost: u64::from_ne_bytes(*lost),
        };
        (told.pid != 0).then_some(told)
    }

    /// The record that says so.
    pub fn record(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(LEN);
        record.extend(self.start_ns.to_ne_bytes());
        record.extend(self.lost.to_ne_bytes());
        record.extend(self.pid.to_ne_bytes());
        record.extend(self.local.port().to_be_bytes());
        record.extend(self.remote.port().to_be_bytes());
        record.extend(mapped(self.local.ip()).octets());
        record.extend(mapped(self.remote.ip()).octets());
        record
    }
}

fn end(addr: [u8; 16], port: [u8; 2]) -> SocketAddr {
    (IpAddr::from(addr).to_canonical(), u16::from_be_bytes(port)).into()
}

fn mapped(addr: IpAddr) -> Ipv6Addr {
    match addr {
        IpAddr::V4(addr) => addr.to_ipv6_mapped(),
        IpAddr::V6(addr) => addr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(local: &str, remote: &str) -> Repr {
        Repr { pid: 812, start_ns: 5_000_000_000, local: local.parse().unwrap(), remote: remote.parse().unwrap(), lost: 3 }
    }

    #[test]
    fn what_is_written_is_read() {
        for told in [told("10.0.0.1:40000", "10.0.0.2:443"), told("[2001:db8::1]:1", "[2001:db8::2]:65535")] {
            assert_eq!(told.record().len(), LEN);
            assert_eq!(Repr::parse(&told.record()), Some(told));
        }
        let mapped = told("[::ffff:10.0.0.1]:40000", "[::ffff:10.0.0.2]:443");
        assert_eq!(Repr::parse(&mapped.record()), Some(told("10.0.0.1:40000", "10.0.0.2:443")), "as packets have them");
    }

    #[test]
    fn every_field_stands_in_its_place() {
        let record = told("10.0.0.1:40000", "10.0.0.2:443").record();
        assert_eq!(record[16..20], 812_u32.to_ne_bytes());
        assert_eq!(record[20..24], [0x9c, 0x40, 1, 0xbb]);
        assert_eq!(record[34..40], [255, 255, 10, 0, 0, 1]);
        assert_eq!(record[50..], [255, 255, 10, 0, 0, 2]);
    }

    #[test]
    fn another_length_is_no_record_and_nobody_is_no_process() {
        let told = told("10.0.0.1:40000", "10.0.0.2:443");
        let record = told.record();
        for len in 0..LEN {
            assert_eq!(Repr::parse(&record[..len]), None, "{len}");
        }
        assert_eq!(Repr::parse(&[&record[..], &[0]].concat()), None);
        assert_eq!(Repr::parse(&Repr { pid: 0, ..told }.record()), None);
    }
}
