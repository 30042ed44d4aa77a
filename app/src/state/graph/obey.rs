//! What can be done only with a stage and a screen waits for the next frame.

use egui::Rect;
use graph::{Drawn, Node, Subject};

use super::{Graph, Hidden};
use crate::state::action::GraphCommand;
use crate::view::graph::{Out, Sight};

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Waiting {
    /// What is brought out comes into view.
    ShowBrought,
    /// Something comes into view.
    Reveal(Subject),
    /// A node goes to the middle.
    Centre(Node),
    /// Something is selected, and nothing else.
    Select(Subject),
    /// A command.
    Command(GraphCommand),
}

impl Graph {
    /// Does what waited for a stage and a screen. Returns whether there was anything that could be done.
    pub fn obey(&mut self, screen: Rect, drawn: &Drawn, selection: &mut Option<Subject>) -> bool {
        let waited = std::mem::take(&mut self.waiting);
        let before = waited.len();
        for waiting in waited {
            match waiting {
                Waiting::ShowBrought if self.stage.brings_out(self.out.as_ref()) => {
                    if let Some(bounds) = self.stage.bounds_of_brought() {
                        self.camera.fly_to(Sight::fitting(screen, bounds));
                    }
                }
                Waiting::ShowBrought if self.out.is_none() || self.find.out().is_some() => {}
                Waiting::ShowBrought => self.waiting.push(waiting),
                Waiting::Reveal(subject) => {
                    if let Some(place) = self.stage.place_of(subject) {
                        self.camera.reveal(screen, place);
                    }
                }
                Waiting::Centre(id) => match self.stage.node(id).and_then(|node| node.place) {
                    Some(place) => {
                        self.camera.hold(place);
                        self.centred = Some(id);
                    }
                    // It may not be there yet. Whoever selects something else no longer waits for it.
                    None if *selection == Some(id.subject()) => self.waiting.push(waiting),
                    None => {}
                },
                Waiting::Select(subject) => *selection = Some(subject),
                Waiting::Command(command) => self.do_with_stage(command, drawn, selection),
            }
        }
        self.waiting.len() < before
    }

    fn do_with_stage(&mut self, command: GraphCommand, drawn: &Drawn, selection: &mut Option<Subject>) {
        match command {
            GraphCommand::Next => self.select_busy(*selection, selection),
            GraphCommand::Busiest => self.select_busy(None, selection),
            GraphCommand::SelectAll => {
                let visible = || self.stage.nodes().iter().filter(|node| node.visible);
                let busiest = visible().max_by(|a, b| a.activity.total_cmp(&b.activity).then(b.id.cmp(&a.id))).map(|node| node.id);
                let all: Vec<Node> = visible().map(|node| node.id).collect();
                if let Some(busiest) = busiest {
                    self.chosen.add(all, busiest, selection);
                }
            }
            GraphCommand::Walk(way) => {
                let from = self.cursor.or(selection.and_then(Node::of)).filter(|node| self.stage.node(*node).is_some());
                let to = match from {
                    Some(from) => self.stage.towards(from, way).or(Some(from)),
                    None => self.stage.next_busiest(None),
                };
                self.go_to(to);
            }
            GraphCommand::Open => match self.cursor {
                Some(Node::Group(id)) if *selection == self.cursor.map(Node::subject) => self.toggle_group(id),
                Some(cursor) if *selection != Some(cursor.subject()) => *selection = Some(cursor.subject()),
                _ if self.is_focused() => drop(self.leave_focus()),
                _ => self.focus_selected(),
            },
            GraphCommand::Add => {
                if let Some(cursor) = self.cursor {
                    self.chosen.toggle(cursor, selection);
                }
            }
            GraphCommand::Hide => {
                let chosen: Vec<Node> = self.chosen.nodes().iter().copied().collect();
                // The keyboard goes on from the nearest that is left.
                if let Some(cursor) = self.cursor.filter(|cursor| chosen.contains(cursor)) {
                    self.cursor = self.stage.nearest(cursor, |node| !chosen.contains(&node));
                }
                self.hide(&Hidden::of(&chosen, drawn));
                *selection = selection.filter(|subject| !Node::of(*subject).is_some_and(|node| chosen.contains(&node)));
            }
            GraphCommand::Menu => {
                let node = self.cursor.or(selection.and_then(Node::of));
                self.menu = node.map(Node::subject).or(*selection);
                // It is about what is selected: what that has in common with others is known.
                if node.is_some_and(|node| !self.chosen.nodes().contains(&node)) {
                    *selection = self.menu;
                }
                self.menu_by_key = true;
            }
            _ => {}
        }
    }

    /// Whether what is selected is brought out, with its neighbours.
    fn is_focused(&self) -> bool {
        match &self.out {
            Some(Out::Around { centres, .. }) => self.chosen.nodes().is_empty() || self.chosen.nodes().iter().eq(centres.iter()),
            _ => false,
        }
    }

    fn select_busy(&mut self, after: Option<Subject>, selection: &mut Option<Subject>) {
        if let Some(next) = self.stage.next_busiest(after) {
            *selection = Some(next.subject());
            self.go_to(Some(next));
        }
    }

    /// The keyboard comes to the graph: to what is selected, else to the busiest.
    pub fn enter(&mut self) {
        let selected = self.chosen.nodes().last().copied();
        self.go_to(selected.or_else(|| self.stage.next_busiest(None)));
    }

    /// The keyboard goes to a node, and that comes into view.
    fn go_to(&mut self, node: Option<Node>) {
        self.cursor = node.or(self.cursor);
        self.by_key = true;
        self.waiting.extend(node.map(|node| Waiting::Reveal(node.subject())));
    }

    /// Selects the next match of what is looked for, or the one before, and shows where it is.
    pub fn step_find(&mut self, forward: bool, selection: &mut Option<Subject>) {
        if let Some(node) = self.find.step(forward) {
            *selection = Some(node.subject());
            self.go_to(Some(node));
        }
    }
}
