//! The nodes as flat arrays, neighbours in the plane beside each other in memory.

use std::ops::Range;

use fdg_sim::glam::Vec2;
use fdg_sim::petgraph::visit::IntoNodeReferences;

use crate::graph::{SimGraph, WORLD};

/// Bits of a Morton code an axis.
pub(super) const LEVELS: u32 = 16;

/// A node during one tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) charge: f32,
    pub(super) radius: f32,
    /// Of two that touch, the more mobile one gives way. A pinned one has none.
    pub(super) mobility: f32,
    /// Whether forces move it.
    pub(super) hot: bool,
    /// Its place in the graph, and in [`Forces`].
    pub(super) slot: u32,
}

/// Every node in Morton order: along a curve through the plane that mostly keeps neighbours together.
#[derive(Debug)]
pub(super) struct Bodies {
    all: Vec<Body>,
    /// Places and charges once more, for sums in lanes.
    x: Vec<f32>,
    y: Vec<f32>,
    charge: Vec<f32>,
    /// Morton codes, [`LEVELS`] bits an axis.
    codes: Vec<u32>,
    pub(super) greatest_radius: f32,
}

impl Bodies {
    pub(super) fn gather(graph: &SimGraph) -> Self {
        let square = Square::around(graph);
        let mut order: Vec<u64> = graph
            .node_references()
            .map(|(slot, node)| u64::from(square.code(node.location.truncate())) << 32 | slot.index() as u64)
            .collect();
        order.sort_unstable();
        let all: Vec<Body> = order.iter().filter_map(|entry| body(graph, *entry as u32)).collect();
        Self {
            x: all.iter().map(|b| b.x).collect(),
            y: all.iter().map(|b| b.y).collect(),
            charge: all.iter().map(|b| b.charge).collect(),
            codes: order.iter().map(|entry| (entry >> 32) as u32).collect(),
            greatest_radius: all.iter().fold(0.0, |greatest, b| b.radius.max(greatest)),
            all,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn all(&self, range: &Range<usize>) -> &[Body] {
        self.all.get(range.clone()).unwrap_or_default()
    }

    /// x, y and charge of these bodies.
    pub(super) fn lanes(&self, range: &Range<usize>) -> [&[f32]; 3] {
        [&self.x, &self.y, &self.charge].map(|list| list.get(range.clone()).unwrap_or_default())
    }

    pub(super) fn codes(&self, range: Range<usize>) -> &[u32] {
        self.codes.get(range).unwrap_or_default()
    }
}

/// The sum of what acts on each node, by its place in the graph.
#[derive(Debug)]
pub(super) struct Forces(Vec<Force>);

/// What acts on one node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Force {
    /// From charges, springs and gravity.
    pub(super) pull: Vec2,
    /// How far to step aside at once, for circles that overlap.
    pub(super) aside: Vec2,
    /// Sum of the stiffness of its springs.
    pub(super) stiffness: f32,
}

impl Forces {
    /// Nothing acts on any node of the graph.
    pub(super) fn none(graph: &SimGraph) -> Self {
        let slots = graph.node_indices().next_back().map_or(0, |last| last.index() + 1);
        Self(vec![Force::default(); slots])
    }

    pub(super) fn at(&self, slot: usize) -> Force {
        self.0.get(slot).copied().unwrap_or_default()
    }

    /// Every place of the graph is there, so the closure is always called.
    pub(super) fn add(&mut self, slot: usize, act: impl FnOnce(&mut Force)) {
        if let Some(force) = self.0.get_mut(slot) {
            act(force);
        }
    }
}

fn body(graph: &SimGraph, slot: u32) -> Option<Body> {
    let node = graph.node_weight(slot.into())?;
    Some(Body {
        x: node.location.x,
        y: node.location.y,
        charge: charge(node.data.links),
        radius: node.data.radius,
        mobility: if node.data.pinned { 0.0 } else { 1.0 / (1.0 + node.data.links as f32) },
        hot: node.data.heat > 0.0 && !node.data.pinned,
        slot,
    })
}

/// Hubs push harder than leaves, so that they come to lie apart from one another.
fn charge(links: u32) -> f32 {
    (links.max(1) as f32).powf(0.7)
}

/// The square around all nodes.
struct Square {
    corner: Vec2,
    width: f32,
}

impl Square {
    fn around(graph: &SimGraph) -> Self {
        let (mut low, mut high) = (Vec2::splat(WORLD), Vec2::splat(-WORLD));
        for node in graph.node_weights() {
            low = low.min(node.location.truncate());
            high = high.max(node.location.truncate());
        }
        Self { corner: low, width: (high - low).max_element().max(1.0) }
    }

    fn code(&self, at: Vec2) -> u32 {
        const CELLS: u32 = 1 << LEVELS;
        let cell = (at - self.corner) / self.width * CELLS as f32;
        let axis = |cell: f32| spread_bits((cell as u32).min(CELLS - 1));
        axis(cell.x) | axis(cell.y) << 1
    }
}

/// Puts a zero bit between all bits of a 16-bit number.
fn spread_bits(n: u32) -> u32 {
    let n = (n | n << 8) & 0x00FF_00FF;
    let n = (n | n << 4) & 0x0F0F_0F0F;
    let n = (n | n << 2) & 0x3333_3333;
    (n | n << 1) & 0x5555_5555
}
