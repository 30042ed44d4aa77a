//! What each change does to the graph, and how hot it makes what it touches.

use std::collections::{BTreeMap, BTreeSet};

use fdg_sim::glam::Vec2;

use super::{Engine, Kind};
use crate::graph::{Slot, inside};
use crate::prepare::prepare;
use crate::{Change, NodeId, Point};

/// Radii outside of this are brought inside, in layout units.
const RADII: (f32, f32) = (1.0, 64.0);
/// Weights outside of this are brought inside.
const WEIGHTS: (f32, f32) = (0.25, 4.0);
/// A radius that changes by less than this moves nothing.
const RADIUS_SLACK: f32 = 2.0;
/// A weight that changes by less than this factor moves nothing.
const WEIGHT_SLACK: f32 = 2.0;

/// How hot a change makes the nodes it is about.
mod heat {
    pub(super) const NEW: f32 = 1.0;
    /// For all others of a share, times the part of it that is new.
    pub(super) const CROWDED: f32 = 0.3;
    pub(super) const LINKED: f32 = 0.6;
    pub(super) const REGROUPED: f32 = 0.8;
    pub(super) const LEFT: f32 = 0.2;
    pub(super) const RESIZED: f32 = 0.1;
    pub(super) const DRAGGED: f32 = 1.0;
    pub(super) const UNPINNED: f32 = 0.8;
}

/// What a call to [`Engine::apply`] has done so far.
#[derive(Default)]
struct Batch {
    anything: bool,
    new: BTreeSet<NodeId>,
    /// New ones that stay where they were.
    remembered: BTreeSet<NodeId>,
    touched: BTreeMap<NodeId, f32>,
}

impl Batch {
    fn touch(&mut self, id: NodeId, heat: f32) {
        self.anything = true;
        if self.remembered.contains(&id) && heat < heat::NEW {
            return;
        }
        let hottest = self.touched.entry(id).or_insert(heat);
        *hottest = hottest.max(heat);
    }
}

impl Engine {
    /// Takes changes, in order. New nodes have a place at once, chosen when all changes are known: give what belongs
    /// together in one call.
    pub fn apply(&mut self, changes: impl IntoIterator<Item = Change>) {
        let mut batch = Batch::default();
        for change in changes {
            self.apply_one(change, &mut batch);
        }
        if batch.anything {
            self.share();
            self.place(&batch);
            self.heat(&batch);
            self.arrange();
        }
        self.wake(batch.anything);
    }

    fn apply_one(&mut self, change: Change, batch: &mut Batch) {
        match change {
            Change::AddNode { id, radius, at } => self.add_node(id, radius, at, batch),
            Change::SetRadius { id, radius } => self.set_radius(id, radius, batch),
            Change::RemoveNode(id) => self.remove_node(id, batch),
            Change::AddLink { a, b, weight } => self.add_link(a, b, weight, batch),
            Change::RemoveLink { a, b } => self.remove_link(a, b, batch),
            Change::Pin { id, at } => self.pin(id, at, batch),
            Change::Unpin(id) => self.unpin(id, batch),
            Change::SetCluster { id, cluster } => self.set_cluster(id, cluster, batch),
            Change::SetLayer { id, layer } => self.set_layer(id, layer, batch),
            Change::Clear => self.clear(batch),
        }
    }

    fn add_node(&mut self, id: NodeId, radius: f32, at: Option<Point>, batch: &mut Batch) {
        let Some(slot) = self.field.graph.add_node(id, into(radius, RADII)) else {
            return self.set_radius(id, radius, batch);
        };
        batch.remembered.remove(&id);
        match at {
            Some(at) => {
                self.field.graph.put(slot, Vec2::new(at.x, at.y));
                batch.remembered.insert(id);
                batch.anything = true;
            }
            None => {
                batch.new.insert(id);
                batch.touch(id, heat::NEW);
            }
        }
    }

    fn set_radius(&mut self, id: NodeId, radius: f32, batch: &mut Batch) {
        let radius = into(radius, RADII);
        let Some(slot) = self.field.graph.slot(id) else {
            return;
        };
        if (self.field.graph.node(slot).radius - radius).abs() >= RADIUS_SLACK {
            self.field.graph.change(slot, |node| node.radius = radius);
            batch.touch(id, heat::RESIZED);
        }
    }

    fn remove_node(&mut self, id: NodeId, batch: &mut Batch) {
        let Some(neighbours) = self.field.graph.remove_node(id) else {
            return;
        };
        batch.anything = true;
        for neighbour in neighbours {
            batch.touch(self.field.graph.member(neighbour).id, heat::LEFT);
        }
    }

    fn add_link(&mut self, a: NodeId, b: NodeId, weight: f32, batch: &mut Batch) {
        let Some((from, to)) = self.ends(a, b) else {
            return;
        };
        let weight = into(weight, WEIGHTS);
        let known = self.field.graph.link(from, to);
        let same = known.is_some_and(|known| (1.0 / WEIGHT_SLACK..=WEIGHT_SLACK).contains(&(weight / known)));
        if !same && self.field.graph.set_link(from, to, weight) {
            batch.touch(a, heat::LINKED);
            batch.touch(b, heat::LINKED);
        }
    }

    fn remove_link(&mut self, a: NodeId, b: NodeId, batch: &mut Batch) {
        let Some((from, to)) = self.ends(a, b) else {
            return;
        };
        if self.field.graph.remove_link(from, to) {
            batch.touch(a, heat::LEFT);
            batch.touch(b, heat::LEFT);
        }
    }

    fn set_cluster(&mut self, id: NodeId, cluster: Option<u64>, batch: &mut Batch) {
        let changed = self.field.graph.slot(id).is_some_and(|slot| self.field.graph.set_cluster(slot, cluster));
        if changed && self.kind == Kind::Grouped {
            batch.touch(id, heat::REGROUPED);
        }
    }

    fn set_layer(&mut self, id: NodeId, layer: u16, batch: &mut Batch) {
        let changed = self.field.graph.slot(id).is_some_and(|slot| self.field.graph.set_layer(slot, layer));
        batch.anything |= changed && self.kind == Kind::Layers;
    }

    fn pin(&mut self, id: NodeId, at: Point, batch: &mut Batch) {
        let Some(slot) = self.field.graph.slot(id) else {
            return;
        };
        let (before, at) = (self.field.graph.node(slot), inside(Vec2::new(at.x, at.y)));
        self.field.graph.put(slot, at);
        self.field.graph.change(slot, |node| node.pinned = true);
        if !before.pinned || before.at != at {
            batch.touch(id, heat::DRAGGED);
        }
    }

    fn unpin(&mut self, id: NodeId, batch: &mut Batch) {
        let Some(slot) = self.field.graph.slot(id).filter(|slot| self.field.graph.node(*slot).pinned) else {
            return;
        };
        self.field.graph.change(slot, |node| node.pinned = false);
        batch.touch(id, heat::UNPINNED);
    }

    fn clear(&mut self, batch: &mut Batch) {
        let (kind, placer) = (self.kind, self.placer.clone());
        *self = Self { placer, ..Self::new(kind, 0) };
        *batch = Batch { anything: true, ..Batch::default() };
    }

    /// Finds out which nodes belong together now.
    fn share(&mut self) {
        if self.shared != self.field.graph.version() {
            self.shared = self.field.graph.version();
            let by = self.by();
            self.field.shares.update(&mut self.field.graph, by);
        }
    }

    /// Places what is new: beside what is there, or as a picture of its own where nothing was.
    fn place(&mut self, batch: &Batch) {
        let graph = &mut self.field.graph;
        let new: Vec<Slot> = batch.new.iter().filter_map(|id| graph.slot(*id)).collect();
        let numbers: BTreeSet<usize> = new.iter().map(|slot| graph.node(*slot).share as usize).collect();
        let shares = &self.field.shares;
        let unborn = |number: &usize| {
            let share = shares.list.get(*number);
            share.is_some_and(|share| !shares.members(share).iter().any(|slot| graph.node(*slot).placed))
        };
        let unborn: BTreeSet<usize> = numbers.into_iter().filter(unborn).collect();
        if matches!(self.kind, Kind::Force | Kind::Grouped) {
            let alone: Vec<Slot> = new.iter().copied().filter(|slot| unborn.contains(&(graph.node(*slot).share as usize))).collect();
            prepare(graph, &mut self.placer, &alone);
        }
        self.placer.place(graph, &self.field.shares, &new);
        let remembered = |members: &[Slot]| members.iter().all(|slot| batch.remembered.contains(&self.field.graph.member(*slot).id));
        self.field.shares.seat(&self.field.graph, remembered);
        for number in unborn {
            self.field.shares.jump(&mut self.field.graph, number);
        }
    }

    /// What was touched gets hot, and everything else in its share a little, by how much of that is new.
    fn heat(&mut self, batch: &Batch) {
        let mut news: BTreeMap<usize, usize> = BTreeMap::new();
        for slot in batch.new.iter().filter_map(|id| self.field.graph.slot(*id)) {
            *news.entry(self.field.graph.node(slot).share as usize).or_default() += 1;
        }
        for (number, new) in news {
            let all = self.field.shares.list.get(number).map_or(1, |share| self.field.shares.members(share).len());
            self.field.warm(number, new as f32 / all.max(1) as f32 * heat::CROWDED);
        }
        let touched = batch.touched.iter().filter_map(|(id, heat)| Some((self.field.graph.slot(*id)?, *heat)));
        let touched: Vec<(Slot, f32)> = touched.collect();
        self.field.spread_heat(touched);
    }

    fn ends(&self, a: NodeId, b: NodeId) -> Option<(Slot, Slot)> {
        Some((self.field.graph.slot(a)?, self.field.graph.slot(b)?)).filter(|_| a != b)
    }
}

/// A number of the caller's, inside of the range; what is no number becomes the least.
fn into(number: f32, (least, greatest): (f32, f32)) -> f32 {
    if number.is_nan() { least } else { number.clamp(least, greatest) }
}
