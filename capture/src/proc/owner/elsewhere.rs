//! Sockets in other network namespaces of this machine: a container's, whose flows pass a bridge here.
//!
//! The kernel answers questions about sockets only for the namespace in which they are asked; but what stands in `/proc/PID/net` is of that process's
//! namespace, and may be read. That costs more, so it is done for ends that are not here alone, and for no more than a twentieth of a processor.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::budget::Budget;
use super::namespace::Namespace;
use crate::proc::reader::Procfs;

/// As many other namespaces are looked into.
const MAX_NAMESPACES: usize = 256;
/// The shortest time from one look at all processes to the next.
const LIST_AGAIN: Duration = Duration::from_millis(100);

/// A socket, or those that a packet may go to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The one that has both ends.
    Connected(u64),
    /// Those that are bound to the port.
    Bound(Vec<u64>),
}

/// The other namespaces.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// The one in which the kernel is asked; none where that may not be known: then none is another one.
    home: Option<u64>,
    namespaces: BTreeMap<u64, Namespace>,
    /// Processes began since they were listed: perhaps in one that is not known.
    began: bool,
    list: Budget,
}

impl Elsewhere {
    /// None is known yet. The calling thread is in the one that is not another one.
    pub(super) fn new(procfs: &Procfs) -> Elsewhere {
        Elsewhere { home: procfs.own_namespace(), namespaces: BTreeMap::new(), began: true, list: Budget::default() }
    }

    /// A process began, or runs something else.
    pub(super) fn began(&mut self) {
        self.began = true;
    }

    /// The socket of that end of a flow. Where several namespaces have its address, only what is connected in one of them alone says whose it is.
    pub(super) fn find(&mut self, procfs: &Procfs, protocol: u8, local: SocketAddr, remote: SocketAddr) -> Option<Found> {
        if self.began {
            self.list(procfs);
        }
        let mut connected = Vec::new();
        let mut with_address = Vec::new();
        for (id, namespace) in self.namespaces.iter_mut().filter(|(_, namespace)| namespace.has(local.ip())) {
            connected.extend(namespace.connected(procfs, *id, protocol, local, remote));
            with_address.push(&*namespace);
        }
        match (connected.as_slice(), with_address.as_slice()) {
            ([inode], _) => Some(Found::Connected(*inode)),
            // A namespace that is not known yet may have that address, too.
            ([], [namespace]) if !self.began => Some(Found::Bound(namespace.bound(protocol, local))),
            _ => None,
        }
    }

    /// Looks at all processes for where they are, if it is time.
    fn list(&mut self, procfs: &Procfs) {
        let Some(home) = self.home else { return };
        let Elsewhere { namespaces, began, list, .. } = self;
        if !list.is_there() {
            return;
        }
        list.spend(|| {
            let mut before = std::mem::take(namespaces);
            for pid in procfs.pids().unwrap_or_default() {
                let Some(id) = procfs.namespace(pid).filter(|id| *id != home) else { continue };
                if namespaces.len() < MAX_NAMESPACES || namespaces.contains_key(&id) {
                    namespaces.entry(id).or_default().add(pid);
                }
            }
            for (id, namespace) in namespaces.iter_mut() {
                namespace.read_addresses(procfs, *id);
                before.remove(id).into_iter().for_each(|older| namespace.inherit(older));
            }
            *began = false;
        });
        list.rest(LIST_AGAIN);
    }
}
