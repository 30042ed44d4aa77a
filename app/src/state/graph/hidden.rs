//! What the user does not want to see.

use std::collections::BTreeSet;

use graph::{ArcStr, Attribute, By, Drawn, Node, Snapshot};

/// So many nodes can be hidden one by one; there is no such bound for those that are hidden for being alike.
pub(super) const MOST: usize = 10_000;

/// All that have one thing in common.
pub(super) type Alike = (Attribute, ArcStr);

/// What is hidden, or shall be, or shall be no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    nodes: BTreeSet<Node>,
    alike: BTreeSet<Alike>,
}

impl Hidden {
    /// These nodes. Of a group, all that have in common what it is a group for; one of the quiet is hidden by hiding its members.
    pub fn of(nodes: &[Node], drawn: &Drawn) -> Hidden {
        let mut hidden = Hidden::default();
        for node in nodes {
            let Some(group) = node.group() else {
                hidden.nodes.insert(*node);
                continue;
            };
            let part = drawn.groups.get(&group).and_then(|group| group.key.parts().last());
            if let Some((By::Attribute(attribute), value)) = part.map(|part| (&part.by, &part.value)) {
                hidden.alike.insert((attribute.clone(), value.clone()));
            }
        }
        hidden
    }

    /// All that have that in common.
    pub fn like(alike: Alike) -> Hidden {
        Hidden { nodes: BTreeSet::new(), alike: BTreeSet::from([alike]) }
    }

    /// The hidden nodes.
    pub const fn nodes(&self) -> &BTreeSet<Node> {
        &self.nodes
    }

    /// What those have in common that are hidden together.
    pub const fn alike(&self) -> &BTreeSet<Alike> {
        &self.alike
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.alike.is_empty()
    }

    /// These are hidden too, as far as there is room. Returns those that were not hidden before and are now.
    pub fn add(&mut self, more: &Hidden) -> Hidden {
        let room = MOST.saturating_sub(self.nodes.len());
        let nodes: BTreeSet<Node> = more.nodes.difference(&self.nodes).copied().take(room).collect();
        let alike: BTreeSet<Alike> = more.alike.difference(&self.alike).cloned().collect();
        self.nodes.extend(&nodes);
        self.alike.extend(alike.iter().cloned());
        Hidden { nodes, alike }
    }

    /// These come back. Returns those that were hidden before.
    pub fn remove(&mut self, fewer: &Hidden) -> Hidden {
        let nodes = fewer.nodes.iter().filter_map(|node| self.nodes.take(node)).collect();
        let alike = fewer.alike.iter().filter_map(|alike| self.alike.take(alike)).collect();
        Hidden { nodes, alike }
    }

    /// Who is gone need not be hidden.
    pub fn retain(&mut self, snapshot: &Snapshot) {
        self.nodes.retain(|node| match node {
            Node::Host(id) => snapshot.hosts.contains_key(id),
            Node::Process(key) => snapshot.processes.contains_key(key),
            Node::Group(_) => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use graph::{ProcessId, ProcessKey, Realm};

    use super::*;

    #[test]
    fn what_is_hidden_is_bounded_and_comes_back() {
        let node = |pid| Node::Process(ProcessKey { realm: Realm(1), process: ProcessId { pid, start_ns: 1 } });
        let many: Vec<Node> = (0..MOST as u32 + 5).map(node).collect();
        let (mut hidden, drawn) = (Hidden::default(), Drawn::default());
        let subnet: Alike = (Attribute::Subnet, "10.0.0.0/24".into());
        assert_eq!(hidden.add(&Hidden::like(subnet.clone())).alike().len(), 1);
        assert!(hidden.add(&Hidden::like(subnet)).is_empty(), "it was already");
        assert_eq!(hidden.add(&Hidden::of(&many, &drawn)).nodes().len(), MOST);
        assert_eq!(hidden.remove(&Hidden::of(&many[..3], &drawn)).nodes().len(), 3);
        assert_eq!(hidden.remove(&Hidden::of(&many[..4], &drawn)).nodes().len(), 1);
        let all = hidden.clone();
        assert!(!hidden.is_empty() && !hidden.remove(&all).is_empty() && hidden.is_empty());
    }
}
