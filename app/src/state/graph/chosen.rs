//! Which nodes are selected. The details are about one of them, the last one; that is the selection of the tables too.

use std::collections::BTreeSet;

use graph::{Node, Subject};

/// The selected nodes.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    nodes: BTreeSet<Node>,
    /// What was the selection when these were.
    last: Option<Subject>,
}

impl Chosen {
    /// The selected nodes.
    pub const fn nodes(&self) -> &BTreeSet<Node> {
        &self.nodes
    }

    /// Takes in what was selected: where it is something else than last time, it alone is.
    pub fn follow(&mut self, selection: Option<Subject>) {
        if selection != self.last {
            self.nodes = selection.and_then(Node::of).into_iter().collect();
            self.last = selection;
        }
    }

    /// This alone is selected, whatever was before.
    pub fn only(&mut self, selection: Option<Subject>) {
        self.last = None;
        self.nodes.clear();
        self.follow(selection);
    }

    /// One node more, or less.
    pub fn toggle(&mut self, node: Node, selection: &mut Option<Subject>) {
        if !self.nodes.remove(&node) {
            self.nodes.insert(node);
            *selection = Some(node.subject());
        } else if *selection == Some(node.subject()) {
            *selection = self.nodes.last().map(|node| node.subject());
        }
        self.last = *selection;
    }

    /// These too; the details are about `last`.
    pub fn add(&mut self, nodes: impl IntoIterator<Item = Node>, last: Node, selection: &mut Option<Subject>) {
        self.nodes.extend(nodes);
        self.nodes.insert(last);
        *selection = Some(last.subject());
        self.last = *selection;
    }

    /// Only those that are still here.
    pub fn retain(&mut self, here: impl Fn(&Node) -> bool) {
        self.nodes.retain(here);
    }

    /// Whether several are.
    pub fn are_several(&self) -> bool {
        self.nodes.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use graph::{ProcessId, ProcessKey, Realm};

    use super::*;

    fn node(pid: u32) -> Node {
        Node::Process(ProcessKey { realm: Realm(1), process: ProcessId { pid, start_ns: 1 } })
    }

    #[test]
    fn what_is_selected_elsewhere_is_the_only_one() {
        let (mut chosen, mut selection) = (Chosen::default(), None);
        chosen.toggle(node(1), &mut selection);
        chosen.toggle(node(2), &mut selection);
        chosen.follow(selection);
        assert_eq!((chosen.nodes().len(), selection), (2, Some(node(2).subject())));
        chosen.follow(Some(node(3).subject()));
        assert_eq!(chosen.nodes(), &BTreeSet::from([node(3)]));
        chosen.follow(None);
        assert!(chosen.nodes().is_empty());
    }

    #[test]
    fn who_is_taken_out_leaves_the_details_to_another() {
        let (mut chosen, mut selection) = (Chosen::default(), None);
        chosen.add([node(1), node(2)], node(3), &mut selection);
        chosen.toggle(node(1), &mut selection);
        assert_eq!(selection, Some(node(3).subject()));
        chosen.toggle(node(3), &mut selection);
        assert_eq!(selection, Some(node(2).subject()));
        chosen.toggle(node(2), &mut selection);
        assert_eq!(selection, None);
    }
}
