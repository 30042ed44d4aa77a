//! The live graph: who talks to whom, drawn.

mod brush;
mod camera;
mod card;
mod corner;
mod discs;
mod drag;
mod empty;
mod grouping;
mod hand;
mod hit;
mod keyboard;
mod labels;
mod legend;
mod menu;
mod minimap;
mod names;
mod occupancy;
mod overlay;
mod paint;
pub mod picture;
mod placer;
mod scale;
mod seek;
mod shorten;
mod stage;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toolbar;

use std::time::{Duration, Instant};

use egui::{Id, Rect, Sense, Ui, vec2};
use graph::{ArcStr, Attribute, Cast, Drawn, DrawnNode, Host, Node, Registry, Scope, Snapshot, Subject, Time};
use layouts::{Change, Disc, Kind, Positions};

pub use camera::{Camera, Sight};
pub use labels::Labels;
pub use minimap::Cells;
pub use paint::Canvas;
pub use stage::{Lens, Out, Stage, Steps, Way};

use crate::state::Action;
use crate::state::graph::Graph;
use crate::state::mode::{Colouring, Mode, Tint};
use crate::state::saving::Wanted;
use crate::theme::Palette;
use crate::units;
use labels::Favour;
use paint::Look;
use stage::{Figure, Motion, Pace};

/// What there is to draw.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The columns of what may be known.
    pub registry: &'a Registry,
    /// Hosts, links and processes.
    pub snapshot: &'a Snapshot,
    /// What of it is drawn: nodes and lines, folded into groups.
    pub drawn: &'a Drawn,
    /// What the graph shall be made of.
    pub mode: Mode,
    /// What the colours of processes stand for.
    pub colouring: Colouring,
    /// The model's time; while traffic is paused it stands still.
    pub now: Time,
    /// As many nodes are drawn before the quietest fold.
    pub budget: usize,
    /// What the selected node has in common with others.
    pub alike: &'a [(Attribute, ArcStr)],
    /// Where the nodes are.
    pub positions: &'a Positions,
    /// Another number whenever they are elsewhere; none where nobody counts.
    pub placed: Option<u64>,
    /// The discs of groups that stand open, by their numbers.
    pub discs: &'a [(u64, Disc)],
    /// The colours.
    pub palette: &'a Palette,
    /// The size of a label's text, in points.
    pub text_size: f32,
    /// Whether nothing moves but what has to.
    pub reduced_motion: bool,
    /// What is said while there is nothing to draw: a line, and a smaller one below it.
    pub waiting: (&'a str, &'a str),
    /// What the filter asks for and nobody told of.
    pub untold: Option<&'a str>,
}

impl Scene<'_> {
    /// The processes that are in the graph; none where it is one of hosts, or these are not known yet.
    fn cast(&self) -> Option<&Cast> {
        self.drawn.cast.as_deref().filter(|_| self.mode == Mode::Mixed)
    }

    /// What a node is drawn as, before it is known whose a process is.
    fn figure(&self, drawn: &DrawnNode) -> Figure {
        match drawn.id {
            Node::Host(id) => {
                Figure::Host(self.snapshot.hosts.get(&id).map_or(Scope::Internet, |host| self.snapshot.totals.scope(&host.key)))
            }
            Node::Process(_) => Figure::Process { tint: Tint::None, alive: true },
            Node::Group(id) => {
                let quiet = self.drawn.groups.get(&id).is_some_and(|group| group.key.is_quiet());
                Figure::Group { members: drawn.members, quiet }
            }
        }
    }

    /// Whether several machines are told of.
    fn is_of_several(&self) -> bool {
        self.snapshot.totals.machines.len() > 1
    }

    /// The same, and colours stand for probes only where there is more than one.
    fn colourable(self) -> Self {
        match self.colouring {
            Colouring::Probe if !self.is_of_several() => Scene { colouring: Colouring::User, ..self },
            _ => self,
        }
    }

    /// What a person calls a host: an address that is another machine's own is said to be.
    fn label_of(&self, host: &Host) -> String {
        match self.snapshot.totals.elsewhere(host.key.realm) {
            Some(machine) => format!("{} of {machine}", host.label()),
            None => host.label(),
        }
    }

    /// What a person calls a node; none where it is gone.
    fn label(&self, node: Node) -> Option<String> {
        match node {
            Node::Host(id) => self.snapshot.hosts.get(&id).map(|host| self.label_of(host)),
            Node::Process(key) => self.cast()?.members.get(&key).map(|member| member.label.to_string()),
            Node::Group(id) => {
                self.drawn.groups.get(&id).map(|group| format!("{} ({})", group.key.label(), units::count(u64::from(group.members))))
            }
        }
    }

    /// Bytes a second that a node sends and receives.
    fn rate(&self, node: Node) -> f32 {
        let rate = match node {
            Node::Host(id) => self.snapshot.hosts.get(&id).map(|host| host.rate(self.now)),
            Node::Process(key) => self.snapshot.processes.get(&key).map(|process| process.rate(self.now)),
            Node::Group(_) => {
                let drawn = self.drawn.index(node).and_then(|at| self.drawn.nodes.get(at));
                drawn.map(|drawn| drawn.rate * graph::decay(self.now.secs_since(self.drawn.at)))
            }
        };
        rate.unwrap_or_default()
    }
}

/// What the graph wants of its layout.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphAction {
    /// The layout changes.
    Layout(Change),
    /// Another layout.
    SetKind(Kind),
    /// The layout stops, or goes on.
    Freeze(bool),
}

/// Draws the graph in all of the room there is, and does what the user does with it.
pub fn graph_ui(ui: &mut Ui, scene: Scene<'_>, state: &mut Graph, selection: &mut Option<Subject>) -> Vec<Action> {
    let began = Instant::now();
    let screen = ui.available_rect_before_wrap();
    let view = Rect::from_min_max(screen.min, screen.max - vec2(0.0, state.legend_height));
    // By a name of its own it keeps the keyboard, whatever comes and goes beside it.
    ui.advance_cursor_after_rect(screen);
    let response = ui.interact(screen, Id::unique("graph"), Sense::click_and_drag());
    let painter = ui.painter_at(screen);
    painter.rect_filled(screen, 0.0, scene.palette.background);

    let running = state.begin_frame(scene.snapshot, scene.drawn, scene.now);
    let scene = scene.colourable();
    state.several = scene.is_of_several();
    state.tints.give(scene.snapshot, scene.cast(), scene.colouring);
    let motion = Motion { dt: ui.input(|i| i.stable_dt).min(0.1), smooth: !scene.reduced_motion, running };
    state.chosen.follow(*selection);
    keyboard::keyboard_ui(ui, &response, state);
    hand::hand_ui(ui, &response, view, state, selection);
    state.obey(view, scene.drawn, selection);
    state.chosen.follow(*selection);
    state.keep_centred(*selection);
    let moving = state.camera.advance(motion.dt, view, bounds(&scene), motion.smooth);
    if let Some(needle) = state.find.due(state.stage.nodes().len(), scene.now) {
        state.find.take(seek::matches(&scene, &state.stage, &needle));
    }
    if let Some(forward) = state.find.wanted.take() {
        state.step_find(forward, selection);
    }
    state.lens.out = state.find.out().or_else(|| state.out().cloned());
    let held = state.held();
    let updating = Instant::now();
    let pace = state.stage.update(&scene, &state.tints, &state.lens, &held, &motion);
    // What waited for somebody who has come just now needs another frame.
    if state.obey(view, scene.drawn, selection) {
        ui.ctx().request_repaint();
    }
    state.stage.project(view, state.camera.sight());
    let drawing = state.times.took(|times| &times.stage, updating);

    let hovered = state.hovered.map(|(subject, _)| subject);
    let centre = bounds(&scene).filter(|_| state.kind() == Kind::Circle);
    let centre = centre.map(|bounds| state.camera.sight().to_screen(view, bounds.center()));
    let Graph { canvas, stage, labels, lens, camera, kept_free, pinned, chosen, times, .. } = &mut *state;
    let zoom = camera.sight().zoom;
    let chosen = chosen.nodes();
    let grounds = discs::grounds(&scene, view, camera.sight());
    let look = Look { palette: scene.palette, grounds: &grounds, zoom, dots: motion.smooth, selected: *selection, chosen, hovered, pinned };
    canvas.paint(&painter, screen, stage, &look);
    times.vertices = canvas.vertices();
    let choosing = times.took(|times| &times.mesh, drawing);
    let favour = Favour { selected: selection.and_then(Node::of), hovered: lens.hovered, chosen, centre, pinned };
    labels.choose(&painter, screen, stage, &scene, &favour, kept_free);
    labels.paint(&painter, &scene);
    times.took(|times| &times.labels, choosing);

    keyboard::paint(&painter, &scene, state);
    drag::paint(&painter, &state.grip, scene.palette);

    keyboard::name_ui(&response, state);
    names::names_ui(ui, &response, &scene, state, selection);
    state.kept_free.clear();
    discs::names_ui(ui, screen, &scene, state, &grounds);
    if state.stage.nodes().is_empty() && scene.drawn.uncounted.hidden == 0 {
        empty::empty_ui(ui, screen, &scene, state);
    } else {
        empty::astray_ui(ui, screen, &scene, state);
    }
    legend::legend_ui(ui, screen, &scene, state);
    toolbar::toolbar_ui(ui, screen, &scene, state);
    corner::corner_ui(ui, screen, &scene, state);
    minimap::minimap_ui(ui, view, &scene, state);
    menu::menu_ui(&response, &scene, state);
    card::card_ui(ui, &response, &scene, state);
    overlay::overlay_ui(ui, screen, &scene, state);

    state.remember(view, scene.mode, ui.input(|i| i.time));
    if let Some(Wanted { path, times }) = state.wanted.take() {
        let scale = painter.pixels_per_point() * f32::from(times);
        let svg = picture::of_view(&painter, &scene, state, screen, *selection, scale);
        state.ask(Action::KeepPicture { path, svg });
    }
    keep_going(ui, if moving { Pace::Easing } else { pace }, motion.running);
    state.times.took(|times| &times.frame, began);
    state.take_actions()
}

/// Asks for the next frame, no sooner than it is needed; while nothing changes by itself, for none.
fn keep_going(ui: &Ui, pace: Pace, running: bool) {
    match pace {
        Pace::Easing => ui.ctx().request_repaint(),
        Pace::Flowing if running => ui.ctx().request_repaint_after(Duration::from_millis(33)),
        Pace::Decaying if running => ui.ctx().request_repaint_after(Duration::from_millis(200)),
        Pace::Flowing => ui.ctx().request_repaint_after(Duration::from_millis(33)),
        Pace::Decaying | Pace::Still => {}
    }
}

/// The box around all nodes and the discs of groups, in layout units.
fn bounds(scene: &Scene<'_>) -> Option<Rect> {
    let (least, greatest) = scene.positions.bounds()?;
    let nodes = Rect::from_min_max(egui::pos2(least.x, least.y), egui::pos2(greatest.x, greatest.y));
    let disc =
        |(_, disc): &(u64, Disc)| Rect::from_center_size(egui::pos2(disc.centre.x, disc.centre.y), egui::Vec2::splat(2.0 * disc.radius));
    Some(scene.discs.iter().map(disc).filter(Rect::is_finite).fold(nodes, Rect::union))
}
