//! The stage: every host and link as they are drawn now. Flat lists that are kept from frame to frame, so that a frame looks
//! nothing up in a tree, and that remember what is eased: sizes, opacities, the dots' places.

use std::cmp::Reverse;

use egui::{Pos2, Rect};
use graph::{Family, Host, HostId, Link, LinkId, Service, Snapshot, Subject, Time};
use layouts::Positions;

use super::Scene;
use super::camera::Sight;
use super::role::Role;
use super::scale::{activity, dots, link_width, magnification, node_radius};

/// A size covers all but 1/e of the way to its goal in this time.
const SIZE_SECS: f32 = 0.18;
/// An opacity does so in this time.
const OPACITY_SECS: f32 = 0.09;
/// How much is left of a host that is about to go.
const FADED: f32 = 0.25;

/// Dots begin again after so many ways; divisible by 1 to 10, so that every first, second, … dot can be left out.
pub(super) const PHASES: f32 = 2520.0;

/// A host as it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Whose it is.
    pub id: HostId,
    /// What part it plays.
    pub role: Role,
    /// Where it is, in layout units; nowhere until the layout says.
    pub place: Option<Pos2>,
    /// Where it is on the screen.
    pub at: Pos2,
    /// How large its disc is, in points.
    pub radius: f32,
    /// Whether any of it is on the screen.
    pub visible: bool,
    /// How busy it looks.
    pub activity: f32,
    /// How opaque it is.
    pub opacity: f32,
    /// How many hosts it is linked with.
    pub neighbours: u32,
    /// Whether it is what the pointer is on, or linked with that.
    pub near: bool,
    lit: bool,
    hint: usize,
}

/// A link as it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// Whose it is.
    pub id: LinkId,
    /// What it is for.
    pub family: Family,
    /// How busy it looks.
    pub activity: f32,
    /// How busy each direction is: from A to B, and back.
    pub ways: [f32; 2],
    /// How far the dots of each direction have run, in ways between two of them; below [`PHASES`].
    pub phases: [f32; 2],
    /// How opaque it is.
    pub opacity: f32,
    service: Service,
    ends: Option<(u32, u32)>,
}

/// What is brought out, and everything else dimmed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lens {
    /// A host and its neighbours.
    pub focus: Option<HostId>,
    /// A family of services.
    pub family: Option<Family>,
    /// What the pointer is on.
    pub hovered: Option<HostId>,
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

/// Every host and link as they are drawn.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    own: Vec<std::net::IpAddr>,
}

impl Stage {
    /// The hosts, by identity.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The links, by identity.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// A host.
    pub fn node(&self, id: HostId) -> Option<&Node> {
        self.nodes.get(self.index(id)?)
    }

    /// The ends of a link, if both are placed. A host that talks to itself is both.
    pub fn ends(&self, edge: &Edge) -> Option<(&Node, &Node)> {
        let (a, b) = edge.ends?;
        let (a, b) = (self.nodes.get(a as usize)?, self.nodes.get(b as usize)?);
        (a.place.is_some() && b.place.is_some()).then_some((a, b))
    }

    /// The box around a host and its neighbours, in layout units.
    pub fn neighbourhood(&self, id: HostId) -> Option<Rect> {
        let centre = self.node(id)?.place?;
        let ends = self.edges.iter().filter_map(|edge| self.ends(edge)).filter(|(a, b)| a.id == id || b.id == id);
        let places = ends.flat_map(|(a, b)| [a.place, b.place]).flatten();
        Some(places.fold(Rect::from_min_max(centre, centre), |mut bounds, place| {
            bounds.extend_with(place);
            bounds
        }))
    }

    /// Where something is, in layout units: a host, or the middle of a link.
    pub fn place_of(&self, subject: Subject) -> Option<Pos2> {
        match subject {
            Subject::Host(id) => self.node(id)?.place,
            Subject::Link(id) => {
                let index = self.edges.binary_search_by_key(&id, |edge| edge.id).ok()?;
                let (a, b) = self.ends(self.edges.get(index)?)?;
                Some(a.place? + (b.place? - a.place?) / 2.0)
            }
            Subject::Flow(_) | Subject::Service(_) | Subject::Process(_) => None,
        }
    }

    /// The host that is the next busiest after the one that is selected; the busiest, if there is none.
    pub fn next_busiest(&self, selected: Option<Subject>) -> Option<HostId> {
        let rank = |node: &Node| (Reverse((node.activity * 1e6) as u32), node.id);
        let after = match selected {
            Some(Subject::Host(id)) => self.node(id).map(rank),
            _ => None,
        };
        let ranks = || self.nodes.iter().filter(|node| node.place.is_some()).map(rank);
        ranks().filter(|rank| after.is_some_and(|after| *rank > after)).min().or_else(|| ranks().min()).map(|(_, id)| id)
    }

    /// Takes in what is there now, and moves on by one frame. A host that is `held` is where the hand is.
    pub fn update(&mut self, scene: &Scene<'_>, lens: &Lens, held: Option<(HostId, Pos2)>, motion: &Motion) -> Pace {
        self.take_in(scene.snapshot, scene.own);
        self.place(scene.positions, held);
        self.light(lens);
        let hosts = self.move_nodes(scene, lens, motion);
        hosts.max(self.move_edges(scene, lens, motion))
    }

    /// Puts everything on the screen.
    pub fn project(&mut self, screen: Rect, sight: Sight) {
        let magnification = magnification(sight.zoom);
        for node in &mut self.nodes {
            node.radius = node_radius(node.activity) * magnification;
            node.at = sight.to_screen(screen, node.place.unwrap_or_default());
            node.visible = node.place.is_some() && screen.expand(node.radius).contains(node.at);
        }
    }

    /// The width of a link on the screen, in points.
    pub fn width(edge: &Edge, zoom: f32) -> f32 {
        link_width(edge.activity) * magnification(zoom)
    }

    fn index(&self, id: HostId) -> Option<usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok()
    }

    /// Makes both lists those of the snapshot; what was there keeps what it remembers.
    fn take_in(&mut self, snapshot: &Snapshot, own: &[std::net::IpAddr]) {
        let same_own = self.own == own;
        let same_nodes = self.nodes.len() == snapshot.hosts.len() && self.nodes.iter().map(|n| &n.id).eq(snapshot.hosts.keys());
        let same_edges = self.edges.len() == snapshot.links.len() && self.edges.iter().map(|e| &e.id).eq(snapshot.links.keys());
        if !same_own {
            self.own = own.to_vec();
        }
        if !same_nodes || !same_own {
            let mut old = std::mem::take(&mut self.nodes).into_iter().peekable();
            let keep = |(id, host): (&HostId, &Host)| {
                while old.next_if(|node| node.id < *id).is_some() {}
                let old = old.next_if(|node| node.id == *id).filter(|_| same_own);
                old.unwrap_or_else(|| Node::new(host, own))
            };
            self.nodes = snapshot.hosts.iter().map(keep).collect();
        }
        if !same_edges {
            let mut old = std::mem::take(&mut self.edges).into_iter().peekable();
            let keep = |(nth, (id, link)): (usize, (&LinkId, &Link))| {
                while old.next_if(|edge| edge.id < *id).is_some() {}
                old.next_if(|edge| edge.id == *id).unwrap_or_else(|| Edge::new(link, nth))
            };
            self.edges = snapshot.links.iter().enumerate().map(keep).collect();
        }
        if !same_nodes || !same_edges {
            self.connect(snapshot);
        }
    }

    /// Finds the ends of all links, and counts neighbours.
    fn connect(&mut self, snapshot: &Snapshot) {
        let ids: Vec<HostId> = self.nodes.iter().map(|node| node.id).collect();
        let index = |id: &HostId| ids.binary_search(id).ok().and_then(|index| u32::try_from(index).ok());
        for node in &mut self.nodes {
            node.neighbours = 0;
        }
        for (edge, link) in self.edges.iter_mut().zip(snapshot.links.values()) {
            edge.ends = index(&link.a).zip(index(&link.b));
            let Some((a, b)) = edge.ends.filter(|(a, b)| a != b) else { continue };
            for end in [a, b] {
                if let Some(node) = self.nodes.get_mut(end as usize) {
                    node.neighbours += 1;
                }
            }
        }
    }

    fn place(&mut self, positions: &Positions, held: Option<(HostId, Pos2)>) {
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

    /// Marks the hosts that a lens brings out, and those near the pointer.
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
            let lit = touches(focus) || (focus.is_none() && lens.family == Some(edge.family));
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

    fn move_nodes(&mut self, scene: &Scene<'_>, lens: &Lens, motion: &Motion) -> Pace {
        let mut pace = Pace::Still;
        for (node, host) in self.nodes.iter_mut().zip(scene.snapshot.hosts.values()) {
            let rate = host.rate(scene.now);
            let clear = if !node.lit {
                0.14
            } else if lens.hovered.is_some() && !node.near {
                0.6
            } else {
                1.0
            };
            if motion.ease(&mut node.opacity, clear * presence(host, scene.now), OPACITY_SECS) {
                pace = pace.max(Pace::Easing);
            }
            if motion.ease(&mut node.activity, activity(rate), SIZE_SECS) {
                pace = pace.max(Pace::Flowing);
            }
            if rate > 0.0 || host.fading.is_some() {
                pace = pace.max(Pace::Decaying);
            }
        }
        pace
    }

    fn move_edges(&mut self, scene: &Scene<'_>, lens: &Lens, motion: &Motion) -> Pace {
        let mut pace = Pace::Still;
        let nodes = &self.nodes;
        for (edge, link) in self.edges.iter_mut().zip(scene.snapshot.links.values()) {
            if edge.service != link.service {
                edge.service = link.service;
                edge.family = link.service.family();
            }
            let [ab, ba] = [link.rate_ab.at(scene.now), link.rate_ba.at(scene.now)];
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
    fn new(host: &Host, own: &[std::net::IpAddr]) -> Node {
        Node {
            id: host.id,
            role: Role::of(host.key.addr, own),
            place: None,
            at: Pos2::ZERO,
            radius: 0.0,
            visible: false,
            activity: 0.0,
            opacity: 0.0,
            neighbours: 0,
            near: false,
            lit: true,
            hint: usize::MAX,
        }
    }
}

impl Edge {
    fn new(link: &Link, nth: usize) -> Edge {
        Edge {
            id: link.id,
            family: link.service.family(),
            activity: 0.0,
            ways: [0.0; 2],
            phases: phases(nth),
            opacity: 0.0,
            service: link.service,
            ends: None,
        }
    }

    fn run(&mut self, dt: f32) {
        for (phase, way) in self.phases.iter_mut().zip(self.ways) {
            let (speed, gap, _) = dots(way);
            *phase = (*phase + speed * dt / gap) % PHASES;
        }
    }
}

/// Where the dots of the nth link begin: not those of all links at the same place.
fn phases(nth: usize) -> [f32; 2] {
    [0.618_034, 0.414_214].map(|part| (nth as f32 * part).fract() * PHASES)
}

/// How much of a host is there: all of it, and less and less while it goes.
fn presence(host: &Host, now: Time) -> f32 {
    let Some(since) = host.fading else { return 1.0 };
    let fade_secs = graph::Limits::default().host_fade.as_secs_f64();
    let gone = (now.secs_since(since) / fade_secs).min(1.0) as f32;
    1.0 - gone * (1.0 - FADED)
}

/// How clearly a link between two hosts is seen through a lens.
fn clearness(family: Family, a: &Node, b: &Node, lens: &Lens) -> f32 {
    let of_focus = lens.focus.is_none_or(|id| a.id == id || b.id == id);
    let of_family = lens.family.is_none_or(|lit| lit == family);
    let of_hovered = lens.hovered.is_none_or(|id| a.id == id || b.id == id);
    if !of_focus || !of_family {
        0.07
    } else if !of_hovered {
        0.4
    } else {
        a.opacity.min(b.opacity)
    }
}
