//! The stage: every host, process and line as they are drawn now. Flat lists that are kept from frame to frame, so that a frame looks
//! nothing up in a tree, and that remember what is eased: sizes, opacities, the dots' places.

mod bring;
mod edge;
mod ghosts;
mod lens;
mod node;
mod walk;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use egui::{Pos2, Rect};
use graph::{Drawn, DrawnLine, DrawnNode, Node as Who, Subject, Vicinity};

use super::Scene;
use super::camera::Sight;
use super::scale::{activity, link_width, magnification, node_radius};
use bring::Brought;
pub(super) use edge::Edge;
use edge::clearness;
use ghosts::Ghosts;
pub(super) use graph::LineId;
pub use lens::{Lens, Out, Steps};
pub(super) use node::{Figure, News, Node};
use node::{came, news, presence, presence_of};
pub use walk::Way;

use crate::state::mode::Tints;

/// A size covers all but 1/e of the way to its goal in this time.
const SIZE_SECS: f32 = 0.18;
/// Where more hosts come within a second than this, none of them is brought out: all of it is new.
const MOST_COME: usize = 200;
/// An opacity does so in this time.
const OPACITY_SECS: f32 = 0.09;

/// Dots begin again after so many ways; divisible by 1 to 10, so that every first, second, … dot can be left out.
pub(super) const PHASES: f32 = 2520.0;

/// How much time passed, and whether things move smoothly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// Seconds since the last frame.
    pub dt: f32,
    /// Whether things ease and dots run.
    pub smooth: bool,
    /// Whether the traffic goes on: while it is paused, nothing runs.
    pub running: bool,
}

impl Motion {
    /// Brings a value nearer to its goal. Returns whether it is still on its way.
    fn ease(&self, value: &mut f32, goal: f32, secs: f32) -> bool {
        if !self.smooth || (*value - goal).abs() < 0.004 {
            *value = goal;
            return false;
        }
        *value += (goal - *value) * (1.0 - (-self.dt / secs).exp());
        true
    }
}

/// What is left to do after a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Nothing changes by itself.
    #[default]
    Still,
    /// Rates fall.
    Decaying,
    /// Dots run, sizes grow or shrink.
    Flowing,
    /// Something eases, or the camera moves.
    Easing,
}

/// Every host, process and line as they are drawn.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    vicinity: Arc<Vicinity>,
    /// That of what was taken in last.
    version: Option<u64>,
    brought: Brought,
    /// Whether nothing was brought out in the last frame.
    plain: bool,
    /// Which places were taken in last.
    placed: Option<u64>,
    /// Whether every node is where it was on the screen.
    still: bool,
    ghosts: Ghosts,
}

impl Stage {
    /// The hosts, then the processes, by identity.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The lines: links, shares of links, forks.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// What is gone, and still fades.
    pub fn ghosts(&self) -> &Ghosts {
        &self.ghosts
    }

    /// A host or a process.
    pub fn node(&self, id: Who) -> Option<&Node> {
        self.nodes.get(self.index(id)?)
    }

    /// The ends of a line, if both are placed. A host that talks to itself is both.
    pub fn ends(&self, edge: &Edge) -> Option<(&Node, &Node)> {
        let [a, b] = edge.ends;
        let (a, b) = (self.nodes.get(a as usize)?, self.nodes.get(b as usize)?);
        (a.place.is_some() && b.place.is_some()).then_some((a, b))
    }

    /// The box around all that is brought out, in layout units.
    pub fn bounds_of_brought(&self) -> Option<Rect> {
        let lit = self.nodes.iter().enumerate().filter(|(index, _)| self.brought.node(*index));
        let bounds = lit.filter_map(|(_, node)| node.place).fold(Rect::NOTHING, |mut bounds, place| {
            bounds.extend_with(place);
            bounds
        });
        bounds.is_finite().then_some(bounds)
    }

    /// Whether this is brought out.
    pub fn brings_out(&self, out: Option<&Out>) -> bool {
        out.is_some() && self.brought.is_of(out)
    }

    /// How many links the way has that is brought out.
    pub fn hops(&self) -> Option<u32> {
        self.brought.hops()
    }

    /// Where something is, in layout units: a node, or the middle of a link.
    pub fn place_of(&self, subject: Subject) -> Option<Pos2> {
        if let Some(who) = Who::of(subject) {
            return self.node(who)?.place;
        }
        let Subject::Link(link) = subject else { return None };
        let (a, b) = self.ends(self.edges.iter().find(|edge| edge.link == Some(link))?)?;
        Some(a.place? + (b.place? - a.place?) / 2.0)
    }

    /// The node that is the next busiest after the one that is selected; the busiest, if there is none.
    pub fn next_busiest(&self, selected: Option<Subject>) -> Option<Who> {
        let rank = |node: &Node| (Reverse((node.activity * 1e6) as u32), node.id);
        let after = selected.and_then(Who::of).and_then(|who| self.node(who)).map(rank);
        let ranks = || self.nodes.iter().filter(|node| node.place.is_some()).map(rank);
        ranks().filter(|rank| after.is_some_and(|after| *rank > after)).min().or_else(|| ranks().min()).map(|(_, id)| id)
    }

    /// Takes in what is there now, and moves on by one frame. Nodes that are `held` are where the hand is.
    pub fn update(&mut self, scene: &Scene<'_>, tints: &Tints, lens: &Lens, held: &[(Who, Pos2)], motion: &Motion) -> Pace {
        let changed = self.take_in(scene);
        self.brought.renew(lens.out.as_ref(), changed, &self.nodes, &self.edges);
        self.place(scene, held, changed);
        self.light(lens);
        let left = graph::decay(scene.now.secs_since(scene.drawn.at));
        let nodes = self.move_nodes(scene, tints, lens, motion, left);
        let edges = self.move_edges(scene, tints, lens, motion, left);
        let ghosts = if self.ghosts.fade(motion) { Pace::Easing } else { Pace::Still };
        nodes.max(edges).max(ghosts)
    }

    /// Puts everything on the screen.
    pub fn project(&mut self, screen: Rect, sight: Sight) {
        let magnification = magnification(sight.zoom);
        self.still = true;
        for node in &mut self.nodes {
            let before = node.at;
            node.project(screen, sight, magnification);
            self.still &= node.at == before;
        }
        self.ghosts.project(screen, sight);
    }

    /// Whether every node is where it was on the screen before the last [`Stage::project`].
    pub fn is_still(&self) -> bool {
        self.still
    }

    /// The width of a line on the screen, in points.
    pub fn width(edge: &Edge, zoom: f32) -> f32 {
        link_width(edge.activity) * magnification(zoom)
    }

    fn index(&self, id: Who) -> Option<usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok()
    }

    /// Makes both lists those that are drawn; what was there keeps what it remembers. Returns whether they are others now.
    fn take_in(&mut self, scene: &Scene<'_>) -> bool {
        let vicinity = &scene.snapshot.totals.vicinity;
        let is_moved = !Arc::ptr_eq(&self.vicinity, vicinity);
        if self.version == Some(scene.drawn.version) && !is_moved {
            return false;
        }
        self.version = Some(scene.drawn.version);
        let Drawn { nodes, lines, .. } = scene.drawn;
        let same_nodes = self.nodes.iter().map(|node| node.id).eq(nodes.iter().map(|node| node.id));
        let same_edges = same_nodes && self.edges.iter().map(|edge| (edge.id, edge.ends)).eq(lines.iter().map(|line| (line.id, line.ends)));
        if !same_edges {
            self.ghosts.see(&self.nodes, &self.edges, scene.drawn);
        }
        if !same_nodes {
            let mut old = std::mem::take(&mut self.nodes).into_iter().peekable();
            let keep = |drawn: &DrawnNode| {
                while old.next_if(|node| node.id < drawn.id).is_some() {}
                let old = old.next_if(|node| node.id == drawn.id);
                old.unwrap_or_else(|| Node::new(drawn.id, scene.figure(drawn)))
            };
            self.nodes = nodes.iter().map(keep).collect();
        }
        if is_moved {
            self.vicinity = Arc::clone(vicinity);
            self.nodes.iter_mut().zip(nodes).for_each(|(node, drawn)| node.figure = scene.figure(drawn));
        }
        if !same_edges {
            let mut old = std::mem::take(&mut self.edges).into_iter().peekable();
            let keep = |(nth, line): (usize, &DrawnLine)| {
                while old.next_if(|edge| edge.id < line.id).is_some() {}
                let old = old.next_if(|edge| edge.id == line.id).map(|edge| Edge { ends: line.ends, ..edge });
                old.unwrap_or_else(|| Edge::new(line, nth))
            };
            self.edges = lines.iter().enumerate().map(keep).collect();
            self.count_neighbours();
        }
        !same_nodes || !same_edges
    }

    fn count_neighbours(&mut self) {
        for node in &mut self.nodes {
            node.neighbours = 0;
        }
        for edge in self.edges.iter().filter(|edge| edge.ends[0] != edge.ends[1]) {
            for end in edge.ends {
                if let Some(node) = self.nodes.get_mut(end as usize) {
                    node.neighbours += 1;
                }
            }
        }
    }

    fn place(&mut self, scene: &Scene<'_>, held: &[(Who, Pos2)], changed: bool) {
        let positions = scene.positions;
        if !changed && held.is_empty() && scene.placed.is_some() && self.placed == scene.placed {
            return;
        }
        // What the hand lets go is looked up again.
        self.placed = scene.placed.filter(|_| held.is_empty());
        for node in &mut self.nodes {
            let number = node.id.number();
            if positions.ids().get(node.hint) != Some(&number) {
                node.hint = positions.ids().binary_search(&number).unwrap_or(usize::MAX);
            }
            let place = positions.points().get(node.hint).map(|p| Pos2::new(p.x, p.y));
            node.place = place.filter(|p| p.is_finite()).or(node.place);
        }
        for (id, place) in held {
            if let Some(node) = self.index(*id).and_then(|index| self.nodes.get_mut(index)) {
                node.place = Some(*place);
            }
        }
    }

    /// Marks what a lens brings out, and who is near the pointer.
    fn light(&mut self, lens: &Lens) {
        let hovered = lens.hovered.and_then(|id| self.index(id)).and_then(|index| u32::try_from(index).ok());
        let by_family = lens.out.is_none() && lens.family.is_some();
        // What nobody brings out is lit as it was, and as what is new is.
        let plain = lens.out.is_none() && !by_family && hovered.is_none();
        if plain && self.plain {
            return;
        }
        self.plain = plain;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            node.lit = !by_family && self.brought.node(index);
            node.near = u32::try_from(index).ok() == hovered && hovered.is_some();
        }
        for (index, edge) in self.edges.iter_mut().enumerate() {
            edge.lit = self.brought.edge(index);
            if !by_family && hovered.is_none() {
                continue;
            }
            let [a, b] = edge.ends;
            let lit = by_family && edge.family.is_some() && edge.family == lens.family;
            let near = hovered == Some(a) || hovered == Some(b);
            for end in [a, b] {
                if (lit || near)
                    && let Some(node) = self.nodes.get_mut(end as usize)
                {
                    node.lit |= lit;
                    node.near |= near;
                }
            }
        }
    }

    fn move_nodes(&mut self, scene: &Scene<'_>, tints: &Tints, lens: &Lens, motion: &Motion, left: f32) -> Pace {
        let cast = scene.cast();
        let parents: HashSet<_> = cast.into_iter().flat_map(|cast| cast.members.values()).filter_map(|member| member.parent).collect();
        let mut pace = Pace::Still;
        let mut come = 0;
        for (node, drawn) in self.nodes.iter_mut().zip(&scene.drawn.nodes) {
            node.probe = tints.of_probe(drawn.observer);
            node.sign = drawn.sign;
            let mut presence = presence(drawn.fading, scene.now);
            if drawn.fading.is_some() {
                pace = pace.max(Pace::Decaying);
            }
            match drawn.id {
                Who::Host(_) => node.news = came(drawn.first, scene.now, motion),
                Who::Group(_) => node.figure = scene.figure(drawn),
                Who::Process(key) => {
                    let Some(member) = cast.and_then(|cast| cast.members.get(&key)) else { continue };
                    node.figure = Figure::Process { tint: tints.of(member), alive: member.died.is_none() };
                    node.news = news(member, scene.now);
                    presence = presence_of(member, parents.contains(&key), scene.now);
                }
            }
            come += usize::from(matches!(node.news, Some(News::Came(_))));
            if node.news.is_some() {
                pace = pace.max(if motion.smooth && motion.running { Pace::Flowing } else { Pace::Decaying });
            }
            pace = pace.max(node.ease(faded(drawn.rate, left), presence, lens, motion));
        }
        if come > MOST_COME {
            self.nodes.iter_mut().filter(|node| matches!(node.news, Some(News::Came(_)))).for_each(|node| node.news = None);
        }
        pace
    }

    fn move_edges(&mut self, scene: &Scene<'_>, tints: &Tints, lens: &Lens, motion: &Motion, left: f32) -> Pace {
        let mut pace = Pace::Still;
        let nodes = &self.nodes;
        for (edge, line) in self.edges.iter_mut().zip(&scene.drawn.lines) {
            if edge.service != line.service {
                edge.service = line.service;
                edge.family = line.service.map(|service| service.family());
            }
            edge.link = line.link;
            edge.probe = tints.of_probe(line.observer).filter(|_| line.service.is_some());
            let [ab, ba] = line.rates.map(|rate| faded(rate, left));
            edge.ways = [activity(ab), activity(ba)];
            if motion.ease(&mut edge.activity, activity(ab + ba), SIZE_SECS) {
                pace = pace.max(Pace::Flowing);
            }
            let clear = match edge.ends.map(|end| nodes.get(end as usize)) {
                [Some(a), Some(b)] => clearness(edge, a, b, lens),
                _ => 0.0,
            };
            if motion.ease(&mut edge.opacity, clear, OPACITY_SECS) {
                pace = pace.max(Pace::Easing);
            }
            if ab + ba > 0.0 {
                let flows = motion.smooth && motion.running;
                pace = pace.max(if flows { Pace::Flowing } else { Pace::Decaying });
                if flows {
                    edge.run(motion.dt);
                }
            }
        }
        pace
    }
}

/// What is left of a rate; less than half a byte a second is nothing.
fn faded(rate: f32, left: f32) -> f32 {
    let rate = rate * left;
    if rate < 0.5 { 0.0 } else { rate }
}

impl Node {
    /// Puts it on the screen.
    fn project(&mut self, screen: Rect, sight: Sight, magnification: f32) {
        self.radius = node_radius(self.activity) * magnification * self.figure.size();
        self.at = sight.to_screen(screen, self.place.unwrap_or_default());
        self.visible = self.place.is_some() && screen.expand(self.radius).contains(self.at);
    }

    /// Brings size and opacity nearer to what they shall be.
    fn ease(&mut self, rate: f32, presence: f32, lens: &Lens, motion: &Motion) -> Pace {
        let clear = if !self.lit {
            0.14
        } else if lens.hovered.is_some() && !self.near {
            0.6
        } else {
            1.0
        };
        let mut pace = if rate > 0.0 { Pace::Decaying } else { Pace::Still };
        if motion.ease(&mut self.opacity, clear * presence, OPACITY_SECS) {
            pace = pace.max(Pace::Easing);
        }
        if motion.ease(&mut self.activity, activity(rate), SIZE_SECS) {
            pace = pace.max(Pace::Flowing);
        }
        pace
    }
}
