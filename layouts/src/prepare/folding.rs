//! Folding a graph: leaves into what they hang on, others in pairs.

use fdg_sim::glam::Vec2;

use crate::graph::{BySlot, Graph, Slot};

/// How far from the first of those that were folded into one the next ones begin, and the angle between them.
const BESIDE: f32 = 20.0;
const GOLDEN_ANGLE: f32 = 2.399_963_2;

/// A graph, and the slot of another one that each of its nodes is folded into.
pub(super) struct Folded {
    pub(super) graph: Graph,
    pub(super) into: BySlot<Option<Slot>>,
}

/// The folded graph, and which of its nodes each one is folded into.
pub(super) fn fold(fine: &Graph) -> Folded {
    let mut order: Vec<Slot> = fine.iter().map(|(_, slot)| slot).collect();
    order.sort_by_key(|slot| (fine.node(*slot).links, fine.member(*slot).id));
    let mut graph = Graph::default();
    let mut into: BySlot<Option<Slot>> = BySlot::filled(None, fine.slots());
    // The least linked ones choose first, so that hubs do not take what has no other choice.
    for &slot in order.iter().filter(|slot| fine.node(**slot).links > 1) {
        if into.get(slot).is_some() {
            continue;
        }
        let free = fine.neighbours(slot).filter(|(other, _)| into.get(*other).is_none() && fine.node(*other).links > 1);
        let mate = free.min_by_key(|(other, _)| (fine.node(*other).links, fine.member(*other).id));
        let folded = add(&mut graph, fine, slot);
        into.set(slot, folded);
        if let Some((mate, _)) = mate {
            into.set(mate, folded);
        }
    }
    for &slot in order.iter().filter(|slot| fine.node(**slot).links <= 1) {
        let parent = fine.neighbours(slot).next().and_then(|(other, _)| into.get(other));
        let folded = parent.or_else(|| add(&mut graph, fine, slot));
        into.set(slot, folded);
    }
    for (a, b, weight) in fine.links() {
        if let Some((a, b)) = into.get(a).zip(into.get(b)).filter(|(a, b)| a != b) {
            let sum = graph.link(a, b).unwrap_or(0.0) + weight;
            graph.set_link(a, b, sum.min(4.0));
        }
    }
    Folded { graph, into }
}

fn add(graph: &mut Graph, fine: &Graph, slot: Slot) -> Option<Slot> {
    let folded = graph.add_node(fine.member(slot).id, fine.node(slot).radius)?;
    graph.set_cluster(folded, fine.member(slot).cluster);
    Some(folded)
}

/// Where the nth of those that were folded into one begins, from where that was.
pub(super) fn beside(nth: u32) -> Vec2 {
    Vec2::from_angle(nth as f32 * GOLDEN_ANGLE) * (BESIDE * (nth as f32).sqrt())
}
