//! First places: beside a neighbour where there is one, else outside of what is there, never in a heap.

use std::collections::{BTreeMap, BinaryHeap};
use std::f32::consts::{PI, TAU};

use fdg_sim::petgraph::stable_graph::NodeIndex;

use crate::Point;
use crate::force::LINK_LENGTH;
use crate::graph::{SimGraph, links, point, put};
use crate::growth::{Joining, joining};

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
    pub(crate) fn place(&mut self, graph: &mut SimGraph, new: &[NodeIndex]) {
        let outside = Outside::of(graph);
        let placed = |n: NodeIndex| graph.node_weight(n).is_some_and(|n| n.data.placed);
        let new: Vec<NodeIndex> = new.iter().copied().filter(|n| !placed(*n)).collect();
        let order = joining(graph, &new, placed);
        let mut families: BTreeMap<NodeIndex, Vec<NodeIndex>> = BTreeMap::new();
        for joined in &order {
            if let Some(parent) = joined.beside {
                families.entry(parent).or_default().push(joined.node);
            }
        }
        for (nth, Joining { node, beside }) in order.iter().enumerate() {
            match beside {
                None => {
                    let size = 1 + order.iter().skip(nth + 1).take_while(|next| next.beside.is_some()).count();
                    let at = outside.spot(nth, size, self.next_direction());
                    set(graph, *node, at);
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
    fn fan(&mut self, graph: &mut SimGraph, parent: NodeIndex, children: &[NodeIndex]) {
        let Some(centre) = graph.node_weight(parent).map(point) else {
            return;
        };
        let (between, around): (Vec<NodeIndex>, Vec<NodeIndex>) = children.iter().copied().partition(|child| middle(graph, *child).1 > 1);
        for child in between {
            let (at, _) = middle(graph, child);
            set(graph, child, step(at, self.next_direction(), LINK_LENGTH * 0.4));
        }

        let directions = gaps(graph, parent, centre, self.next_direction(), around.len());
        for (child, direction) in around.into_iter().zip(directions) {
            let distance = if links(graph, child) > 1 { LINK_LENGTH * 2.0 } else { LINK_LENGTH };
            set(graph, child, step(centre, direction, distance));
        }
    }

    fn next_direction(&mut self) -> f32 {
        self.turn = (self.turn + GOLDEN_ANGLE) % TAU;
        self.turn
    }
}

/// The disc that is taken already.
struct Outside {
    radius: f32,
}

impl Outside {
    fn of(graph: &SimGraph) -> Self {
        let placed = graph.node_weights().filter(|n| n.data.placed && !n.data.pinned);
        let (count, radius) = placed.fold((0usize, 0f32), |(count, radius), n| (count + 1, radius.max(n.location.truncate().length())));
        // One stray node does not send newcomers after it.
        let usual = NODE_ROOM * (count as f32).sqrt() * 2.0;
        Self { radius: radius.min(usual) }
    }

    /// A place for a component of `size` nodes when `before` others of the same batch lie between it and the disc.
    fn spot(&self, before: usize, size: usize, direction: f32) -> Point {
        if self.radius == 0.0 && before == 0 {
            return Point::default();
        }
        let taken = (before as f32 + size as f32 / 2.0) * NODE_ROOM * NODE_ROOM / PI;
        step(Point::default(), direction, (self.radius * self.radius + taken).sqrt())
    }
}

/// The directions of `count` newcomers around a node: each goes into the middle of the widest gap left.
fn gaps(graph: &SimGraph, parent: NodeIndex, centre: Point, first: f32, count: usize) -> Vec<f32> {
    let mut taken: Vec<f32> = graph
        .neighbors(parent)
        .filter_map(|n| graph.node_weight(n))
        .filter(|n| n.data.placed)
        .map(|n| (n.location.y - centre.y).atan2(n.location.x - centre.x))
        .collect();
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

/// The middle of the placed neighbours of a node, and how many they are.
fn middle(graph: &SimGraph, node: NodeIndex) -> (Point, usize) {
    let placed = graph.neighbors(node).filter_map(|n| graph.node_weight(n)).filter(|n| n.data.placed);
    let (sum, count) =
        placed.map(point).fold((Point::default(), 0), |(sum, count), p| (Point { x: sum.x + p.x, y: sum.y + p.y }, count + 1));
    let n = count.max(1) as f32;
    (Point { x: sum.x / n, y: sum.y / n }, count)
}

fn step(from: Point, direction: f32, distance: f32) -> Point {
    Point { x: from.x + direction.cos() * distance, y: from.y + direction.sin() * distance }
}

fn set(graph: &mut SimGraph, node: NodeIndex, at: Point) {
    if let Some(node) = graph.node_weight_mut(node) {
        put(node, at);
    }
}
