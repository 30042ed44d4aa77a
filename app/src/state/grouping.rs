//! Groups of the graph: by what, and which of them stand open.

use std::collections::BTreeSet;

use graph::{Attribute, Drawn, GroupId, MAX_LEVELS, Node};

/// A grouping of no more nodes than this begins with all groups open.
const FEW: usize = 150;

/// Groups of the graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// By what nodes are grouped, the outer groups first.
    pub levels: Vec<Attribute>,
    /// Whether groups stand open until they are toggled.
    pub open: bool,
    /// Those that are not as the others.
    pub toggled: BTreeSet<GroupId>,
    /// By what they were before there were none.
    last: Vec<Attribute>,
}

impl Grouping {
    /// Groups by what they were by in an earlier run.
    pub fn remembered(levels: &[Attribute]) -> Grouping {
        Grouping { levels: levels.to_vec(), ..Grouping::default() }
    }

    /// Groups by that alone, or by nothing. Of few nodes all stay in sight.
    pub fn by(&mut self, attribute: Option<Attribute>, nodes: usize) {
        self.levels = attribute.into_iter().collect();
        self.set_open(nodes <= FEW);
    }

    /// No groups; again, those that were there before.
    pub fn toggle_all(&mut self, nodes: usize) {
        let before = std::mem::take(&mut self.levels);
        self.levels = match before.is_empty() {
            true if self.last.is_empty() => vec![Attribute::Subnet],
            true => std::mem::take(&mut self.last),
            false => {
                self.last = before;
                Vec::new()
            }
        };
        self.set_open(nodes <= FEW);
    }

    /// Groups within the groups that are there, or no longer; what is taken away is the inner one.
    pub fn toggle_level(&mut self, attribute: Attribute, nodes: usize) {
        match self.levels.iter().position(|level| *level == attribute) {
            Some(at) => {
                self.levels.remove(at);
            }
            None => {
                self.levels.truncate(MAX_LEVELS - 1);
                self.levels.push(attribute);
            }
        }
        self.set_open(nodes <= FEW);
    }

    /// Opens a group, or closes it.
    pub fn toggle(&mut self, id: GroupId) {
        if !self.toggled.remove(&id) {
            self.toggled.insert(id);
        }
    }

    /// Opens all groups, or closes them; those of the quiet are closed.
    pub fn set_open(&mut self, open: bool) {
        self.open = open;
        self.toggled.clear();
    }

    /// Forgets groups that are gone.
    pub fn retain(&mut self, drawn: &Drawn) {
        self.toggled.retain(|id| drawn.groups.contains_key(id));
    }

    /// The groups that a node is drawn in, the innermost first.
    pub fn around(drawn: &Drawn, node: Node) -> Vec<GroupId> {
        let within = match node {
            Node::Group(id) => drawn.groups.get(&id).and_then(|group| group.within),
            Node::Host(_) | Node::Process(_) => drawn.index(node).and_then(|at| drawn.nodes.get(at)).and_then(|node| node.inner),
        };
        std::iter::successors(within, |id| drawn.groups.get(id)?.within).take(MAX_LEVELS + 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_nest_twice_and_go_one_by_one() {
        let mut grouping = Grouping::default();
        grouping.by(Some(Attribute::Scope), 1000);
        assert!(!grouping.open, "many nodes fold");
        grouping.toggle_level(Attribute::Subnet, 10);
        assert!(grouping.open && grouping.levels == [Attribute::Scope, Attribute::Subnet]);
        grouping.toggle_level(Attribute::User, 10);
        assert_eq!(grouping.levels, [Attribute::Scope, Attribute::User]);
        grouping.toggle_level(Attribute::Scope, 10);
        assert_eq!(grouping.levels, [Attribute::User]);
    }
}
