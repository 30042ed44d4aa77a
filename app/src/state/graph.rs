//! The live graph: what is brought out, pinned and held, where the camera is, and what the view keeps from frame to frame.

use std::collections::BTreeSet;

use egui::{Pos2, Rect, Vec2};
use graph::{Attribute, Drawn, Family, GroupId, Layering, Node, Subject, Time};
use layouts::{Change, Kind, Point};

use super::action::{Action, GraphCommand};
use super::grouping::Grouping;
use super::mode::Tints;
use super::saving::Wanted;
use super::times::Times;
use crate::view::graph::{Camera, Canvas, Cells, GraphAction, Labels, Lens, Sight, Stage};

/// One step of going nearer.
const STEP: f32 = 1.4;

/// What the hand holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Grip {
    /// Nothing.
    #[default]
    Nothing,
    /// The ground: the camera moves.
    Ground,
    /// A node, this far from the pointer in layout units.
    Node(Node, Vec2),
}

/// What the user did with the live graph, and what is kept from frame to frame.
#[derive(Debug, Default)]
pub struct Graph {
    /// The camera.
    pub camera: Camera,
    /// What is brought out.
    pub lens: Lens,
    /// What the pointer is on, and since when (seconds, of egui).
    pub hovered: Option<(Subject, f64)>,
    /// What the hand holds.
    pub grip: Grip,
    /// Where the held node is, in layout units.
    pub held_at: Pos2,
    /// What the open menu is about.
    pub menu: Option<Subject>,
    /// Whether the last scroll came from a wheel; it zooms, a trackpad's moves.
    pub wheel: bool,
    /// Everything on the screen.
    pub stage: Stage,
    /// The mesh.
    pub canvas: Canvas,
    /// The dots of the map.
    pub cells: Cells,
    /// The names.
    pub labels: Labels,
    /// What is never covered by a label: the tool bar and the legend.
    pub kept_free: Vec<Rect>,
    /// How much of the lower edge the legend takes, in points; the camera looks at what is above it.
    pub legend_height: f32,
    /// Nodes that stay where they were put.
    pub pinned: BTreeSet<Node>,
    /// The colours of users, containers or probes.
    pub tints: Tints,
    /// Whether several machines are told of.
    pub several: bool,
    /// Its groups.
    pub grouping: Grouping,
    /// What layers mean.
    pub layering: Layering,
    /// How long frames take.
    pub times: Times,
    /// A picture that shall be made of what is shown.
    pub wanted: Option<Wanted>,
    /// What the camera keeps in the middle while it is selected.
    centred: Option<Node>,
    kind: Kind,
    frozen: bool,
    waiting: Vec<Waiting>,
    actions: Vec<Action>,
    seen: Time,
}

/// What can be done only with a stage and a screen.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Waiting {
    Focus(Node),
    Reveal(Subject),
    Centre(Node),
    SelectNext,
}

impl Graph {
    /// The layout.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the layout stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Does what a key or a button outside of the view says.
    pub fn command(&mut self, command: GraphCommand, selection: Option<Subject>) {
        match command {
            GraphCommand::Fit => self.fit(),
            GraphCommand::Freeze => self.toggle_freeze(),
            GraphCommand::ZoomIn => self.zoom_by(STEP),
            GraphCommand::ZoomOut => self.zoom_by(1.0 / STEP),
            GraphCommand::NextLayout => self.set_kind(match self.kind {
                Kind::Force => Kind::Circle,
                Kind::Circle => Kind::Layers,
                Kind::Layers => Kind::Grouped,
                Kind::Grouped => Kind::Force,
            }),
            GraphCommand::Focus => self.focus_selected(selection),
            GraphCommand::Pin => self.pin_selected(selection),
            GraphCommand::Times => self.times.shown = !self.times.shown,
            GraphCommand::Next => self.select_next(),
        }
    }

    /// Everything comes into view, and stays there while the graph grows.
    pub fn fit(&mut self) {
        self.camera.follow();
    }

    /// Nearer by `factor`, about the middle.
    pub fn zoom_by(&mut self, factor: f32) {
        self.camera.fly_nearer(factor);
    }

    /// The layout stops, or goes on.
    pub fn toggle_freeze(&mut self) {
        self.frozen = !self.frozen;
        self.ask(Action::Layout(GraphAction::Freeze(self.frozen)));
    }

    /// Another layout; everything comes into view.
    pub fn set_kind(&mut self, kind: Kind) {
        if kind != self.kind {
            self.kind = kind;
            self.ask(Action::Layout(GraphAction::SetKind(kind)));
            if kind == Kind::Grouped && self.grouping.levels.is_empty() {
                self.grouping.by(Some(Attribute::Subnet), self.stage.nodes().len());
            }
            self.camera.follow();
        }
    }

    /// Opens a group, or closes it.
    pub fn toggle_group(&mut self, id: GroupId) {
        self.grouping.toggle(id);
    }

    /// Brings out the node that is selected, and its neighbours; again, and all is as it was.
    pub fn focus_selected(&mut self, selection: Option<Subject>) {
        match selection.and_then(Node::of) {
            Some(id) if self.lens.focus != Some(id) => self.focus(id),
            _ => {
                self.leave_focus();
            }
        }
    }

    /// Brings out a node and its neighbours.
    pub fn focus(&mut self, id: Node) {
        self.waiting.push(Waiting::Focus(id));
    }

    /// Brings out everything again. Returns whether anything was brought out before.
    pub fn leave_focus(&mut self) -> bool {
        let was = self.lens.focus.is_some() || self.lens.family.is_some();
        if self.lens.focus.is_some() {
            self.camera.follow();
        }
        self.lens = Lens { hovered: self.lens.hovered, ..Lens::default() };
        was
    }

    /// Brings out a family of services; again, and all is as it was.
    pub fn toggle_family(&mut self, family: Family) {
        self.lens.family = (self.lens.family != Some(family)).then_some(family);
    }

    /// Selects the next busiest node in the next frame; after the last one, the busiest.
    pub fn select_next(&mut self) {
        self.waiting.push(Waiting::SelectNext);
    }

    /// Shows where something is.
    pub fn reveal(&mut self, subject: Subject) {
        self.waiting.push(Waiting::Reveal(subject));
    }

    /// Brings a node to the middle as soon as it has a place, and keeps it there until something else is selected or the camera moved.
    pub fn centre(&mut self, id: Node) {
        self.waiting.push(Waiting::Centre(id));
    }

    /// What is selected stays where it is, or no longer.
    pub fn pin_selected(&mut self, selection: Option<Subject>) {
        if let Some(id) = selection.and_then(Node::of) {
            self.toggle_pin(id);
        }
    }

    /// A node stays where it is, or no longer.
    pub fn toggle_pin(&mut self, id: Node) {
        if self.pinned.contains(&id) {
            self.unpin(id);
        } else if let Some(place) = self.stage.node(id).and_then(|node| node.place) {
            self.pin(id, place);
        }
    }

    /// A node is put somewhere and stays there.
    pub fn pin(&mut self, id: Node, place: Pos2) {
        self.pinned.insert(id);
        self.hold(id, place);
    }

    /// A node may move again.
    pub fn unpin(&mut self, id: Node) {
        self.pinned.remove(&id);
        self.ask(Action::Layout(GraphAction::Layout(Change::Unpin(id.number()))));
    }

    /// A node is where the hand is, for now.
    pub fn hold(&mut self, id: Node, place: Pos2) {
        let at = Point { x: place.x, y: place.y };
        self.ask(Action::Layout(GraphAction::Layout(Change::Pin { id: id.number(), at })));
    }

    /// Asks for something of the window.
    pub fn ask(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// What the window has to do.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Forgets nodes that are gone, and says whether traffic went on since the last frame.
    pub fn begin_frame(&mut self, drawn: &Drawn, now: Time) -> bool {
        let here = |node: &Node| drawn.index(*node).is_some();
        self.pinned.retain(here);
        if self.lens.focus.is_some_and(|id| !here(&id)) {
            self.leave_focus();
        }
        if matches!(self.grip, Grip::Node(id, _) if !here(&id)) {
            self.grip = Grip::Nothing;
        }
        let runs = now > self.seen && self.seen != Time::ZERO;
        self.seen = now;
        runs
    }

    /// The camera goes along with what it keeps in the middle, unless the hand holds something.
    pub fn keep_centred(&mut self, selection: Option<Subject>) {
        self.centred = self.centred.filter(|id| selection == Some(id.subject()) && !matches!(self.grip, Grip::Node(..)));
        self.camera.keep(self.centred.and_then(|id| self.stage.node(id)?.place));
    }

    /// Does what waited for a stage and a screen. Returns whether there was anything that could be done.
    pub fn obey(&mut self, screen: Rect, selection: &mut Option<Subject>) -> bool {
        let waited = std::mem::take(&mut self.waiting);
        let before = waited.len();
        for waiting in waited {
            match waiting {
                Waiting::Focus(id) => {
                    self.lens = Lens { focus: Some(id), family: None, ..self.lens };
                    if let Some(bounds) = self.stage.neighbourhood(id) {
                        self.camera.fly_to(Sight::fitting(screen, bounds));
                    }
                }
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
                Waiting::SelectNext => {
                    if let Some(next) = self.stage.next_busiest(*selection).map(Node::subject) {
                        *selection = Some(next);
                        self.waiting.push(Waiting::Reveal(next));
                    }
                }
            }
        }
        self.waiting.len() < before
    }
}
