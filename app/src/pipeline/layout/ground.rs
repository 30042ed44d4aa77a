//! What the layout knows of the model's graph, and what it tells its engine of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::{Cast, Host, HostId, Link, LinkId, Mixed, Node, Share, ShareId};
use layouts::{Change, NodeId};

use super::super::Update;

/// How strongly a process is drawn to the one that it comes from.
const FORK: f32 = 1.0;

/// The graph: of hosts, or of processes and hosts.
#[derive(Default)]
pub(super) struct Ground {
    hosts: BTreeMap<HostId, f32>,
    links: BTreeMap<LinkId, Line>,
    shares: BTreeMap<ShareId, Share>,
    /// The processes that are in it, and what the engine was told while they are: the graph of hosts alone is told as it changes.
    mixed: Option<(Arc<Cast>, Told)>,
}

/// A link as the engine knows it.
#[derive(Clone, Copy)]
struct Line {
    ends: [HostId; 2],
    flows: u32,
    weight: f32,
}

/// Nodes with their radii, and what runs between two of them with its weight.
#[derive(Default)]
struct Told {
    nodes: BTreeMap<NodeId, f32>,
    lines: BTreeMap<(NodeId, NodeId), f32>,
}

impl Ground {
    /// Takes in what changed.
    pub(super) fn take_in(&mut self, update: Update, changes: &mut Vec<Change>) {
        // While processes are in the graph, all of it is compared afterwards.
        let unheard = &mut Vec::new();
        let told = if self.mixed.is_some() { unheard } else { &mut *changes };
        match update {
            Update::Snapshot(snapshot) => {
                let gone: Vec<HostId> = self.hosts.keys().filter(|id| !snapshot.hosts.contains_key(id)).copied().collect();
                let cut: Vec<LinkId> = self.links.keys().filter(|id| !snapshot.links.contains_key(id)).copied().collect();
                self.remove(&cut, &gone, told);
                snapshot.hosts.values().for_each(|h| self.host(h, told));
                snapshot.links.values().for_each(|l| self.link(l, told));
                self.shares = snapshot.shares;
            }
            Update::Delta(delta) => {
                self.remove(&delta.gone_links, &delta.gone_hosts, told);
                delta.hosts.values().for_each(|h| self.host(h, told));
                delta.links.values().for_each(|l| self.link(l, told));
                for id in &delta.gone_shares {
                    self.shares.remove(id);
                }
                self.shares.extend(delta.shares);
            }
        }
        if let Some((cast, told)) = self.mixed.take() {
            let now = self.mixed(&cast);
            told.turn_into(&now, changes);
            self.mixed = Some((cast, now));
        }
    }

    /// Other processes are in the graph; or none any more, and it is that of hosts.
    pub(super) fn set_cast(&mut self, cast: Option<Arc<Cast>>, changes: &mut Vec<Change>) {
        let before = self.mixed.take().map_or_else(|| self.of_hosts(), |(_, told)| told);
        let now = cast.as_ref().map_or_else(|| self.of_hosts(), |cast| self.mixed(cast));
        before.turn_into(&now, changes);
        self.mixed = cast.map(|cast| (cast, now));
    }

    fn remove(&mut self, links: &[LinkId], hosts: &[HostId], changes: &mut Vec<Change>) {
        for id in links {
            if let Some(Line { ends: [a, b], .. }) = self.links.remove(id) {
                changes.push(Change::RemoveLink { a: number(a), b: number(b) });
            }
        }
        for id in hosts {
            if self.hosts.remove(id).is_some() {
                changes.push(Change::RemoveNode(number(*id)));
            }
        }
    }

    fn host(&mut self, host: &Host, changes: &mut Vec<Change>) {
        let radius = radius(host.sent.bytes.saturating_add(host.received.bytes));
        let id = number(host.id);
        match self.hosts.insert(host.id, radius) {
            None => changes.push(Change::AddNode { id, radius, at: None }),
            Some(old) if old != radius => changes.push(Change::SetRadius { id, radius }),
            Some(_) => {}
        }
    }

    fn link(&mut self, link: &Link, changes: &mut Vec<Change>) {
        let weight = weight(link.total.sum().bytes);
        let (a, b) = (link.a, link.b);
        let line = Line { ends: [a, b], flows: link.flows, weight };
        if self.links.insert(link.id, line).is_none_or(|old| old.weight != weight) && a != b {
            changes.push(Change::AddLink { a: number(a), b: number(b), weight });
        }
    }

    fn of_hosts(&self) -> Told {
        let mut told = Told::default();
        told.nodes.extend(self.hosts.iter().map(|(id, radius)| (number(*id), *radius)));
        self.links.values().for_each(|line| told.line(line.ends.map(Node::Host), line.weight));
        told
    }

    fn mixed(&self, cast: &Cast) -> Told {
        let mut told = Told::default();
        let mixed = Mixed::of(cast, self.links.iter().map(|(id, line)| (*id, line.ends, line.flows)), self.shares.values());
        told.nodes.extend(self.hosts.iter().filter(|(id, _)| mixed.shows_host(**id)).map(|(id, radius)| (number(*id), *radius)));
        let mut moved: BTreeMap<Node, u64> = BTreeMap::new();
        for share in self.shares.values() {
            let Some(ends) = share.ends(cast) else { continue };
            let bytes = share.total.sum().bytes;
            ends.iter().for_each(|end| *moved.entry(*end).or_default() += bytes);
            told.line(ends, weight(bytes));
        }
        for (_, line) in self.links.iter().filter(|(id, _)| mixed.shows_link(**id)) {
            told.line(line.ends.map(Node::Host), line.weight);
        }
        for member in cast.members.values() {
            let node = Node::Process(member.key);
            told.nodes.insert(node.number(), radius(moved.get(&node).copied().unwrap_or_default()));
            if let Some(parent) = member.parent {
                told.line([node, Node::Process(parent)], FORK);
            }
        }
        told
    }
}

impl Told {
    /// Something runs between two nodes: the strongest of all that does counts.
    fn line(&mut self, ends: [Node; 2], weight: f32) {
        let [a, b] = ends.map(Node::number);
        if a != b {
            let strongest = self.lines.entry((a.min(b), a.max(b))).or_insert(weight);
            *strongest = strongest.max(weight);
        }
    }

    /// What changes when it becomes another.
    fn turn_into(&self, now: &Told, changes: &mut Vec<Change>) {
        let cut = self.lines.keys().filter(|ends| !now.lines.contains_key(ends));
        changes.extend(cut.map(|(a, b)| Change::RemoveLink { a: *a, b: *b }));
        let gone = self.nodes.keys().filter(|id| !now.nodes.contains_key(id));
        changes.extend(gone.map(|id| Change::RemoveNode(*id)));
        for (id, radius) in &now.nodes {
            match self.nodes.get(id) {
                None => changes.push(Change::AddNode { id: *id, radius: *radius, at: None }),
                Some(old) if old != radius => changes.push(Change::SetRadius { id: *id, radius: *radius }),
                Some(_) => {}
            }
        }
        let other = now.lines.iter().filter(|(ends, weight)| self.lines.get(ends) != Some(weight));
        changes.extend(other.map(|((a, b), weight)| Change::AddLink { a: *a, b: *b, weight: *weight }));
    }
}

fn number(host: HostId) -> NodeId {
    Node::Host(host).number()
}

/// Room for a node, in coarse steps: what it moved so far, not what it moves just now, so that the layout stays calm.
fn radius(bytes: u64) -> f32 {
    8.0 + 3.0 * steps(bytes, 4_096, 16, 4)
}

/// How close a link draws its ends, in coarse steps.
fn weight(bytes: u64) -> f32 {
    1.0 + 0.25 * steps(bytes, 65_536, 32, 3)
}

/// How many times `first` was multiplied by `factor` until it passed `n`, at most `max`.
fn steps(n: u64, first: u64, factor: u64, max: u32) -> f32 {
    let mut bound = first;
    let mut steps = 0;
    while steps < max && n >= bound {
        bound = bound.saturating_mul(factor);
        steps += 1;
    }
    steps as f32
}

#[cfg(test)]
mod tests;
