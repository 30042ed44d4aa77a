//! What each change does to the graph, and how hot it makes what it touches.

use std::collections::{BTreeMap, BTreeSet};

use fdg_sim::petgraph::stable_graph::NodeIndex;

use super::{Engine, Kind};
use crate::force::{spread_heat, warm_all};
use crate::graph::{Body, add_link, add_node, find_link, point, put, remove_link, remove_node};
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
    /// For all others, times the share of the graph that is new.
    pub(super) const CROWDED: f32 = 0.3;
    pub(super) const LINKED: f32 = 0.6;
    pub(super) const LEFT: f32 = 0.2;
    pub(super) const RESIZED: f32 = 0.1;
    pub(super) const DRAGGED: f32 = 1.0;
    pub(super) const UNPINNED: f32 = 0.5;
}

/// What a call to [`Engine::apply`] has done so far.
#[derive(Default)]
struct Batch {
    anything: bool,
    new: BTreeSet<NodeId>,
    touched: BTreeMap<NodeId, f32>,
}

impl Batch {
    fn touch(&mut self, id: NodeId, heat: f32) {
        self.anything = true;
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
        self.place(&batch);
        self.heat(&batch);
        if self.kind == Kind::Circle && batch.anything {
            self.circle.arrange(self.simulation.get_graph(), &self.index);
        }
        self.wake(batch.anything);
    }

    fn apply_one(&mut self, change: Change, batch: &mut Batch) {
        match change {
            Change::AddNode { id, radius, at: _ } => self.add_node(id, radius, batch),
            Change::SetRadius { id, radius } => self.set_radius(id, radius, batch),
            Change::RemoveNode(id) => self.remove_node(id, batch),
            Change::AddLink { a, b, weight } => self.add_link(a, b, weight, batch),
            Change::RemoveLink { a, b } => self.remove_link(a, b, batch),
            Change::Pin { id, at } => self.pin(id, at, batch),
            Change::Unpin(id) => self.unpin(id, batch),
            Change::SetCluster { .. } | Change::SetLayer { .. } => {}
            Change::Clear => self.clear(batch),
        }
    }

    fn add_node(&mut self, id: NodeId, radius: f32, batch: &mut Batch) {
        let inside = into(radius, RADII);
        match add_node(self.simulation.get_graph_mut(), &mut self.index, id, inside) {
            Some(_) => {
                batch.new.insert(id);
                batch.touch(id, heat::NEW);
            }
            None => self.set_radius(id, radius, batch),
        }
    }

    fn set_radius(&mut self, id: NodeId, radius: f32, batch: &mut Batch) {
        let radius = into(radius, RADII);
        let Some(body) = self.body_mut(id) else {
            return;
        };
        if (body.radius - radius).abs() >= RADIUS_SLACK {
            body.radius = radius;
            batch.touch(id, heat::RESIZED);
        }
    }

    fn remove_node(&mut self, id: NodeId, batch: &mut Batch) {
        let graph = self.simulation.get_graph_mut();
        let Some(neighbours) = remove_node(graph, &mut self.index, id) else {
            return;
        };
        batch.anything = true;
        for neighbour in neighbours {
            if let Some(node) = graph.node_weight(neighbour) {
                batch.touch(node.data.id, heat::LEFT);
            }
        }
    }

    fn add_link(&mut self, a: NodeId, b: NodeId, weight: f32, batch: &mut Batch) {
        let Some((from, to)) = self.ends(a, b) else {
            return;
        };
        let weight = into(weight, WEIGHTS);
        let graph = self.simulation.get_graph_mut();
        let changed = match find_link(graph, from, to).and_then(|link| graph.edge_weight_mut(link)) {
            Some(link) => {
                let changed = !(1.0 / WEIGHT_SLACK..=WEIGHT_SLACK).contains(&(weight / link.weight));
                if changed {
                    link.weight = weight;
                }
                changed
            }
            None => add_link(graph, from, to, weight).is_some(),
        };
        if changed {
            batch.touch(a, heat::LINKED);
            batch.touch(b, heat::LINKED);
        }
    }

    fn remove_link(&mut self, a: NodeId, b: NodeId, batch: &mut Batch) {
        let Some((from, to)) = self.ends(a, b) else {
            return;
        };
        if remove_link(self.simulation.get_graph_mut(), from, to).is_some() {
            batch.touch(a, heat::LEFT);
            batch.touch(b, heat::LEFT);
        }
    }

    fn pin(&mut self, id: NodeId, at: Point, batch: &mut Batch) {
        let Some(slot) = self.index.get(&id) else {
            return;
        };
        let Some(node) = self.simulation.get_graph_mut().node_weight_mut(*slot) else {
            return;
        };
        let before = (node.data.pinned, point(node));
        put(node, at);
        node.data.pinned = true;
        if before != (true, point(node)) {
            batch.touch(id, heat::DRAGGED);
        }
    }

    fn unpin(&mut self, id: NodeId, batch: &mut Batch) {
        let Some(body) = self.body_mut(id).filter(|body| body.pinned) else {
            return;
        };
        body.pinned = false;
        batch.touch(id, heat::UNPINNED);
    }

    fn clear(&mut self, batch: &mut Batch) {
        self.simulation.get_graph_mut().clear();
        self.index.clear();
        *batch = Batch { anything: true, ..Batch::default() };
    }

    /// Places what is new: beside what is there, or as a picture of its own where nothing was.
    fn place(&mut self, batch: &Batch) {
        let graph = self.simulation.get_graph_mut();
        let new: Vec<NodeIndex> = batch.new.iter().filter_map(|id| self.index.get(id).copied()).collect();
        if self.kind == Kind::Force && new.len() == graph.node_count() {
            prepare(graph, &mut self.placer);
        } else {
            self.placer.place(graph, &new);
        }
    }

    /// What was touched gets hot, and everything else a little, by how much of the graph is new.
    fn heat(&mut self, batch: &Batch) {
        let graph = self.simulation.get_graph_mut();
        let news = batch.new.len() as f32 / graph.node_count().max(1) as f32;
        warm_all(graph, news * heat::CROWDED);
        let touched = batch.touched.iter().filter_map(|(id, heat)| Some((*self.index.get(id)?, *heat)));
        spread_heat(graph, touched);
    }

    fn ends(&self, a: NodeId, b: NodeId) -> Option<(NodeIndex, NodeIndex)> {
        Some((*self.index.get(&a)?, *self.index.get(&b)?)).filter(|_| a != b)
    }

    fn body_mut(&mut self, id: NodeId) -> Option<&mut Body> {
        let graph = self.simulation.get_graph_mut();
        let node = graph.node_weight_mut(*self.index.get(&id)?)?;
        Some(&mut node.data)
    }
}

/// A number of the caller's, inside of the range; what is no number becomes the least.
fn into(number: f32, (least, greatest): (f32, f32)) -> f32 {
    if number.is_nan() { least } else { number.clamp(least, greatest) }
}
