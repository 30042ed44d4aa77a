//! First places: beside a neighbour where there is one, else outside of what is there in the share, never in a heap.

use std::collections::{BTreeMap, BinaryHeap};
use std::f32::consts::{PI, TAU};

use fdg_sim::glam::Vec2;

use crate::field::LINK_LENGTH;
use crate::graph::{Graph, Slot};
use crate::growth::{Joining, joining};
use crate::shares::Shares;

/// Successive multiples of this angle never meet: leaves of a plant, seeds of a sunflower.
const GOLDEN_ANGLE: f32 = 2.399_963_2;
/// Room given to a node at first, as the side of a square.
const NODE_ROOM: f32 = 90.0;

/// Chooses first places; each call turns a little further, so that nothing is put twice in the same direction.
#[derive(Debug, Clone)]
pub(crate) struct Placer {
    turn: f32,
}

impl Placer {
    /// The seed chooses the first direction.
    pub(crate) fn new(seed: u64) -> Self {
        let mixed = (seed ^ (seed >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        Self { turn: mixed as f32 / (1u64 << 24) as f32 * TAU }
    }

    /// Gives every node of `new` a place that has none yet.
    pub(crate) fn place(&mut self, graph: &mut Graph, shares: &Shares, new: &[Slot]) {
        let new: Vec<Slot> = new.iter().copied().filter(|slot| !graph.node(*slot).placed).collect();
        if new.is_empty() {
            return;
        }
        let order = joining(graph, &new, |slot| graph.node(slot).placed);
        let mut families: BTreeMap<Slot, Vec<Slot>> = BTreeMap::new();
        for joined in &order {
            if let Some(parent) = joined.beside {
                families.entry(parent).or_default().push(joined.node);
            }
        }
        let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
        for (nth, Joining { node, beside }) in order.iter().enumerate() {
            match beside {
                None => {
                    let size = 1 + order.iter().skip(nth + 1).take_while(|next| next.beside.is_some()).count();
                    let share = graph.node(*node).share;
                    let taken = taken.entry(share).or_insert_with(|| placed_in(graph, shares, share));
                    let middle = shares.list.get(share as usize).map_or(Vec2::ZERO, |share| share.at);
                    let at = spot(middle, *taken, size, self.next_direction());
                    *taken += size;
                    graph.put(*node, at);
                }
                Some(parent) => {
                    if let Some(children) = families.remove(parent) {
                        self.fan(graph, *parent, &children);
                    }
                }
            }
        }
    }

    /// Puts the children of one node around it, into the widest gaps between the neighbours it has already; a child
    /// with several placed neighbours goes between them instead.
    fn fan(&mut self, graph: &mut Graph, parent: Slot, children: &[Slot]) {
        let centre = graph.node(parent).at;
        let (between, around): (Vec<Slot>, Vec<Slot>) = children.iter().copied().partition(|child| middle(graph, *child).1 > 1);
        for child in between {
            let (at, _) = middle(graph, child);
            graph.put(child, step(at, self.next_direction(), LINK_LENGTH * 0.4));
        }

        let directions = gaps(graph, parent, centre, self.next_direction(), around.len());
        for (child, direction) in around.into_iter().zip(directions) {
            let distance = if graph.node(child).links > 1 { LINK_LENGTH * 2.0 } else { LINK_LENGTH };
            graph.put(child, step(centre, direction, distance));
        }
    }

    fn next_direction(&mut self) -> f32 {
        self.turn = (self.turn + GOLDEN_ANGLE) % TAU;
        self.turn
    }
}

/// How many nodes of a share have a place.
fn placed_in(graph: &Graph, shares: &Shares, share: u32) -> usize {
    let share = shares.list.get(share as usize);
    share.map_or(0, |share| shares.members(share).iter().filter(|slot| graph.node(**slot).placed).count())
}

/// A place in a share for `size` nodes that belong together when `before` others are there.
fn spot(middle: Vec2, before: usize, size: usize, direction: f32) -> Vec2 {
    if before == 0 {
        return middle;
    }
    let taken = (before as f32 + size as f32 / 2.0) * NODE_ROOM * NODE_ROOM / PI;
    step(middle, direction, taken.sqrt())
}

/// The directions of `count` newcomers around a node: each goes into the middle of the widest gap left.
fn gaps(graph: &Graph, parent: Slot, centre: Vec2, first: f32, count: usize) -> Vec<f32> {
    let placed = placed_neighbours(graph, parent);
    let mut taken: Vec<f32> = placed.map(|at| (at.y - centre.y).atan2(at.x - centre.x)).collect();
    if taken.is_empty() {
        return (0..count).map(|nth| first + TAU * nth as f32 / count as f32).collect();
    }
    taken.sort_by(f32::total_cmp);
    let next = taken.iter().skip(1).copied().chain(taken.first().map(|angle| angle + TAU));
    let mut heap: BinaryHeap<Gap> = taken.iter().zip(next).map(|(from, to)| Gap { from: *from, width: to - from, guests: 0 }).collect();
    for _ in 0..count {
        if let Some(mut widest) = heap.peek_mut() {
            widest.guests += 1;
        }
    }
    let mut filled = heap.into_vec();
    filled.sort_by(|a, b| a.from.total_cmp(&b.from));
    filled.iter().flat_map(Gap::directions).collect()
}

/// The free angle between two neighbours, and how many newcomers share it.
struct Gap {
    from: f32,
    width: f32,
    guests: u32,
}

impl Gap {
    fn directions(&self) -> impl Iterator<Item = f32> {
        let (from, step) = (self.from, self.share());
        (1..=self.guests).map(move |nth| from + step * nth as f32)
    }

    /// What each guest would have if one more came.
    fn next_share(&self) -> f32 {
        self.width / (self.guests + 2) as f32
    }

    fn share(&self) -> f32 {
        self.width / (self.guests + 1) as f32
    }
}

impl Ord for Gap {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.next_share().total_cmp(&other.next_share()).then(self.from.total_cmp(&other.from))
    }
}

impl PartialOrd for Gap {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Gap {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Gap {}

fn placed_neighbours(graph: &Graph, slot: Slot) -> impl Iterator<Item = Vec2> + '_ {
    let share = graph.node(slot).share;
    let neighbours = graph.neighbours(slot).map(|(neighbour, _)| graph.node(neighbour));
    neighbours.filter(move |node| node.placed && node.share == share).map(|node| node.at)
}

/// The middle of the placed neighbours of a node, and how many they are.
fn middle(graph: &Graph, slot: Slot) -> (Vec2, usize) {
    let (sum, count) = placed_neighbours(graph, slot).fold((Vec2::ZERO, 0), |(sum, count), at| (sum + at, count + 1));
    (sum / count.max(1) as f32, count)
}

fn step(from: Vec2, direction: f32, distance: f32) -> Vec2 {
    from + Vec2::from_angle(direction) * distance
}
