//! The live graph: what is brought out, pinned and held, where the camera is, and what the view keeps from frame to frame.

mod chosen;
mod find;
mod hidden;
mod obey;
mod pins;
mod undo;
mod views;

use std::collections::BTreeSet;

use capture::{Level, Notice};
use egui::{Modifiers, Pos2, Rect, Vec2};
use graph::{Attribute, Drawn, Family, GroupId, Layering, Node, Snapshot, Subject, Time};
use layouts::Kind;

use super::action::{Action, GraphCommand};
use super::grouping::Grouping;
use super::mode::{Mode, Tints};
use super::saving::Wanted;
use super::times::Times;
use crate::view::graph::{Camera, Canvas, Cells, GraphAction, Labels, Lens, Out, Stage, Steps};
pub use chosen::Chosen;
pub use find::{Find, Found};
pub use hidden::Hidden;
use obey::Waiting;
use undo::{Deed, Past};
use views::{Outlook, Views};

/// One step of going nearer.
const STEP: f32 = 1.4;

/// What the hand holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Grip {
    /// Nothing.
    #[default]
    Nothing,
    /// The ground: the camera moves.
    Ground,
    /// Nodes.
    Nodes(Vec<Held>),
    /// A corner of a box that selects; the other one is where the pointer is. In points of the screen.
    Box(Pos2, Pos2),
    /// A rope around what it selects, in points of the screen.
    Lasso(Vec<Pos2>),
}

/// A node that the hand holds; all in layout units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Which.
    pub node: Node,
    /// How far it is from the pointer.
    pub away: Vec2,
    /// Where it was.
    pub from: Pos2,
    /// Where it is.
    pub at: Pos2,
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
    /// Which keys were held when the hand came down.
    pub pressed_with: Modifiers,
    /// What the open menu is about.
    pub menu: Option<Subject>,
    /// Whether the menu shall open without the pointer, at what it is about.
    pub menu_by_key: bool,
    /// Where that menu is; none is where the pointer was.
    pub menu_at: Option<Pos2>,
    /// Whether what is hidden shall be listed.
    pub list_hidden: bool,
    /// What is selected; of them, what the details are about is the selection.
    pub chosen: Chosen,
    /// What is looked for.
    pub find: Find,
    /// What is hidden.
    pub hidden: Hidden,
    /// The node that the keyboard is at.
    pub cursor: Option<Node>,
    /// Whether it was a key that led there.
    pub by_key: bool,
    /// Whether the graph has the keyboard.
    pub has_keyboard: bool,
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
    /// Which nodes the user brought out.
    out: Option<Out>,
    past: Past,
    views: Views,
    waiting: Vec<Waiting>,
    actions: Vec<Action>,
    seen: Time,
}

impl Graph {
    /// One of a source that nothing is known of yet, grouped as graphs were before.
    pub fn grouped_by(levels: &[Attribute]) -> Graph {
        let mut graph = Graph { grouping: Grouping::remembered(levels), ..Graph::default() };
        graph.follow_grouping();
        graph
    }

    /// The layout.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the layout stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Does what a key or a button outside of the view says.
    pub fn command(&mut self, command: GraphCommand) {
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
            GraphCommand::ToggleGroups => self.regroup(Grouping::toggle_all),
            GraphCommand::Focus => self.focus_selected(),
            GraphCommand::Narrow => self.narrow_focus(),
            GraphCommand::Path => self.show_path(),
            GraphCommand::Pin => self.pin_selected(),
            GraphCommand::Times => self.times.shown = !self.times.shown,
            GraphCommand::Undo => self.undo(),
            GraphCommand::Redo => self.redo(),
            GraphCommand::Next
            | GraphCommand::Busiest
            | GraphCommand::SelectAll
            | GraphCommand::Walk(_)
            | GraphCommand::Open
            | GraphCommand::Add
            | GraphCommand::Hide
            | GraphCommand::Menu => self.waiting.push(Waiting::Command(command)),
            // They change more than the graph: the state asks for the outlook to go to.
            GraphCommand::Back | GraphCommand::Forward => {}
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
                self.regroup(|grouping, nodes| grouping.by(Some(Attribute::Subnet), nodes));
            }
            self.camera.follow();
        }
    }

    /// Brings out what is selected and its neighbours; again, and those that are one link farther away.
    pub fn focus_selected(&mut self) {
        let chosen: Vec<Node> = self.chosen.nodes().iter().copied().collect();
        match &self.out {
            Some(Out::Around { centres, steps }) if chosen.is_empty() || **centres == *chosen => self.set_steps(steps.more()),
            _ if !chosen.is_empty() => self.bring_out(Out::Around { centres: chosen.into(), steps: Steps::One }),
            _ => {}
        }
    }

    /// Brings out neighbours that are one link nearer only; none, and all is as it was.
    pub fn narrow_focus(&mut self) {
        if let Some(Out::Around { steps, .. }) = &self.out {
            match steps.fewer() {
                Some(steps) => self.set_steps(steps),
                None => drop(self.leave_focus()),
            }
        }
    }

    /// So many links away the neighbours are that are brought out.
    pub fn set_steps(&mut self, steps: Steps) {
        if let Some(Out::Around { centres, .. }) = &self.out {
            self.bring_out(Out::Around { centres: centres.clone(), steps });
        }
    }

    /// Brings out a node and its neighbours.
    pub fn focus(&mut self, id: Node) {
        self.bring_out(Out::Around { centres: [id].into(), steps: Steps::One });
    }

    /// Brings out the shortest way between the two nodes that are selected.
    pub fn show_path(&mut self) {
        let mut two = self.chosen.nodes().iter().copied();
        if let (Some(from), Some(to), None) = (two.next(), two.next(), two.next()) {
            self.bring_out(Out::Between([from, to]));
        }
    }

    fn bring_out(&mut self, out: Out) {
        self.out = Some(out);
        self.lens.family = None;
        self.waiting.push(Waiting::ShowBrought);
    }

    /// The nodes that are of interest, however quiet they are: selected, pinned, brought out, where the keyboard is.
    pub fn kept(&self, selected: Option<Node>) -> BTreeSet<Node> {
        let out: &[Node] = match &self.out {
            Some(Out::Around { centres, .. }) => centres,
            Some(Out::Between(ends)) => ends,
            Some(Out::These(_)) | None => &[],
        };
        self.pinned.iter().chain(self.chosen.nodes()).chain(out).copied().chain(selected).chain(self.cursor).collect()
    }

    /// What the user brought out.
    pub const fn out(&self) -> Option<&Out> {
        self.out.as_ref()
    }

    /// Brings out everything again. Returns whether anything was brought out before.
    pub fn leave_focus(&mut self) -> bool {
        let was = self.out.is_some() || self.lens.family.is_some();
        if self.out.take().is_some() {
            self.camera.follow();
        }
        self.lens.family = None;
        was
    }

    /// The topmost of what was opened or brought out goes. Returns whether there was anything.
    pub fn cancel(&mut self) -> bool {
        self.find.close() || self.leave_focus()
    }

    /// Brings out a family of services; again, and all is as it was.
    pub fn toggle_family(&mut self, family: Family) {
        self.lens.family = (self.lens.family != Some(family)).then_some(family);
    }

    /// Shows where something is.
    pub fn reveal(&mut self, subject: Subject) {
        self.waiting.push(Waiting::Reveal(subject));
    }

    /// Brings a node to the middle as soon as it has a place, and keeps it there until something else is selected or the camera moved.
    pub fn centre(&mut self, id: Node) {
        self.waiting.push(Waiting::Centre(id));
    }

    /// These do not show any more.
    pub fn hide(&mut self, what: &Hidden) {
        let added = self.hidden.add(what);
        if !what.nodes().is_subset(self.hidden.nodes()) {
            self.ask(Action::Tell(Notice {
                level: Level::Warning,
                text: format!("No more than {} nodes can be hidden one by one: hide a group, or all that are alike.", hidden::MOST),
                remedy: None,
            }));
        }
        if !added.is_empty() {
            self.past.note(Deed::Hide(added.clone()), Deed::Show(added));
        }
    }

    /// These show again.
    pub fn show(&mut self, what: &Hidden) {
        let removed = self.hidden.remove(what);
        if !removed.is_empty() {
            self.past.note(Deed::Show(removed.clone()), Deed::Hide(removed));
        }
    }

    /// Opens a group, or closes it.
    pub fn toggle_group(&mut self, id: GroupId) {
        self.regroup(|grouping, _| grouping.toggle(id));
    }

    /// Closes a group. It is selected then: what was selected in it would stand out of it.
    pub fn close_group(&mut self, id: GroupId) {
        self.toggle_group(id);
        self.waiting.push(Waiting::Select(Subject::Group(id)));
    }

    /// Groups show in discs where the layout is free, and without groups there are no discs.
    fn follow_grouping(&mut self) {
        match (self.kind, self.grouping.levels.is_empty()) {
            (Kind::Force, false) => self.set_kind(Kind::Grouped),
            (Kind::Grouped, true) => self.set_kind(Kind::Force),
            _ => {}
        }
    }

    /// Other groups from now on; it is told how many nodes there are.
    pub fn regroup(&mut self, change: impl FnOnce(&mut Grouping, usize)) {
        let before = self.grouping.clone();
        change(&mut self.grouping, self.stage.nodes().len());
        if self.grouping != before {
            self.past.note(Deed::Regroup(self.grouping.clone()), Deed::Regroup(before));
            self.follow_grouping();
        }
    }

    /// Takes back what was done last.
    pub fn undo(&mut self) {
        if let Some(back) = self.past.undo() {
            self.perform(&back);
        }
    }

    /// Does again what was taken back last.
    pub fn redo(&mut self) {
        if let Some(deed) = self.past.redo() {
            self.perform(&deed);
        }
    }

    fn perform(&mut self, deed: &Deed) {
        match deed {
            Deed::Put(puts) => self.put_all(puts),
            Deed::Hide(what) => drop(self.hidden.add(what)),
            Deed::Show(what) => drop(self.hidden.remove(what)),
            Deed::Regroup(grouping) => {
                self.grouping = grouping.clone();
                self.follow_grouping();
            }
        }
    }

    /// Goes back to what was seen before, or forward again. Returns what the graph was made of.
    pub fn travel(&mut self, forward: bool) -> Option<Mode> {
        let to = if forward { self.views.forward() } else { self.views.back() }?;
        match to.sight {
            Some((sight, _)) => self.camera.fly_to(sight),
            None => self.camera.follow(),
        }
        self.out = to.out;
        self.lens.family = to.family;
        self.find.set(to.find);
        Some(to.mode)
    }

    /// Remembers what is seen on a screen, in order to come back.
    pub fn remember(&mut self, screen: Rect, mode: Mode, time: f64) {
        let sight = self.camera.goal().map(|sight| (sight, screen.size()));
        let find = self.find.is_open().then(|| self.find.text.clone()).filter(|text| !text.is_empty());
        self.views.see(Outlook { sight, out: self.out.clone(), find, family: self.lens.family, mode }, time);
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
    pub fn begin_frame(&mut self, snapshot: &Snapshot, drawn: &Drawn, now: Time) -> bool {
        let here = |node: &Node| drawn.index(*node).is_some();
        self.pinned.retain(here);
        self.hidden.retain(snapshot);
        self.chosen.retain(here);
        self.cursor = self.cursor.filter(here);
        self.keep_out(here);
        if let Grip::Nodes(held) = &mut self.grip {
            held.retain(|held| here(&held.node));
            if held.is_empty() {
                self.grip = Grip::Nothing;
            }
        }
        let runs = now > self.seen && self.seen != Time::ZERO;
        self.seen = now;
        runs
    }

    /// Who is gone is not brought out.
    fn keep_out(&mut self, here: impl Fn(&Node) -> bool) {
        match &mut self.out {
            Some(Out::Around { centres, .. }) if !centres.iter().all(&here) => {
                *centres = centres.iter().copied().filter(here).collect();
                if centres.is_empty() {
                    self.leave_focus();
                }
            }
            Some(Out::Between(ends)) if !ends.iter().all(here) => drop(self.leave_focus()),
            _ => {}
        }
    }

    /// The nodes that are where the hand is.
    pub fn held(&self) -> Vec<(Node, Pos2)> {
        match &self.grip {
            Grip::Nodes(held) => held.iter().map(|held| (held.node, held.at)).collect(),
            _ => Vec::new(),
        }
    }

    /// The camera goes along with what it keeps in the middle, unless the hand holds something.
    pub fn keep_centred(&mut self, selection: Option<Subject>) {
        self.centred = self.centred.filter(|id| selection == Some(id.subject()) && !matches!(self.grip, Grip::Nodes(_)));
        self.camera.keep(self.centred.and_then(|id| self.stage.node(id)?.place));
    }
}
