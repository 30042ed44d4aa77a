//! What was done to the graph by hand can be taken back, and done again.

use std::collections::VecDeque;

use egui::Pos2;
use graph::Node;

use super::hidden::Hidden;
use crate::state::grouping::Grouping;

/// So much can be taken back.
const MOST: usize = 100;

/// Where a node is put, and whether it stays there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Put {
    /// The node.
    pub(super) node: Node,
    /// Where, in layout units.
    pub(super) place: Pos2,
    /// Whether it stays there; else the layout moves it on from there.
    pub(super) stays: bool,
}

/// Something that is done to the graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// Nodes are put somewhere.
    Put(Vec<Put>),
    /// Nodes are hidden.
    Hide(Hidden),
    /// Nodes come back.
    Show(Hidden),
    /// Groups are these.
    Regroup(Grouping),
}

/// A deed, and the one that takes it back.
#[derive(Clone, Debug, PartialEq)]
struct Done {
    deed: Deed,
    back: Deed,
}

/// All that can be taken back or done again, bounded: the oldest is forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    done: VecDeque<Done>,
    undone: Vec<Done>,
}

impl Past {
    /// Notes what was done, and what takes it back. What was taken back before cannot be done again.
    pub(super) fn note(&mut self, deed: Deed, back: Deed) {
        self.undone.clear();
        if self.done.len() >= MOST {
            self.done.pop_front();
        }
        self.done.push_back(Done { deed, back });
    }

    /// What takes the last deed back.
    pub(super) fn undo(&mut self) -> Option<Deed> {
        let last = self.done.pop_back()?;
        let back = last.back.clone();
        self.undone.push(last);
        Some(back)
    }

    /// What does again what was taken back last.
    pub(super) fn redo(&mut self) -> Option<Deed> {
        let last = self.undone.pop()?;
        let deed = last.deed.clone();
        self.done.push_back(last);
        Some(deed)
    }
}

#[cfg(test)]
mod tests {
    use graph::{ProcessId, ProcessKey, Realm};

    use super::*;

    fn nodes(pid: u32) -> Hidden {
        let node = Node::Process(ProcessKey { realm: Realm(1), process: ProcessId { pid, start_ns: 1 } });
        Hidden::of(&[node], &graph::Drawn::default())
    }

    fn hide(past: &mut Past, pid: u32) {
        past.note(Deed::Hide(nodes(pid)), Deed::Show(nodes(pid)));
    }

    #[test]
    fn deeds_are_taken_back_the_last_one_first_and_done_again() {
        let mut past = Past::default();
        hide(&mut past, 1);
        hide(&mut past, 2);
        assert_eq!([past.undo(), past.undo(), past.undo()], [Some(Deed::Show(nodes(2))), Some(Deed::Show(nodes(1))), None]);
        assert_eq!(past.redo(), Some(Deed::Hide(nodes(1))));
        hide(&mut past, 3);
        assert_eq!(past.redo(), None, "another deed came instead");
        assert_eq!([past.undo(), past.undo()], [Some(Deed::Show(nodes(3))), Some(Deed::Show(nodes(1)))]);
    }

    #[test]
    fn the_oldest_deeds_are_forgotten() {
        let mut past = Past::default();
        (0..1000).for_each(|pid| hide(&mut past, pid));
        let back: Vec<Deed> = std::iter::from_fn(|| past.undo()).collect();
        assert_eq!((back.len(), back.last()), (MOST, Some(&Deed::Show(nodes(900)))));
    }
}
