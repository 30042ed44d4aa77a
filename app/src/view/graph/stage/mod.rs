//! The stage: every host, process and line as they are drawn now. Flat lists that are kept from frame to frame, so that a frame looks
//! nothing up in a tree, and that remember what is eased: sizes, opacities, the dots' places.

mod edge;
mod node;
mod shown;

use std::cmp::Reverse;
use std::collections::HashSet;

use egui::{Pos2, Rect};
use graph::{Family, Node as Who, Subject};
use layouts::Positions;

use super::Scene;
use super::camera::Sight;
use super::scale::{activity, link_width, magnification, node_radius};
pub(super) use edge::Edge;
use edge::clearness;
pub(super) use node::{Figure, News, Node};
use node::{news, presence, presence_of};
pub(super) use shown::LineId;
use shown::{Line, Shown};

use crate::state::mode::{Tint, Tints};

/// A size covers all but 1/e of the way to its goal in this time.
const SIZE_SECS: f32 = 0.18;
/// An opacity does so in this time.
const OPACITY_SECS: f32 = 0.09;

/// Dots begin again after so many ways; divisible by 1 to 10, so that every first, second, … dot can be left out.
pub(super) const PHASES: f32 = 2520.0;

/// What is brought out, and everything else dimmed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lens {
    /// A node and its neighbours.
    pub focus: Option<Who>,
    /// A family of services.
    pub family: Option<Family>,
    /// What the pointer is on.
    pub hovered: Option<Who>,
}

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
    own: Vec<std::net::IpAddr>,
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

    /// A host or a process.
    pub fn node(&self, id: Who) -> Option<&Node> {
        self.nodes.get(self.index(id)?)
    }

    /// The ends of a line, if both are placed. A host that talks to itself is both.
    pub fn ends(&self, edge: &Edge) -> Option<(&Node, &Node)> {
        let (a, b) = edge.ends?;
        let (a, b) = (self.nodes.get(a as usize)?, self.nodes.get(b as usize)?);
        (a.place.is_some() && b.place.is_some()).then_some((a, b))
    }

    /// The box around a node and its neighbours, in layout units.
    pub fn neighbourhood(&self, id: Who) -> Option<Rect> {
        let centre = self.node(id)?.place?;
        let ends = self.edges.iter().filter_map(|edge| self.ends(edge)).filter(|(a, b)| a.id == id || b.id == id);
        let places = ends.flat_map(|(a, b)| [a.place, b.place]).flatten();
        Some(places.fold(Rect::from_min_max(centre, centre), |mut bounds, place| {
            bounds.extend_with(place);
            bounds
        }))
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

    /// Takes in what is there now, and moves on by one frame. A node that is `held` is where the hand is.
    pub fn update(&mut self, scene: &Scene<'_>, tints: &Tints, lens: &Lens, held: Option<(Who, Pos2)>, motion: &Motion) -> Pace {
        let shown = Shown::of(scene);
        self.take_in(&shown, scene);
        self.place(scene.positions, held);
        self.light(lens);
        let hosts = self.move_hosts(&shown, scene, tints, lens, motion);
        let processes = self.move_processes(&shown, scene, tints, lens, motion);
        hosts.max(processes).max(self.move_edges(&shown, scene, tints, lens, motion))
    }

    /// Puts everything on the screen.
    pub fn project(&mut self, screen: Rect, sight: Sight) {
        let magnification = magnification(sight.zoom);
        for node in &mut self.nodes {
            node.radius = node_radius(node.activity) * magnification * node.figure.size();
            node.at = sight.to_screen(screen, node.place.unwrap_or_default());
            node.visible = node.place.is_some() && screen.expand(node.radius).contains(node.at);
        }
    }

    /// The width of a line on the screen, in points.
    pub fn width(edge: &Edge, zoom: f32) -> f32 {
        link_width(edge.activity) * magnification(zoom)
    }

    fn index(&self, id: Who) -> Option<usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok()
    }

    /// Makes both lists those that are shown; what was there keeps what it remembers.
    fn take_in(&mut self, shown: &Shown<'_>, scene: &Scene<'_>) {
        let own = scene.own;
        let same_own = self.own == own;
        if !same_own {
            self.own = own.to_vec();
        }
        let same_nodes = self.nodes.iter().map(|node| node.id).eq(shown.everyone());
        let same_edges = self.edges.iter().map(|edge| (edge.id, edge.between)).eq(shown.lines().map(|line| (line.id, line.ends)));
        if !same_nodes || !same_own {
            let mut old = std::mem::take(&mut self.nodes).into_iter().peekable();
            let mut keep = |id: Who, figure: Figure| {
                while old.next_if(|node| node.id < id).is_some() {}
                let old = old.next_if(|node| node.id == id).filter(|_| same_own);
                old.unwrap_or_else(|| Node::new(id, figure))
            };
            let hosts = shown.hosts().map(|host| (Who::Host(host.id), Figure::Host(scene.role_of(host))));
            let process = Figure::Process { tint: Tint::None, alive: true };
            let processes = shown.members().map(|member| (Who::Process(member.key), process));
            self.nodes = hosts.chain(processes).map(|(id, figure)| keep(id, figure)).collect();
        }
        if !same_edges {
            let mut old = std::mem::take(&mut self.edges).into_iter().peekable();
            let keep = |(nth, line): (usize, Line<'_>)| {
                while old.next_if(|edge| edge.id < line.id).is_some() {}
                let old = old.next_if(|edge| edge.id == line.id).map(|edge| Edge { between: line.ends, ..edge });
                old.unwrap_or_else(|| Edge::new(&line, nth))
            };
            self.edges = shown.lines().enumerate().map(keep).collect();
        }
        if !same_nodes || !same_edges {
            self.connect();
        }
    }

    /// Finds the ends of all lines, and counts neighbours.
    fn connect(&mut self) {
        let ids: Vec<Who> = self.nodes.iter().map(|node| node.id).collect();
        let index = |id: &Who| ids.binary_search(id).ok().and_then(|index| u32::try_from(index).ok());
        for node in &mut self.nodes {
            node.neighbours = 0;
        }
        for edge in &mut self.edges {
            let [a, b] = &edge.between;
            edge.ends = index(a).zip(index(b));
            let Some((a, b)) = edge.ends.filter(|(a, b)| a != b) else { continue };
            for end in [a, b] {
                if let Some(node) = self.nodes.get_mut(end as usize) {
                    node.neighbours += 1;
                }
            }
        }
    }

    fn place(&mut self, positions: &Positions, held: Option<(Who, Pos2)>) {
        for node in &mut self.nodes {
            let number = node.id.number();
            if positions.ids().get(node.hint) != Some(&number) {
                node.hint = positions.ids().binary_search(&number).unwrap_or(usize::MAX);
            }
            let place = positions.points().get(node.hint).map(|p| Pos2::new(p.x, p.y));
            node.place = place.filter(|p| p.is_finite()).or(node.place.filter(|_| positions.is_empty()));
        }
        if let Some((id, place)) = held
            && let Some(index) = self.index(id)
            && let Some(node) = self.nodes.get_mut(index)
        {
            node.place = Some(place);
        }
    }

    /// Marks the nodes that a lens brings out, and those near the pointer.
    fn light(&mut self, lens: &Lens) {
        let [focus, hovered] = [lens.focus, lens.hovered].map(|id| id.and_then(|id| self.index(id)).and_then(|i| u32::try_from(i).ok()));
        for (index, node) in (0..).zip(&mut self.nodes) {
            node.lit = focus == Some(index) || (focus.is_none() && lens.family.is_none());
            node.near = hovered == Some(index);
        }
        if focus.is_none() && hovered.is_none() && lens.family.is_none() {
            return;
        }
        for edge in &self.edges {
            let Some((a, b)) = edge.ends else { continue };
            let touches = |index: Option<u32>| index == Some(a) || index == Some(b);
            let lit = touches(focus) || (focus.is_none() && edge.family.is_some() && lens.family == edge.family);
            let near = touches(hovered);
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

    fn move_hosts(&mut self, shown: &Shown<'_>, scene: &Scene<'_>, tints: &Tints, lens: &Lens, motion: &Motion) -> Pace {
        let mut pace = Pace::Still;
        for (node, host) in self.nodes.iter_mut().zip(shown.hosts()) {
            node.probe = tints.of_probe(&host.observers);
            let rate = host.rate(scene.now);
            pace = pace.max(node.ease(rate, presence(host, scene.now), lens, motion));
            if host.fading.is_some() {
                pace = pace.max(Pace::Decaying);
            }
        }
        pace
    }

    fn move_processes(&mut self, shown: &Shown<'_>, scene: &Scene<'_>, tints: &Tints, lens: &Lens, motion: &Motion) -> Pace {
        let parents: HashSet<_> = shown.members().filter_map(|member| member.parent).collect();
        let first = self.nodes.partition_point(|node| node.id.host().is_some());
        let mut pace = Pace::Still;
        for (node, member) in self.nodes.iter_mut().skip(first).zip(shown.members()) {
            let rate = scene.snapshot.processes.get(&member.key).map_or(0.0, |process| process.rate(scene.now));
            node.figure = Figure::Process { tint: tints.of(member), alive: member.died.is_none() };
            node.news = news(member, scene.now);
            let presence = presence_of(member, parents.contains(&member.key), scene.now);
            pace = pace.max(node.ease(rate, presence, lens, motion));
            if node.news.is_some() {
                pace = pace.max(if motion.smooth && motion.running { Pace::Flowing } else { Pace::Decaying });
            }
        }
        pace
    }

    fn move_edges(&mut self, shown: &Shown<'_>, scene: &Scene<'_>, tints: &Tints, lens: &Lens, motion: &Motion) -> Pace {
        let mut pace = Pace::Still;
        let nodes = &self.nodes;
        for (edge, line) in self.edges.iter_mut().zip(shown.lines()) {
            let service = line.service();
            if edge.service != service {
                edge.service = service;
                edge.family = service.map(|service| service.family());
            }
            edge.probe = line.link().and_then(|link| tints.of_probe(&scene.snapshot.links.get(&link)?.observers));
            let [ab, ba] = shown.rates(&line, scene.now);
            edge.ways = [activity(ab), activity(ba)];
            if motion.ease(&mut edge.activity, activity(ab + ba), SIZE_SECS) {
                pace = pace.max(Pace::Flowing);
            }
            let clear = edge.ends.map_or(0.0, |(a, b)| match (nodes.get(a as usize), nodes.get(b as usize)) {
                (Some(a), Some(b)) => clearness(edge.family, a, b, lens),
                _ => 0.0,
            });
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

impl Node {
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
