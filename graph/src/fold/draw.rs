//! What is drawn: flat lists of nodes and lines, sums where they stand for many, and what was left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use slotmap::SecondaryMap;

use super::layer::layers;
use super::place::Spot;
use super::{Folder, Folding, Group, GroupId, Identity};
use crate::link::vote;
use crate::{Cast, HostId, LinkId, Mixed, Model, Node, OriginId, ProcessKey, Service, ShareId, Time};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineId {
    /// A link between two hosts, or what no process takes of it.
    Link(LinkId),
    /// What of a link is certain processes'.
    Share(ShareId),
    /// What leads to a process from the one it comes from.
    Fork(ProcessKey),
    /// All that runs between two nodes of which one is a group, the lesser node first.
    Sum([Node; 2]),
}

/// A node that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnNode {
    /// Which.
    pub id: Node,
    /// Who it is on every day.
    pub identity: Identity,
    /// For how many it stands: of a group its members.
    pub members: u32,
    /// Bytes a second that it sends and receives, at [`Drawn::at`].
    pub rate: f32,
    /// Bytes that it sent and received.
    pub bytes: u64,
    /// When it was first seen; of a group, the first of its members.
    pub first: Time,
    /// Since when it has been silent and about to go.
    pub fading: Option<Time>,
    /// Who counted the most of it.
    pub observer: Option<OriginId>,
    /// Whether something of it is worth a second look; of a group, of any of its members.
    pub sign: bool,
    /// The outermost open group that it stands in.
    pub within: Option<GroupId>,
    /// The innermost.
    pub inner: Option<GroupId>,
    /// Its layer, from the top; 0 where nobody asked for layers.
    pub layer: u16,
}

/// A line that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnLine {
    /// Which.
    pub id: LineId,
    /// The places of its ends in [`Drawn::nodes`].
    pub ends: [u32; 2],
    /// The link that it is, or is part of; of a sum, its only one.
    pub link: Option<LinkId>,
    /// For how many links or shares it stands; 0 of a line that carries nothing.
    pub links: u32,
    /// Bytes a second from its first end to its second, and back, at [`Drawn::at`].
    pub rates: [f32; 2],
    /// Bytes that it moved, in the same ways.
    pub bytes: [u64; 2],
    /// What it is for, if it carries anything.
    pub service: Option<Service>,
    /// Who counted the most of it.
    pub observer: Option<OriginId>,
}

impl DrawnLine {
    /// Bytes that it moved, both ways.
    pub const fn moved(&self) -> u64 {
        let [there, back] = self.bytes;
        there.saturating_add(back)
    }
}

/// What is not drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncounted {
    /// Nodes that the user hid.
    pub hidden: u32,
    /// Nodes that do not match the filter.
    pub aside: u32,
    /// Hosts that folded for being quiet.
    pub folded: u32,
    /// In so many groups.
    pub folds: u32,
}

/// What is drawn of the model's graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Another number than any drawn before.
    pub version: u64,
    /// The model's time.
    pub at: Time,
    /// The processes in it, where there are any.
    pub cast: Option<Arc<Cast>>,
    /// Every node, ascending.
    pub nodes: Vec<DrawnNode>,
    /// Every line, ascending.
    pub lines: Vec<DrawnLine>,
    /// Groups that are drawn, or stand open.
    pub groups: BTreeMap<GroupId, Group>,
    /// What is not drawn.
    pub uncounted: Uncounted,
}

impl Drawn {
    /// The place of a node in the list.
    pub fn index(&self, id: Node) -> Option<usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok()
    }
}

impl Model {
    /// What is drawn of the graph: of hosts, or of processes and hosts where there is a `cast`.
    pub fn draw(&mut self, folding: &Folding, cast: Option<Arc<Cast>>) -> Drawn {
        let mut folder = std::mem::take(&mut self.folder);
        folder.look(self, folding, cast.as_deref());
        folder.drawn += 1;
        let mut drawing = Drawing::new(self, &folder, cast.as_deref());
        drawing.nodes(folding);
        drawing.links();
        drawing.shares_and_forks();
        let drawn = drawing.finish(cast.clone());
        folder.crowded = folder.quiet.level.is_none() && drawn.nodes.len() > folding.budget;
        self.folder = folder;
        drawn
    }

    /// A group of what was drawn last, while it has members.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.folder.group(id)
    }

    /// Whether a host is in a group of what was drawn last.
    pub fn is_in(&self, host: HostId, group: GroupId) -> bool {
        self.folder.is_host_in(host, group)
    }
}

/// What is being drawn.
struct Drawing<'a> {
    model: &'a Model,
    folder: &'a Folder,
    cast: Option<&'a Cast>,
    mixed: Mixed,
    /// What processes take of the rates of links.
    taken: HashMap<LinkId, [f32; 2]>,
    nodes: Vec<DrawnNode>,
    /// Where the node is that stands for a host.
    hosts: SecondaryMap<HostId, u32>,
    processes: HashMap<ProcessKey, u32>,
    lines: Vec<DrawnLine>,
    sums: HashMap<[u32; 2], (DrawnLine, u64)>,
    uncounted: Uncounted,
    /// How many each closed group stands for.
    members: HashMap<GroupId, u32>,
}

impl<'a> Drawing<'a> {
    fn new(model: &'a Model, folder: &'a Folder, cast: Option<&'a Cast>) -> Self {
        let mut taken: HashMap<LinkId, [f32; 2]> = HashMap::new();
        let mixed = cast.map_or_else(Mixed::default, |cast| {
            for share in model.shares().filter(|share| share.ends(cast).is_some()) {
                let [ab, ba] = taken.entry(share.link).or_default();
                *ab += share.rate_ab.at(model.now());
                *ba += share.rate_ba.at(model.now());
            }
            Mixed::of(cast, model.links().map(|link| (link.id, [link.a, link.b], link.flows)), model.shares())
        });
        Drawing {
            model,
            folder,
            cast,
            mixed,
            taken,
            nodes: Vec::with_capacity(model.host_count().min(folder.folding.budget.saturating_mul(2))),
            hosts: SecondaryMap::with_capacity(model.host_count()),
            processes: HashMap::new(),
            lines: Vec::new(),
            sums: HashMap::new(),
            uncounted: Uncounted::default(),
            members: HashMap::new(),
        }
    }

    fn nodes(&mut self, folding: &Folding) {
        self.count_members();
        let layers = layers(self.model, folding);
        let processes = u16::from(self.cast.is_some() && folding.layering.is_some());
        let mut groups: BTreeMap<GroupId, (DrawnNode, Vec<Node>)> = BTreeMap::new();
        let (model, mixed) = (self.model, std::mem::take(&mut self.mixed));
        for host in model.hosts().filter(|host| mixed.shows_host(host.id)) {
            let (spot, [within, inner]) = self.folder.spot_of_host(host.id);
            let node = DrawnNode {
                id: Node::Host(host.id),
                identity: self.folder.identity_of_host(host.id),
                members: 1,
                rate: host.rate(self.model.now()),
                bytes: host.sent.bytes.saturating_add(host.received.bytes),
                first: host.first,
                fading: host.fading,
                observer: host.observers.most(),
                sign: host.signs(model.registry()).next().is_some(),
                within,
                inner,
                layer: layers.get(host.id).map_or(0, |layer| layer.saturating_add(processes)),
            };
            self.put(node, spot, &mut groups);
        }
        self.mixed = mixed;
        for member in self.cast.into_iter().flat_map(|cast| cast.members.values()) {
            let Some(process) = self.model.process(member.key) else { continue };
            let (spot, [within, inner]) = self.folder.spot_of_process(member.key);
            let node = DrawnNode {
                id: Node::Process(member.key),
                identity: self.folder.identity_of_process(member.key),
                members: 1,
                rate: process.rate(self.model.now()),
                bytes: process.sent.bytes.saturating_add(process.received.bytes),
                first: process.first,
                fading: None,
                observer: None,
                sign: false,
                within,
                inner,
                layer: 0,
            };
            self.put(node, spot, &mut groups);
        }
        for (id, (node, members)) in groups {
            let place = self.nodes.len() as u32;
            if self.folder.groups.get(id).is_some_and(|group| group.key.is_quiet()) {
                self.uncounted.folds += 1;
                self.uncounted.folded += node.members;
            }
            self.nodes.push(node);
            members.into_iter().for_each(|member| self.stands_for(member, place));
        }
    }

    /// How many each closed group stands for: of those that are not drawn, being a process's, it stands for none.
    fn count_members(&mut self) {
        let hosts = self.model.hosts().filter(|host| self.mixed.shows_host(host.id)).map(|host| self.folder.spot_of_host(host.id).0);
        let members = self.cast.into_iter().flat_map(|cast| cast.members.keys()).map(|key| self.folder.spot_of_process(*key).0);
        for spot in hosts.chain(members) {
            if let Spot::In(id) = spot {
                *self.members.entry(id).or_default() += 1;
            }
        }
    }

    /// A node is drawn where its place is. Who is alone in a group stands for itself.
    fn put(&mut self, node: DrawnNode, spot: Spot, groups: &mut BTreeMap<GroupId, (DrawnNode, Vec<Node>)>) {
        let spot = match spot {
            Spot::In(id) if self.members.get(&id).is_none_or(|members| *members < 2) => Spot::Itself,
            spot => spot,
        };
        match spot {
            Spot::Hidden => self.uncounted.hidden += 1,
            Spot::Aside => self.uncounted.aside += 1,
            Spot::Itself => {
                self.stands_for(node.id, self.nodes.len() as u32);
                self.nodes.push(node);
            }
            Spot::In(id) => match groups.get_mut(&id) {
                Some((group, members)) => {
                    members.push(node.id);
                    group.members += 1;
                    group.rate += node.rate;
                    group.bytes = group.bytes.saturating_add(node.bytes);
                    group.first = group.first.min(node.first);
                    group.fading = group.fading.and(node.fading);
                    group.layer = group.layer.min(node.layer);
                    group.sign |= node.sign;
                }
                None => {
                    let members = vec![node.id];
                    let identity = self.folder.groups.get(id).map(|group| group.identity).unwrap_or_default();
                    groups.insert(id, (DrawnNode { id: Node::Group(id), identity, ..node }, members));
                }
            },
        }
    }

    fn stands_for(&mut self, node: Node, place: u32) {
        match node {
            Node::Host(id) => {
                self.hosts.insert(id, place);
            }
            Node::Process(key) => {
                self.processes.insert(key, place);
            }
            Node::Group(_) => {}
        }
    }

    fn links(&mut self) {
        let (model, now) = (self.model, self.model.now());
        for link in model.links() {
            if !self.mixed.shows_link(link.id) || !self.folder.draws_link(link.id) {
                continue;
            }
            let (Some(a), Some(b)) = (self.hosts.get(link.a), self.hosts.get(link.b)) else { continue };
            let [ab, ba] = self.taken.get(&link.id).copied().unwrap_or_default();
            let line = DrawnLine {
                id: LineId::Link(link.id),
                ends: [*a, *b],
                link: Some(link.id),
                links: 1,
                rates: [(link.rate_ab.at(now) - ab).max(0.0), (link.rate_ba.at(now) - ba).max(0.0)],
                bytes: [link.total.ab.bytes, link.total.ba.bytes],
                service: Some(link.service),
                observer: link.observers.most(),
            };
            self.line(line);
        }
    }

    fn shares_and_forks(&mut self) {
        let (Some(cast), now) = (self.cast, self.model.now()) else { return };
        for share in self.model.shares() {
            let Some(ends) = share.ends(cast).filter(|_| self.folder.draws_share(share.id)) else { continue };
            let [Some(a), Some(b)] = ends.map(|end| self.place_of(end)) else { continue };
            let line = DrawnLine {
                id: LineId::Share(share.id),
                ends: [a, b],
                link: Some(share.link),
                links: 1,
                rates: [share.rate_ab.at(now), share.rate_ba.at(now)],
                bytes: [share.total.ab.bytes, share.total.ba.bytes],
                service: Some(share.service),
                observer: self.model.link(share.link).and_then(|link| link.observers.most()),
            };
            self.line(line);
        }
        for member in cast.members.values() {
            let Some(parent) = member.parent else { continue };
            let [Some(a), Some(b)] = [parent, member.key].map(|key| self.place_of(Node::Process(key))) else { continue };
            let id = LineId::Fork(member.key);
            self.line(DrawnLine { id, ends: [a, b], link: None, links: 0, rates: [0.0; 2], bytes: [0; 2], service: None, observer: None });
        }
    }

    fn place_of(&self, node: Node) -> Option<u32> {
        match node {
            Node::Host(id) => self.hosts.get(id).copied(),
            Node::Process(key) => self.processes.get(&key).copied(),
            Node::Group(_) => None,
        }
    }

    /// A line of its own, or part of a sum where one of its ends is a group; what runs within a group is not seen.
    fn line(&mut self, line: DrawnLine) {
        let is_group = |place: u32| self.nodes.get(place as usize).is_some_and(|node| matches!(node.id, Node::Group(_)));
        let [a, b] = line.ends;
        match (is_group(a), is_group(b)) {
            (false, false) => self.lines.push(line),
            (true, true) if a == b => {}
            _ => self.sum(if a < b { line } else { turned(line) }),
        }
    }

    fn sum(&mut self, line: DrawnLine) {
        match self.sums.get_mut(&line.ends) {
            None => {
                let lead = line.moved();
                self.sums.insert(line.ends, (line, lead));
            }
            Some((sum, lead)) => {
                sum.links += line.links;
                sum.link = sum.link.filter(|link| line.link == Some(*link));
                sum.rates.iter_mut().zip(line.rates).for_each(|(sum, rate)| *sum += rate);
                sum.bytes.iter_mut().zip(line.bytes).for_each(|(sum, bytes)| *sum = sum.saturating_add(bytes));
                match (&mut sum.service, line.service) {
                    (Some(service), Some(other)) => vote(service, lead, other, line.moved()),
                    (none, other) => *none = none.or(other),
                }
                sum.observer = sum.observer.or(line.observer);
            }
        }
    }

    fn finish(mut self, cast: Option<Arc<Cast>>) -> Drawn {
        let node = |place: u32| self.nodes.get(place as usize).map(|node| node.id);
        for (ends, (line, _)) in std::mem::take(&mut self.sums) {
            if let [Some(a), Some(b)] = ends.map(node) {
                self.lines.push(DrawnLine { id: LineId::Sum([a, b]), ..line });
            }
        }
        self.lines.sort_unstable_by_key(|line| line.id);
        let shown = |id: GroupId| self.nodes.binary_search_by_key(&Node::Group(id), |node| node.id).is_ok();
        let hidden = |id: GroupId| self.folder.folding.hidden.contains(&Node::Group(id));
        let groups = self.folder.groups.iter().filter(|(id, _)| shown(*id) || hidden(*id) || self.folder.is_open(*id));
        Drawn {
            version: self.folder.drawn,
            at: self.model.now(),
            cast,
            groups: groups.map(|(id, group)| (id, group.clone())).collect(),
            nodes: self.nodes,
            lines: self.lines,
            uncounted: self.uncounted,
        }
    }
}

/// The same from its other end.
fn turned(line: DrawnLine) -> DrawnLine {
    let DrawnLine { ends: [a, b], rates: [ab, ba], bytes: [sent, received], .. } = line;
    DrawnLine { ends: [b, a], rates: [ba, ab], bytes: [received, sent], ..line }
}
