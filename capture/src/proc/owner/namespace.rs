//! One other network namespace, as /proc shows it.

use std::net::{IpAddr, SocketAddr};

use hashbrown::HashSet;
use smallvec::SmallVec;
use wire::netlink::sock_diag::TCP;

use super::budget::Budget;
use super::net_table::{Entry, local_v4, local_v6, sockets};
use crate::proc::reader::Procfs;

/// As many processes of one are remembered, to read through.
const MAX_PROCESSES: usize = 4;
/// As many of its sockets.
const MAX_SOCKETS: usize = 65_536;

/// States as the kernel numbers them: half of a connection that nobody has accepted yet, or has any more.
const NOBODYS: [u8; 3] = [3, 6, 12];
const CLOSED: u8 = 7;
const LISTENS: u8 = 10;

/// What it is read through, and what was read.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    processes: SmallVec<[u32; MAX_PROCESSES]>,
    addresses: HashSet<IpAddr>,
    tcp: Table,
    udp: Table,
}

/// Sockets as they were at one time.
#[derive(Debug)]
struct Table {
    entries: Vec<Entry>,
    read: Budget,
}

impl Default for Table {
    fn default() -> Self {
        Table { entries: Vec::new(), read: Budget::a_twentieth() }
    }
}

impl Namespace {
    /// A process is in it.
    pub(super) fn add(&mut self, pid: u32) {
        if self.processes.len() < MAX_PROCESSES {
            self.processes.push(pid);
        }
    }

    /// Takes over the sockets that are known of it.
    pub(super) fn inherit(&mut self, older: Namespace) {
        (self.tcp, self.udp) = (older.tcp, older.udp);
    }

    /// Reads its addresses, but those that every namespace has.
    pub(super) fn read_addresses(&mut self, procfs: &Procfs, id: u64) {
        let read = |name| String::from_utf8_lossy(&self.read(procfs, id, name)).into_owned();
        let (v4, v6) = (read("fib_trie"), read("if_inet6"));
        self.addresses = local_v4(&v4).chain(local_v6(&v6)).filter(|addr| !addr.is_loopback()).collect();
    }

    pub(super) fn has(&self, addr: IpAddr) -> bool {
        self.addresses.contains(&addr)
    }

    /// The inode of the socket that has these two ends. What was not there when the sockets were read may be there now: they are read again, if it is time.
    pub(super) fn connected(&mut self, procfs: &Procfs, id: u64, protocol: u8, local: SocketAddr, remote: SocketAddr) -> Option<u64> {
        let is = |entry: &&Entry| canonical(entry.local) == local && canonical(entry.remote) == remote && !NOBODYS.contains(&entry.state);
        if let Some(entry) = self.table(protocol).entries.iter().find(is) {
            return Some(entry.inode);
        }
        self.read_table(procfs, id, protocol);
        self.table(protocol).entries.iter().find(is).map(|entry| entry.inode)
    }

    /// The inodes of the sockets that a packet to this end may go to: those bound to its address, else those bound to all.
    pub(super) fn bound(&self, protocol: u8, local: SocketAddr) -> Vec<u64> {
        let state = if protocol == TCP { LISTENS } else { CLOSED };
        let on_port =
            || self.table(protocol).entries.iter().filter(move |entry| entry.state == state && entry.local.port() == local.port());
        let to_it: Vec<u64> = on_port().filter(|entry| canonical(entry.local) == local).map(|entry| entry.inode).collect();
        if !to_it.is_empty() {
            return to_it;
        }
        let all = |entry: &&Entry| entry.local.ip().is_unspecified() && (entry.local.is_ipv6() || local.is_ipv4());
        on_port().filter(all).map(|entry| entry.inode).collect()
    }

    fn table(&self, protocol: u8) -> &Table {
        if protocol == TCP { &self.tcp } else { &self.udp }
    }

    fn read_table(&mut self, procfs: &Procfs, id: u64, protocol: u8) {
        let names = if protocol == TCP { ["tcp", "tcp6"] } else { ["udp", "udp6"] };
        let mut table = std::mem::take(if protocol == TCP { &mut self.tcp } else { &mut self.udp });
        table.read.spend(|| {
            table.entries.clear();
            for name in names {
                table.entries.extend(sockets(&self.read(procfs, id, name), MAX_SOCKETS));
            }
        });
        *(if protocol == TCP { &mut self.tcp } else { &mut self.udp }) = table;
    }

    /// A file of this namespace, through a process that is in it still when it was read; empty where none is.
    fn read(&self, procfs: &Procfs, id: u64, name: &str) -> Vec<u8> {
        let through = |pid: &u32| {
            let bytes = procfs.net(*pid, name).ok()?;
            (procfs.namespace(*pid) == Some(id)).then(|| bytes.to_vec())
        };
        self.processes.iter().find_map(through).unwrap_or_default()
    }
}

fn canonical(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip().to_canonical(), end.port())
}
