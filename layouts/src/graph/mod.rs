//! The graph that is laid out: nodes in slots, and links between slots.

mod slots;

use std::collections::BTreeMap;

use fdg_sim::glam::Vec2;

pub(crate) use self::slots::{BySlot, Slot};
use crate::{NodeId, Point};

/// More nodes than this are not laid out (a million, about 200 MB).
const MAX_NODES: usize = 1 << 20;
/// More links than this are not laid out.
const MAX_LINKS: usize = 1 << 22;
/// No node is ever further from the centre than this, on either axis.
pub(crate) const WORLD: f32 = 65_536.0;

/// What moves, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Node {
    pub(crate) at: Vec2,
    pub(crate) velocity: Vec2,
    /// How freely it may move: 1 just added, 0 at rest.
    pub(crate) heat: f32,
    pub(crate) radius: f32,
    /// How many links it has.
    pub(crate) links: u32,
    /// To which share of the plane it belongs: an index that [`crate::shares::Shares`] gives.
    pub(crate) share: u32,
    pub(crate) pinned: bool,
    /// Whether it has been given a place yet.
    pub(crate) placed: bool,
}

/// Who it is, and where it belongs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Member {
    pub(crate) id: NodeId,
    pub(crate) cluster: Option<u64>,
    pub(crate) layer: u16,
}

/// Nodes and links. A slot is used again when its node is gone.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: BySlot<Node>,
    members: BySlot<Member>,
    free: Vec<Slot>,
    index: BTreeMap<NodeId, Slot>,
    /// Every link from both of its ends, with its stiffness: finding, adding and removing one is cheap at a hub of ten
    /// thousand as well.
    links: BTreeMap<(Slot, Slot), f32>,
    version: u64,
}

impl Graph {
    /// Another number after every change of nodes, links and groups.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// One more than the greatest slot.
    pub(crate) fn slots(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn slot(&self, id: NodeId) -> Option<Slot> {
        self.index.get(&id).copied()
    }

    /// All nodes, by ascending id.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (NodeId, Slot)> + '_ {
        self.index.iter().map(|(id, slot)| (*id, *slot))
    }

    pub(crate) fn node(&self, slot: Slot) -> Node {
        self.nodes.get(slot)
    }

    pub(crate) fn member(&self, slot: Slot) -> Member {
        self.members.get(slot)
    }

    /// Every slot that was given is there, so the closure is always called.
    pub(crate) fn change<T>(&mut self, slot: Slot, change: impl FnOnce(&mut Node) -> T) -> Option<T> {
        self.nodes.get_mut(slot).map(change)
    }

    /// Adds a node without a place. `None` if it is there already or the graph is full.
    pub(crate) fn add_node(&mut self, id: NodeId, radius: f32) -> Option<Slot> {
        if self.index.contains_key(&id) || self.len() >= MAX_NODES {
            return None;
        }
        let node = Node { radius, share: u32::MAX, ..Node::default() };
        let member = Member { id, ..Member::default() };
        let slot = self.free.pop().unwrap_or_else(|| self.nodes.push(Node::default()));
        self.nodes.set(slot, node);
        self.members.set(slot, member);
        self.index.insert(id, slot);
        self.version += 1;
        Some(slot)
    }

    /// Removes a node and its links; returns its former neighbours.
    pub(crate) fn remove_node(&mut self, id: NodeId) -> Option<Vec<Slot>> {
        let slot = self.index.remove(&id)?;
        let neighbours: Vec<Slot> = self.neighbours(slot).map(|(neighbour, _)| neighbour).collect();
        for neighbour in &neighbours {
            self.remove_link(slot, *neighbour);
        }
        self.free.push(slot);
        self.version += 1;
        Some(neighbours)
    }

    /// The neighbours of a node, with the stiffness of the links to them, by slot.
    pub(crate) fn neighbours(&self, slot: Slot) -> impl Iterator<Item = (Slot, f32)> + '_ {
        self.links.range((slot, Slot::LEAST)..=(slot, Slot::GREATEST)).map(|((_, neighbour), weight)| (*neighbour, *weight))
    }

    /// Every link once.
    pub(crate) fn links(&self) -> impl Iterator<Item = (Slot, Slot, f32)> + '_ {
        self.links.iter().filter(|((a, b), _)| a < b).map(|((a, b), weight)| (*a, *b, *weight))
    }

    pub(crate) fn link(&self, a: Slot, b: Slot) -> Option<f32> {
        self.links.get(&(a, b)).copied()
    }

    /// Links two different nodes, or sets the stiffness of the link that is there. False: there is no room.
    pub(crate) fn set_link(&mut self, a: Slot, b: Slot, weight: f32) -> bool {
        let known = self.links.contains_key(&(a, b));
        if a == b || !known && self.links.len() >= 2 * MAX_LINKS {
            return false;
        }
        self.links.insert((a, b), weight);
        self.links.insert((b, a), weight);
        if !known {
            self.count_link(a, 1);
            self.count_link(b, 1);
        }
        self.version += 1;
        true
    }

    /// Removes a link; false if there is none.
    pub(crate) fn remove_link(&mut self, a: Slot, b: Slot) -> bool {
        if self.links.remove(&(a, b)).is_none() {
            return false;
        }
        self.links.remove(&(b, a));
        self.count_link(a, -1);
        self.count_link(b, -1);
        self.version += 1;
        true
    }

    /// Says to which group a node belongs; false if it does already.
    pub(crate) fn set_cluster(&mut self, slot: Slot, cluster: Option<u64>) -> bool {
        let changed = self.members.get_mut(slot).is_some_and(|member| std::mem::replace(&mut member.cluster, cluster) != cluster);
        self.version += u64::from(changed);
        changed
    }

    /// Says in which layer a node lies; false if it does already.
    pub(crate) fn set_layer(&mut self, slot: Slot, layer: u16) -> bool {
        self.members.get_mut(slot).is_some_and(|member| std::mem::replace(&mut member.layer, layer) != layer)
    }

    /// Puts a node somewhere inside the world, at rest; a coordinate that is no number becomes 0.
    pub(crate) fn put(&mut self, slot: Slot, at: Vec2) {
        self.change(slot, |node| {
            node.at = inside(at);
            node.velocity = Vec2::ZERO;
            node.placed = true;
        });
    }

    fn count_link(&mut self, slot: Slot, by: i32) {
        self.change(slot, |node| node.links = node.links.saturating_add_signed(by));
    }
}

/// The nearest place inside the world; a coordinate that is no number becomes 0.
pub(crate) fn inside(at: Vec2) -> Vec2 {
    let inside = |c: f32| {
        if c.is_nan() { 0.0 } else { c.clamp(-WORLD, WORLD) }
    };
    Vec2::new(inside(at.x), inside(at.y))
}

/// A place as callers know it.
pub(crate) fn point(at: Vec2) -> Point {
    Point { x: at.x, y: at.y }
}
