//! Finding in the graph: what is typed, whom it matches, and which of them one is at.

use std::collections::BTreeSet;
use std::sync::Arc;

use graph::{Node, Time};

use crate::view::graph::Out;

/// Longer texts are cut.
const MAX_CHARS: usize = 200;

/// Whom a text matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Nodes that are drawn, in their order.
    pub drawn: Vec<Node>,
    /// How many hosts match that are not drawn.
    pub away: usize,
    /// Hosts, drawn or not: they stand out of their groups as long as they are looked for.
    pub hosts: BTreeSet<Node>,
}

/// What is looked for, and who was found.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// What stands in the field.
    pub text: String,
    /// Whether the keyboard shall go there.
    pub focus: bool,
    /// Whether to go to the next match, or to the one before, once all that match are known.
    pub wanted: Option<bool>,
    open: bool,
    found: Arc<[Node]>,
    away: usize,
    hosts: BTreeSet<Node>,
    at: Option<Node>,
    /// For what was searched last, among so many nodes, and at which second.
    searched: Option<(String, usize, u64)>,
}

impl Find {
    /// Whether the field is there.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// The field appears, and the keyboard goes there.
    pub fn open(&mut self) {
        self.open = true;
        self.focus = true;
    }

    /// The field goes. Returns whether it was there.
    pub fn close(&mut self) -> bool {
        std::mem::take(self).open
    }

    /// What is looked for, in lower case; none while nothing is.
    pub fn needle(&self) -> Option<String> {
        let text: String = self.text.trim().chars().take(MAX_CHARS).collect();
        (self.open && !text.is_empty()).then(|| text.to_lowercase())
    }

    /// What has to be searched for now among so many nodes: nothing, as long as neither text nor nodes change. Names may come later: once a second.
    pub fn due(&mut self, nodes: usize, now: Time) -> Option<String> {
        let wanted = (self.needle()?, nodes, now.micros() / 1_000_000);
        if self.searched.as_ref() == Some(&wanted) {
            return None;
        }
        let needle = wanted.0.clone();
        self.searched = Some(wanted);
        Some(needle)
    }

    /// Looks for that, or for nothing, without taking the keyboard.
    pub fn set(&mut self, text: Option<String>) {
        *self = Find { open: text.is_some(), text: text.unwrap_or_default(), ..Find::default() };
    }

    /// Who matches, in an order that stays.
    pub fn found(&self) -> &[Node] {
        &self.found
    }

    /// How many match that are not drawn.
    pub const fn away(&self) -> usize {
        self.away
    }

    /// Hosts that stand out of their groups for being looked for.
    pub fn hosts(&self) -> impl Iterator<Item = Node> {
        self.hosts.iter().copied().filter(|_| self.needle().is_some())
    }

    /// Takes in who matches.
    pub fn take(&mut self, found: Found) {
        self.away = found.away;
        self.hosts = found.hosts;
        if *self.found != *found.drawn {
            self.found = found.drawn.into();
        }
    }

    /// What is brought out while something is looked for.
    pub fn out(&self) -> Option<Out> {
        self.needle().map(|_| Out::These(Arc::clone(&self.found)))
    }

    /// The next match, or the one before; round and round.
    pub fn step(&mut self, forward: bool) -> Option<Node> {
        let found = &self.found;
        let next = match self.at {
            None if forward => found.first(),
            None => found.last(),
            Some(at) if forward => found.iter().find(|node| **node > at).or(found.first()),
            Some(at) => found.iter().rev().find(|node| **node < at).or(found.last()),
        };
        self.at = next.copied();
        self.at
    }

    /// Which of the matches one is at, counted from one.
    pub fn nth(&self) -> Option<usize> {
        let at = self.at?;
        self.found.binary_search(&at).ok().map(|index| index + 1)
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
    fn matches_are_walked_round_and_who_went_is_passed_over() {
        let mut find = Find::default();
        find.open();
        find.text = " Ab ".into();
        assert_eq!(find.needle().as_deref(), Some("ab"));
        find.take(Found { drawn: vec![node(1), node(2), node(3)], ..Found::default() });
        assert_eq!([find.step(true), find.step(true), find.step(true), find.step(true)], [1, 2, 3, 1].map(|pid| Some(node(pid))));
        assert_eq!((find.step(false), find.nth()), (Some(node(3)), Some(3)));
        find.take(Found { drawn: vec![node(1), node(2)], ..Found::default() });
        assert_eq!((find.nth(), find.step(false)), (None, Some(node(2))));
        assert!(find.close() && !find.close());
        assert_eq!(find.needle(), None);
    }
}
