//! The layout's thread: it follows the model's graph and moves the nodes, sixty times a second while any moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select};
use graph::{Host, HostId, Link, LinkId};
use layouts::{Change, Engine, Kind};

use super::Update;
use super::session::{Repaint, Shared};

/// One tick of the layout.
const TICK: Duration = Duration::from_nanos(16_666_667);
/// The same network is laid out alike on every start.
const SEED: u64 = 1;

/// What the view tells the layout.
#[derive(Debug)]
pub(super) enum ToLayout {
    /// Pins and moves.
    Changes(Vec<Change>),
    /// Another layout.
    Kind(Kind),
    /// Stand still, or move again.
    Freeze(bool),
}

pub(super) struct Layouter {
    engine: Engine,
    told: Receiver<ToLayout>,
    woken: Receiver<()>,
    shared: Arc<Shared>,
    repaint: Repaint,
    frozen: bool,
    hosts: BTreeMap<HostId, f32>,
    links: BTreeMap<LinkId, (HostId, HostId, f32)>,
}

impl Layouter {
    pub(super) fn new(told: Receiver<ToLayout>, woken: Receiver<()>, shared: Arc<Shared>, repaint: Repaint) -> Self {
        let engine = Engine::new(Kind::Force, SEED);
        Layouter { engine, told, woken, shared, repaint, frozen: false, hosts: BTreeMap::new(), links: BTreeMap::new() }
    }

    /// Runs until the view is gone.
    pub(super) fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let moving = !self.frozen && !self.engine.settled();
            let wait = if moving { next.saturating_duration_since(Instant::now()) } else { Duration::from_secs(3600) };
            select! {
                recv(self.told) -> what => match what {
                    Ok(what) => self.obey(what),
                    Err(_) => return,
                },
                recv(self.woken) -> woken => match woken {
                    Ok(()) => self.follow(),
                    Err(_) => self.woken = never(),
                },
                default(wait) => {
                    self.engine.tick();
                    self.publish();
                    next = (next + TICK).max(Instant::now());
                }
            }
        }
    }

    fn obey(&mut self, what: ToLayout) {
        match what {
            ToLayout::Changes(changes) => {
                self.engine.apply(changes);
                self.publish();
            }
            ToLayout::Kind(kind) => self.engine.set_kind(kind),
            ToLayout::Freeze(frozen) => self.frozen = frozen,
        }
    }

    fn publish(&self) {
        self.shared.positions.put(self.engine.positions().clone());
        (self.repaint)();
    }

    fn follow(&mut self) {
        let mut changes = Vec::new();
        match self.shared.for_layout.take() {
            None => return,
            Some(Update::Snapshot(snapshot)) => {
                let gone: Vec<HostId> = self.hosts.keys().filter(|id| !snapshot.hosts.contains_key(id)).copied().collect();
                let cut: Vec<LinkId> = self.links.keys().filter(|id| !snapshot.links.contains_key(id)).copied().collect();
                self.remove(&cut, &gone, &mut changes);
                snapshot.hosts.values().for_each(|h| self.host(h, &mut changes));
                snapshot.links.values().for_each(|l| self.link(l, &mut changes));
            }
            Some(Update::Delta(delta)) => {
                self.remove(&delta.gone_links, &delta.gone_hosts, &mut changes);
                delta.hosts.values().for_each(|h| self.host(h, &mut changes));
                delta.links.values().for_each(|l| self.link(l, &mut changes));
            }
        }
        if !changes.is_empty() {
            self.engine.apply(changes);
            if self.frozen || self.engine.settled() {
                self.publish();
            }
        }
    }

    fn remove(&mut self, links: &[LinkId], hosts: &[HostId], changes: &mut Vec<Change>) {
        for id in links {
            if let Some((a, b, _)) = self.links.remove(id) {
                changes.push(Change::RemoveLink { a: a.number(), b: b.number() });
            }
        }
        for id in hosts {
            if self.hosts.remove(id).is_some() {
                changes.push(Change::RemoveNode(id.number()));
            }
        }
    }

    fn host(&mut self, host: &Host, changes: &mut Vec<Change>) {
        let radius = radius(host);
        let id = host.id.number();
        match self.hosts.insert(host.id, radius) {
            None => changes.push(Change::AddNode { id, radius }),
            Some(old) if old != radius => changes.push(Change::SetRadius { id, radius }),
            Some(_) => {}
        }
    }

    fn link(&mut self, link: &Link, changes: &mut Vec<Change>) {
        let weight = weight(link);
        let (a, b) = (link.a, link.b);
        if a != b && self.links.insert(link.id, (a, b, weight)).is_none_or(|(_, _, old)| old != weight) {
            changes.push(Change::AddLink { a: a.number(), b: b.number(), weight });
        }
    }
}

/// Room for a node, in coarse steps: what it moved so far, not what it moves just now, so that the layout stays calm.
fn radius(host: &Host) -> f32 {
    let bytes = host.sent.bytes.saturating_add(host.received.bytes);
    8.0 + 3.0 * steps(bytes, 4_096, 16, 4)
}

/// How close a link draws its ends, in coarse steps.
fn weight(link: &Link) -> f32 {
    1.0 + 0.25 * steps(link.total.sum().bytes, 65_536, 32, 3)
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
mod tests {
    use super::*;

    #[test]
    fn steps_are_coarse() {
        assert_eq!(steps(0, 4_096, 16, 4), 0.0);
        assert_eq!(steps(4_096, 4_096, 16, 4), 1.0);
        assert_eq!(steps(60_000, 4_096, 16, 4), 1.0);
        assert_eq!(steps(u64::MAX, 4_096, 16, 4), 4.0);
    }
}
