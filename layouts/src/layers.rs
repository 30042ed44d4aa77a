//! The layers: a column for each layer from left to right, ordered so that few links cross.
//!
//! Columns, because a screen is wide and so are names: what lies in one layer stands above one another, and the names have
//! the room between the columns. A layer that is too long for the picture's proportions breaks into several columns.

use std::collections::BTreeMap;

use fdg_sim::glam::Vec2;

use crate::NodeId;
use crate::graph::{BySlot, Graph, Slot};
use crate::growth::joining;

/// Free space between two circles above one another.
const GAP: f32 = 16.0;
/// From a layer to the next, and from a column to the next of the same layer.
const NEXT_LAYER: f32 = 280.0;
const NEXT_COLUMN: f32 = 150.0;
/// A picture is about this many times as wide as high.
const PROPORTIONS: f32 = 1.6;
/// Columns shorter than this are not broken.
const LEAST_HEIGHT: f32 = 720.0;
/// How often all layers are put in order of their neighbours, there and back, when most of it is new.
const SWEEPS: usize = 6;

/// Who stands where in which layer. The order lasts: a node keeps its neighbours when others come and go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    layers: BTreeMap<u16, Vec<NodeId>>,
}

impl Layers {
    /// Takes up a changed graph: who left is dropped, who is new comes in beside what it is linked to; if most are new, all
    /// are put in order. Returns where each belongs.
    pub(crate) fn arrange(&mut self, graph: &Graph) -> Vec<(Slot, Vec2)> {
        let mut order = Order::default();
        let mut known = BySlot::filled(false, graph.slots());
        for (layer, ids) in &self.layers {
            let stay = ids.iter().filter_map(|id| graph.slot(*id)).filter(|slot| graph.member(*slot).layer == *layer);
            let stay: Vec<Slot> = stay.collect();
            stay.iter().for_each(|slot| known.set(*slot, true));
            order.layers.insert(*layer, stay);
        }
        let new: Vec<Slot> = graph.iter().map(|(_, slot)| slot).filter(|slot| !known.get(*slot)).collect();
        let mostly_new = new.len() * 2 > graph.len();
        order.rank();
        for joined in joining(graph, &new, |slot| known.get(slot)) {
            order.join(graph, joined.node, mostly_new);
        }
        if mostly_new {
            order.rank();
            order.sweep(graph);
        }
        order.layers.retain(|_, slots| !slots.is_empty());
        self.layers =
            order.layers.iter().map(|(layer, slots)| (*layer, slots.iter().map(|slot| graph.member(*slot).id).collect())).collect();
        targets(graph, &order.layers)
    }
}

/// The layers, and how far down each node is in its own: from 0 to 1.
#[derive(Default)]
struct Order {
    layers: BTreeMap<u16, Vec<Slot>>,
    ranks: BySlot<f32>,
}

impl Order {
    fn rank(&mut self) {
        for slots in self.layers.values() {
            rank(slots, &mut self.ranks);
        }
    }

    /// Puts a new node among those of its layer: at the end, or where its neighbours are.
    fn join(&mut self, graph: &Graph, slot: Slot, at_the_end: bool) {
        let layer = graph.member(slot).layer;
        let middle = self.middle(graph, slot, |other| other != layer);
        let slots = self.layers.entry(layer).or_default();
        let ranks = &self.ranks;
        let at = match middle {
            Some(middle) if !at_the_end => slots.iter().position(|other| ranks.get(*other) > middle).unwrap_or(slots.len()),
            _ => slots.len(),
        };
        self.ranks.set(slot, middle.unwrap_or(1.0));
        slots.insert(at.min(slots.len()), slot);
    }

    /// Orders every layer by where the neighbours of its nodes are in those before, then in those after, and so on.
    fn sweep(&mut self, graph: &Graph) {
        let forwards: Vec<u16> = self.layers.keys().copied().collect();
        let backwards: Vec<u16> = forwards.iter().rev().copied().collect();
        for turn in 0..2 * SWEEPS {
            let ahead = turn % 2 == 0;
            for &layer in if ahead { &forwards } else { &backwards } {
                let Some(slots) = self.layers.get(&layer) else { continue };
                let before = |other: u16| if ahead { other < layer } else { other > layer };
                let mut keyed: Vec<(f32, Slot)> =
                    slots.iter().map(|slot| (self.middle(graph, *slot, before).unwrap_or_else(|| self.ranks.get(*slot)), *slot)).collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                let slots: Vec<Slot> = keyed.into_iter().map(|(_, slot)| slot).collect();
                rank(&slots, &mut self.ranks);
                self.layers.insert(layer, slots);
            }
        }
    }

    /// The mean rank of the neighbours that are in such layers.
    fn middle(&self, graph: &Graph, slot: Slot, counts: impl Fn(u16) -> bool) -> Option<f32> {
        let neighbours = graph.neighbours(slot).filter(|(neighbour, _)| counts(graph.member(*neighbour).layer));
        let (sum, count) = neighbours.fold((0.0, 0u32), |(sum, count), (neighbour, _)| (sum + self.ranks.get(neighbour), count + 1));
        (count > 0).then(|| sum / count as f32)
    }
}

fn rank(slots: &[Slot], ranks: &mut BySlot<f32>) {
    let share = 1.0 / slots.len().max(1) as f32;
    slots.iter().enumerate().for_each(|(nth, slot)| ranks.set(*slot, (nth as f32 + 0.5) * share));
}

/// Columns as high as the picture's proportions let them, each around the middle.
fn targets(graph: &Graph, layers: &BTreeMap<u16, Vec<Slot>>) -> Vec<(Slot, Vec2)> {
    let height = |slot: &Slot| 2.0 * graph.node(*slot).radius + GAP;
    let whole = |slots: &[Slot]| slots.iter().map(height).sum::<f32>();
    let all: f32 = layers.values().map(|slots| whole(slots)).sum();
    let most = (all * NEXT_COLUMN / PROPORTIONS).sqrt().max(LEAST_HEIGHT);
    let mut targets = Vec::with_capacity(graph.len());
    let mut x = 0.0;
    for slots in layers.values() {
        let columns = (whole(slots) / most).ceil().max(1.0);
        // All columns of a layer are about as high.
        let each = slots.len().div_ceil(columns as usize);
        for column in slots.chunks(each.max(1)) {
            let mut y = -whole(column) / 2.0;
            for slot in column {
                targets.push((*slot, Vec2::new(x, y + height(slot) / 2.0)));
                y += height(slot);
            }
            x += NEXT_COLUMN;
        }
        x += NEXT_LAYER - NEXT_COLUMN;
    }
    let middle = (x - NEXT_LAYER) / 2.0;
    targets.iter_mut().for_each(|(_, at)| at.x -= middle);
    targets
}
