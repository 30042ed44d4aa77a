//! Where nodes are put by hand, and which of them stay there.

use egui::Pos2;
use graph::Node;
use layouts::{Change, Point};

use super::undo::{Deed, Put};
use super::{Graph, Held};
use crate::state::Action;
use crate::view::graph::GraphAction;

impl Graph {
    /// The selected nodes stay where they are, or no longer where all of them did.
    pub fn pin_selected(&mut self) {
        let nodes: Vec<Node> = self.chosen.nodes().iter().copied().collect();
        self.toggle_pins(&nodes);
    }

    /// These nodes stay where they are, or no longer where all of them did.
    pub fn toggle_pins(&mut self, nodes: &[Node]) {
        let stays = !nodes.iter().all(|node| self.pinned.contains(node));
        let put = |node: &Node, stays| Some(Put { node: *node, place: self.stage.node(*node)?.place?, stays });
        let before = nodes.iter().filter_map(|node| put(node, self.pinned.contains(node))).collect();
        let after = nodes.iter().filter_map(|node| put(node, stays)).collect();
        self.put(before, after);
    }

    /// No node stays where it was put.
    pub fn unpin_all(&mut self) {
        let nodes: Vec<Node> = self.pinned.iter().copied().collect();
        self.toggle_pins(&nodes);
        // Who is not on the stage now is not put there.
        for node in std::mem::take(&mut self.pinned) {
            self.ask(Action::Layout(GraphAction::Layout(Change::Unpin(node.number()))));
        }
    }

    /// Nodes are let go by the hand. They stay where they are if they shall, or did before.
    pub fn let_go(&mut self, held: &[Held], stay: bool) {
        let before = |held: &Held| Put { node: held.node, place: held.from, stays: self.pinned.contains(&held.node) };
        let after = |held: &Held| Put { node: held.node, place: held.at, stays: stay || self.pinned.contains(&held.node) };
        let (before, after) = (held.iter().map(before).collect(), held.iter().map(after).collect());
        self.put(before, after);
    }

    /// Nodes are where the hand is, for now.
    pub fn hold(&mut self, node: Node, place: Pos2) {
        let at = Point { x: place.x, y: place.y };
        self.ask(Action::Layout(GraphAction::Layout(Change::Pin { id: node.number(), at })));
    }

    /// Puts nodes, and notes where they were.
    fn put(&mut self, before: Vec<Put>, after: Vec<Put>) {
        if before != after {
            self.put_all(&after);
            self.past.note(Deed::Put(after), Deed::Put(before));
        }
    }

    /// Puts nodes.
    pub(super) fn put_all(&mut self, puts: &[Put]) {
        for put in puts {
            // Who is let go where it stayed is not put there anew.
            if put.stays || self.stage.node(put.node).and_then(|node| node.place) != Some(put.place) {
                self.hold(put.node, put.place);
            }
            if put.stays {
                self.pinned.insert(put.node);
            } else {
                self.pinned.remove(&put.node);
                self.ask(Action::Layout(GraphAction::Layout(Change::Unpin(put.node.number()))));
            }
        }
    }
}
