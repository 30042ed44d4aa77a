//! Sockets in other network namespaces of this machine: a container's, whose flows pass a bridge here.
//!
//! The kernel answers questions about sockets only for the namespace in which they are asked; but what stands in `/proc/PID/net` is of that process's
//! namespace, and may be read. That costs more, so it is done for ends that are not here alone. The look at all processes takes no more than a twentieth
//! of a processor, and so does each table of a namespace.

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
        Elsewhere { home: procfs.own_namespace(), namespaces: BTreeMap::new(), began: true, list: Budget::a_twentieth() }
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
        let listed = list.spend(|| {
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
        if listed.is_some() {
            list.rest(LIST_AGAIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::proc::testing::Tree;

    const INSIDE: &str = "Local:\n     |-- 10.0.0.7\n        /32 host LOCAL\n";
    // 10.0.0.7:80 listens, as 100; 10.0.0.7:80 is connected with 10.0.0.1:4711, as 101.
    const TCP_TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
        0: 0700000A:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 100 1\n\
        1: 0700000A:0050 0100000A:1267 01 00000000:00000000 00:00000000 00000000 0 0 101 1\n";
    const TCP: u8 = wire::netlink::sock_diag::TCP;

    fn inside(tree: &Tree, pid: u32, namespace: u32) {
        tree.process(pid, "x", 1, 7);
        let folder = tree.path().join(pid.to_string());
        fs::create_dir_all(folder.join("ns")).unwrap();
        fs::create_dir_all(folder.join("net")).unwrap();
        symlink(format!("net:[{namespace}]"), folder.join("ns/net")).unwrap();
        fs::write(folder.join("net/fib_trie"), INSIDE).unwrap();
        fs::write(folder.join("net/tcp"), TCP_TABLE).unwrap();
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn what_listens_is_named_only_where_every_namespace_is_known_and_one_has_the_address() {
        let tree = Tree::new();
        fs::create_dir_all(tree.path().join("thread-self/ns")).unwrap();
        symlink("net:[1]", tree.path().join("thread-self/ns/net")).unwrap();
        inside(&tree, 7, 2);
        let reader = tree.reader();
        let procfs = reader.procfs();
        let mut elsewhere = Elsewhere::new(procfs);
        let service: SocketAddr = "10.0.0.7:80".parse().unwrap();
        let find =
            |elsewhere: &mut Elsewhere, port| elsewhere.find(procfs, TCP, service, SocketAddr::new("10.0.0.1".parse().unwrap(), port));
        assert_eq!(find(&mut elsewhere, 4711), Some(Found::Connected(101)));
        assert_eq!(find(&mut elsewhere, 4712), Some(Found::Bound(vec![100])));
        // Some process began, and it is too soon to look where.
        elsewhere.list.rest(Duration::from_secs(60));
        elsewhere.began();
        assert_eq!(find(&mut elsewhere, 4712), None);
        assert_eq!(find(&mut elsewhere, 4711), Some(Found::Connected(101)));
        // It has the same address, and the very same connection.
        inside(&tree, 8, 3);
        elsewhere.list = Budget::a_twentieth();
        assert_eq!(find(&mut elsewhere, 4711), None);
        assert_eq!(find(&mut elsewhere, 4712), None);
        assert!(!elsewhere.began, "they were listed");
    }
}
