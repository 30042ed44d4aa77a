//! In which order new nodes join what is there, and beside whom.

use std::cmp::Reverse;
use std::collections::VecDeque;

use crate::graph::{BySlot, Graph, Slot};

/// One new node, and the neighbour it joins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Joining {
    pub(crate) node: Slot,
    /// `None` begins something of its own.
    pub(crate) beside: Option<Slot>,
}

/// Orders `new` nodes breadth first: first what is linked to a known node, then whole components, each from its
/// best-linked node outwards. A node's parent always comes before it, and is in the same share. `known` says what is
/// there already; every neighbour that is neither known nor in `new` is left alone.
pub(crate) fn joining(graph: &Graph, new: &[Slot], known: impl Fn(Slot) -> bool) -> Vec<Joining> {
    let mut waiting = BySlot::filled(false, graph.slots());
    new.iter().for_each(|node| waiting.set(*node, true));
    let mut order = Vec::with_capacity(new.len());
    let mut queue = VecDeque::new();

    for &node in new {
        if let Some(beside) = heaviest_neighbour(graph, node, &known) {
            waiting.set(node, false);
            queue.push_back(Joining { node, beside: Some(beside) });
        }
    }
    spread(graph, &mut waiting, &mut queue, &mut order);

    let mut roots: Vec<Slot> = new.iter().copied().filter(|n| waiting.get(*n)).collect();
    roots.sort_by_key(|n| (Reverse(graph.node(*n).links), graph.member(*n).id));
    for root in roots {
        if waiting.get(root) {
            waiting.set(root, false);
            queue.push_back(Joining { node: root, beside: None });
            spread(graph, &mut waiting, &mut queue, &mut order);
        }
    }
    order
}

/// The neighbours of a node that are in its share.
fn kin(graph: &Graph, node: Slot) -> impl Iterator<Item = (Slot, f32)> + '_ {
    let share = graph.node(node).share;
    graph.neighbours(node).filter(move |(neighbour, _)| graph.node(*neighbour).share == share)
}

/// Empties the queue into the order, queueing every waiting neighbour on the way.
fn spread(graph: &Graph, waiting: &mut BySlot<bool>, queue: &mut VecDeque<Joining>, order: &mut Vec<Joining>) {
    while let Some(next) = queue.pop_front() {
        order.push(next);
        for (neighbour, _) in kin(graph, next.node) {
            if waiting.get(neighbour) {
                waiting.set(neighbour, false);
                queue.push_back(Joining { node: neighbour, beside: Some(next.node) });
            }
        }
    }
}

fn heaviest_neighbour(graph: &Graph, node: Slot, known: impl Fn(Slot) -> bool) -> Option<Slot> {
    kin(graph, node).filter(|(neighbour, _)| known(*neighbour)).max_by(|a, b| a.1.total_cmp(&b.1)).map(|(neighbour, _)| neighbour)
}
