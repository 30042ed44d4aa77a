//! Whose is one end of a flow: the kernel says which socket it is (sock_diag), /proc says who has that socket.
//!
//! No name rather than a wrong one: a holder is looked at once more before it is named, what several unrelated processes share by port has no
//! owner, and an end that is not on this machine has none either. Of several processes that have one and the same socket, as after a fork,
//! the oldest is named.

mod budget;
mod elsewhere;
mod index;
mod namespace;
mod net_table;
mod sockets;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use graph::{Attribution, Endpoint, ProcessId, Proto, Side, Tuple};
use hashbrown::HashSet;
use nix::ifaddrs::getifaddrs;
use wire::netlink::sock_diag::{State, TCP, UDP};

use super::child::ProcChild;
use super::reader::Reader;
use crate::interfaces::ip;
use elsewhere::{Elsewhere, Found};
use index::Index;
use sockets::Sockets;

/// For so long this machine's addresses are believed.
const ADDRESSES_KEPT: Duration = Duration::from_secs(2);

/// Looks for the owners of flows: those of the network namespace in which it was opened, and those of others that pass it.
#[derive(Debug)]
pub struct Owners {
    sockets: Sockets,
    index: Index,
    elsewhere: Elsewhere,
    addresses: HashSet<IpAddr>,
    addresses_read: Option<Instant>,
}

impl Owners {
    /// Opens it; `root` is where procfs is mounted. No privilege is needed to ask; who has a socket shows only of processes that may be
    /// looked into, by this process or by the `child`.
    ///
    /// # Errors
    /// Where there is no procfs, or the kernel does not tell of sockets.
    pub fn open(root: &Path, child: Option<ProcChild>) -> io::Result<Owners> {
        let index = Index::new(Reader::open(root, child)?);
        let elsewhere = Elsewhere::new(index.procfs());
        Ok(Owners { sockets: Sockets::open()?, index, elsewhere, addresses: HashSet::new(), addresses_read: None })
    }

    /// A process began, or runs something else: the youngest are looked into first.
    pub fn began(&mut self, pid: u32) {
        self.index.began(pid);
        self.elsewhere.began();
    }

    /// A process is over.
    pub fn ended(&mut self, pid: u32) {
        self.index.ended(pid);
    }

    /// Who has that end of a flow now, and how that is known. None where it is not on this machine, nobody has it any more, or it is not
    /// known whose it is.
    pub fn owner(&mut self, tuple: &Tuple, side: Side) -> Option<(ProcessId, Attribution)> {
        let (local, remote) = (socket_addr(tuple.end(side)), socket_addr(tuple.end(side.other())));
        let protocol = match tuple.proto() {
            Proto::TCP => TCP,
            Proto::UDP => UDP,
            _ => return None,
        };
        // Who asks the kernel for another machine's end is shown who would get it here.
        if !self.is_here(local.ip()) {
            return match self.elsewhere.find(self.index.procfs(), protocol, local, remote)? {
                Found::Connected(inode) => self.index.holder(inode).map(|process| (process, Attribution::Exact)),
                Found::Bound(inodes) => self.holder_of_all(protocol, &inodes),
            };
        }
        if let Some(socket) = self.sockets.connected(protocol, local, remote) {
            return match socket.state {
                State::SynReceived | State::NewSynReceived => self.by_port(protocol, local),
                // Nobody has it any more.
                _ if socket.inode == 0 => None,
                _ => self.index.holder(socket.inode.into()).map(|process| (process, Attribution::Exact)),
            };
        }
        self.by_port(protocol, local)
    }

    /// Who has the port, if it is one process alone.
    fn by_port(&mut self, protocol: u8, local: SocketAddr) -> Option<(ProcessId, Attribution)> {
        let inodes: Vec<u64> = self.sockets.bound(protocol, local)?.into_iter().map(Into::into).collect();
        self.holder_of_all(protocol, &inodes)
    }

    /// Who has all sockets of a port, if it is one process alone.
    fn holder_of_all(&mut self, protocol: u8, inodes: &[u64]) -> Option<(ProcessId, Attribution)> {
        let how = if protocol == TCP { Attribution::Listener } else { Attribution::Port };
        let mut owner = None;
        for inode in inodes {
            let holder = self.index.holder(*inode)?;
            if owner.is_some_and(|owner| owner != holder) {
                return None;
            }
            owner = Some(holder);
        }
        owner.map(|owner| (owner, how))
    }

    fn is_here(&mut self, addr: IpAddr) -> bool {
        if addr.is_loopback() {
            return true;
        }
        if addr.is_multicast() || addr.is_unspecified() {
            return false;
        }
        if self.addresses_read.is_none_or(|read| read.elapsed() > ADDRESSES_KEPT) {
            self.addresses_read = Some(Instant::now());
            self.addresses = getifaddrs().map(|all| all.filter_map(|one| ip(&one.address?)).collect()).unwrap_or_default();
        }
        self.addresses.contains(&addr)
    }
}

fn socket_addr(end: Endpoint) -> SocketAddr {
    (end.addr, end.port).into()
}
