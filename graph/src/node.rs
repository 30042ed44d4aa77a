//! A node of the graph: a host, or a process.

use crate::{GroupId, HostId, ProcessId, ProcessKey, Subject};

/// What stands at one end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A host.
    Host(HostId),
    /// A process.
    Process(ProcessKey),
    /// A group of either, drawn as one.
    Group(GroupId),
}

/// Set in the number of a process; the number of a host has 64 bits.
const PROCESS: u128 = 1 << 127;
/// Set in the number of a group; that of a host is a number of 64 bits.
const GROUP: u128 = 1 << 64;
/// Realms are counted from 1 on: that many are never given out.
const REALM: u32 = u32::MAX >> 1;

impl Node {
    /// The identity as a number, for layouts: no two nodes have the same.
    pub fn number(self) -> u128 {
        match self {
            Node::Host(id) => id.number().into(),
            Node::Group(id) => GROUP | u128::from(id.number()),
            Node::Process(ProcessKey { realm, process: ProcessId { pid, start_ns } }) => {
                PROCESS | u128::from(realm.0 & REALM) << 96 | u128::from(pid) << 64 | u128::from(start_ns)
            }
        }
    }

    /// The node of a subject that is one.
    pub const fn of(subject: Subject) -> Option<Node> {
        match subject {
            Subject::Host(id) => Some(Node::Host(id)),
            Subject::Process(key) => Some(Node::Process(key)),
            Subject::Group(id) => Some(Node::Group(id)),
            Subject::Link(_) | Subject::Flow(_) | Subject::Service(_) => None,
        }
    }

    /// What is selected when it is.
    pub const fn subject(self) -> Subject {
        match self {
            Node::Host(id) => Subject::Host(id),
            Node::Process(key) => Subject::Process(key),
            Node::Group(id) => Subject::Group(id),
        }
    }

    /// The process, if it is one.
    pub const fn process(self) -> Option<ProcessKey> {
        match self {
            Node::Host(_) | Node::Group(_) => None,
            Node::Process(key) => Some(key),
        }
    }

    /// The host, if it is one.
    pub const fn host(self) -> Option<HostId> {
        match self {
            Node::Host(id) => Some(id),
            Node::Process(_) | Node::Group(_) => None,
        }
    }

    /// The group, if it is one.
    pub const fn group(self) -> Option<GroupId> {
        match self {
            Node::Host(_) | Node::Process(_) => None,
            Node::Group(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Realm;

    #[test]
    fn no_two_nodes_have_the_same_number() {
        let mut hosts = slotmap::SlotMap::<HostId, ()>::with_key();
        let mut nodes: Vec<Node> = (0..9).map(|_| Node::Host(hosts.insert(()))).collect();
        let same = nodes[0].number() as u64;
        for (realm, pid, start_ns) in [(0, 0, 0), (0, 0, same), (0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 1, u64::MAX), (9, u32::MAX, u64::MAX)]
        {
            nodes.push(Node::Process(ProcessKey { realm: Realm(realm), process: ProcessId { pid, start_ns } }));
        }
        let numbers: BTreeSet<u128> = nodes.iter().map(|node| node.number()).collect();
        assert_eq!(numbers.len(), nodes.len());
        let mut groups = slotmap::SlotMap::<GroupId, ()>::with_key();
        nodes.extend((0..9).map(|_| Node::Group(groups.insert(()))));
        let numbers: BTreeSet<u128> = nodes.iter().map(|node| node.number()).collect();
        assert_eq!(numbers.len(), nodes.len());
        assert!(nodes.iter().all(|node| Node::of(node.subject()) == Some(*node)));
    }
}
