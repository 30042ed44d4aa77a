//! The nodes of the shares in which something moves, as flat lists: a share after the other, and in it neighbours in the
//! plane beside each other in memory.

use std::ops::Range;

use fdg_sim::glam::Vec2;

use crate::graph::{BySlot, Graph, Slot, WORLD};
use crate::shares::Shares;

/// Bits of a Morton code an axis; the smallest square is two units wide.
pub(super) const LEVELS: u32 = 16;

/// A node, between two arrangements.
#[derive(Debug, Clone, Copy)]
pub(super) struct Body {
    pub(super) slot: Slot,
    pub(super) radius: f32,
    pub(super) charge: f32,
    /// Of two that touch, the more mobile one gives way. A pinned one has none.
    pub(super) mobility: f32,
    /// Whether forces move it.
    pub(super) hot: bool,
}

/// What acts on a body.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Force {
    /// From charges, springs and gravity.
    pub(super) pull: Vec2,
    /// How far to step aside at once, for circles that overlap.
    pub(super) aside: Vec2,
    /// Sum of the stiffness of its springs.
    pub(super) stiffness: f32,
}

/// Bodies in Morton order: along a curve through the plane that mostly keeps neighbours together.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    pub(super) all: Vec<Body>,
    pub(super) forces: Vec<Force>,
    /// Places, charges and radii once more, for sums in lanes.
    x: Vec<f32>,
    y: Vec<f32>,
    charge: Vec<f32>,
    radius: Vec<f32>,
    /// Morton codes, [`LEVELS`] bits an axis.
    codes: Vec<u32>,
    /// The shares that these are of, and the bodies of each.
    pub(super) shares: Vec<(usize, Range<usize>)>,
    /// Where each node is in these lists.
    index: BySlot<u32>,
    /// How often they were arranged.
    times: u32,
}

impl Bodies {
    /// Takes up the nodes of all shares in which something is hot.
    pub(super) fn arrange(&mut self, graph: &Graph, shares: &mut Shares) {
        self.all.clear();
        self.codes.clear();
        self.shares.clear();
        self.index = BySlot::filled(u32::MAX, graph.slots());
        self.times = self.times.wrapping_add(u32::from(mostly_hot(graph, shares)));
        let shift = shift(self.times);
        let mut order: Vec<u64> = Vec::new();
        for number in 0..shares.list.len() {
            let Some(share) = shares.list.get(number).filter(|share| share.hot) else { continue };
            let members = shares.members(share);
            let hot = members.iter().any(|slot| graph.node(*slot).heat > 0.0);
            if hot {
                order.clear();
                order.extend(members.iter().map(|slot| u64::from(code(graph.node(*slot).at + shift)) << 32 | u64::from(slot.number())));
                order.sort_unstable();
                let begin = self.all.len();
                for entry in &order {
                    let slot = Slot::of(*entry as u32);
                    self.index.set(slot, self.all.len() as u32);
                    self.all.push(body(graph, slot));
                    self.codes.push((entry >> 32) as u32);
                }
                self.shares.push((number, begin..self.all.len()));
            }
            if let Some(share) = shares.list.get_mut(number) {
                share.hot = hot;
            }
        }
        self.charge.clear();
        self.charge.extend(self.all.iter().map(|body| body.charge));
        self.radius.clear();
        self.radius.extend(self.all.iter().map(|body| body.radius));
        self.follow(graph);
    }

    /// Takes up where the nodes are now; nothing acts on them yet.
    pub(super) fn follow(&mut self, graph: &Graph) {
        self.x.clear();
        self.y.clear();
        for body in &self.all {
            let at = graph.node(body.slot).at;
            self.x.push(at.x);
            self.y.push(at.y);
        }
        self.forces.clear();
        self.forces.resize(self.all.len(), Force::default());
    }

    pub(super) fn at(&self, body: usize) -> Vec2 {
        let [x, y] = [&self.x, &self.y].map(|list| list.get(body).copied().unwrap_or_default());
        Vec2::new(x, y)
    }

    /// Where a node is in these lists.
    pub(super) fn find(&self, slot: Slot) -> Option<u32> {
        Some(self.index.get(slot)).filter(|body| *body != u32::MAX)
    }

    pub(super) fn get(&self, range: &Range<usize>) -> &[Body] {
        self.all.get(range.clone()).unwrap_or_default()
    }

    /// x, y, charge and radius of these bodies.
    pub(super) fn lanes(&self, range: &Range<usize>) -> [&[f32]; 4] {
        [&self.x, &self.y, &self.charge, &self.radius].map(|list| list.get(range.clone()).unwrap_or_default())
    }

    pub(super) fn codes(&self, range: Range<usize>) -> &[u32] {
        self.codes.get(range).unwrap_or_default()
    }

    /// Every body that is there has a force, so the closure is always called.
    pub(super) fn push(&mut self, body: usize, act: impl FnOnce(&mut Force)) {
        if let Some(force) = self.forces.get_mut(body) {
            act(force);
        }
    }
}

fn body(graph: &Graph, slot: Slot) -> Body {
    let node = graph.node(slot);
    Body {
        slot,
        radius: node.radius,
        charge: charge(node.links),
        mobility: if node.pinned { 0.0 } else { 1.0 / (1.0 + node.links as f32) },
        hot: node.heat > 0.0 && !node.pinned,
    }
}

/// Hubs push harder than leaves, so that they come to lie apart from one another.
fn charge(links: u32) -> f32 {
    links.max(1) as f32
}

/// Whether most of what may move does.
fn mostly_hot(graph: &Graph, shares: &Shares) -> bool {
    let members = || shares.list.iter().filter(|share| share.hot).flat_map(|share| shares.members(share));
    2 * members().filter(|slot| graph.node(**slot).heat > 0.0).count() > members().count()
}

/// Where the squares begin, elsewhere each time while most of it moves: what they neglect would else push the same bodies the same way again and again, until seams
/// are seen where large squares meet.
fn shift(times: u32) -> Vec2 {
    const WIDE: f32 = WORLD / 4.0;
    let part = |step: f32| (times % 1024) as f32 * step % 1.0 - 0.5;
    Vec2::new(part(0.618_034), part(0.754_878)) * WIDE
}

fn code(at: Vec2) -> u32 {
    const CELLS: u32 = 1 << LEVELS;
    let axis = |c: f32| spread_bits((((c + WORLD) * (CELLS as f32 / (2.0 * WORLD))) as u32).min(CELLS - 1));
    axis(at.x) | axis(at.y) << 1
}

/// Puts a zero bit between all bits of a 16-bit number.
fn spread_bits(n: u32) -> u32 {
    let n = (n | n << 8) & 0x00FF_00FF;
    let n = (n | n << 4) & 0x0F0F_0F0F;
    let n = (n | n << 2) & 0x3333_3333;
    (n | n << 1) & 0x5555_5555
}
