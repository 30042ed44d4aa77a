//! In which order new nodes join what is there, and beside whom.

use std::cmp::Reverse;
use std::collections::VecDeque;

use fdg_sim::petgraph::stable_graph::NodeIndex;
use fdg_sim::petgraph::visit::EdgeRef;

use crate::graph::{SimGraph, links};

/// One new node, and the neighbour it joins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Joining {
    pub(crate) node: NodeIndex,
    /// `None` begins a component of its own.
    pub(crate) beside: Option<NodeIndex>,
}

/// Orders `new` nodes breadth first: first what is linked to a known node, then whole components, each from its
/// best-linked node outwards. A node's parent always comes before it. `known` says what is there already; every
/// neighbour that is neither known nor in `new` is left alone.
pub(crate) fn joining(graph: &SimGraph, new: &[NodeIndex], known: impl Fn(NodeIndex) -> bool) -> Vec<Joining> {
    let mut waiting = vec![false; new.iter().map(|n| n.index() + 1).max().unwrap_or(0)];
    for node in new {
        set(&mut waiting, *node, true);
    }
    let mut order = Vec::with_capacity(new.len());
    let mut queue = VecDeque::new();

    for &node in new {
        if let Some(beside) = heaviest_neighbour(graph, node, &known) {
            set(&mut waiting, node, false);
            queue.push_back(Joining { node, beside: Some(beside) });
        }
    }
    spread(graph, &mut waiting, &mut queue, &mut order);

    let mut roots: Vec<NodeIndex> = new.iter().copied().filter(|n| is_set(&waiting, *n)).collect();
    roots.sort_by_key(|n| (Reverse(links(graph, *n)), graph.node_weight(*n).map(|n| n.data.id)));
    for root in roots {
        if is_set(&waiting, root) {
            set(&mut waiting, root, false);
            queue.push_back(Joining { node: root, beside: None });
            spread(graph, &mut waiting, &mut queue, &mut order);
        }
    }
    order
}

/// Empties the queue into the order, queueing every waiting neighbour on the way.
fn spread(graph: &SimGraph, waiting: &mut [bool], queue: &mut VecDeque<Joining>, order: &mut Vec<Joining>) {
    while let Some(next) = queue.pop_front() {
        order.push(next);
        for neighbour in graph.neighbors(next.node) {
            if is_set(waiting, neighbour) {
                set(waiting, neighbour, false);
                queue.push_back(Joining { node: neighbour, beside: Some(next.node) });
            }
        }
    }
}

fn heaviest_neighbour(graph: &SimGraph, node: NodeIndex, known: impl Fn(NodeIndex) -> bool) -> Option<NodeIndex> {
    graph
        .edges(node)
        .map(|edge| (if edge.source() == node { edge.target() } else { edge.source() }, edge.weight().weight))
        .filter(|(neighbour, _)| known(*neighbour))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(neighbour, _)| neighbour)
}

fn is_set(flags: &[bool], node: NodeIndex) -> bool {
    flags.get(node.index()).copied().unwrap_or(false)
}

fn set(flags: &mut [bool], node: NodeIndex, to: bool) {
    if let Some(flag) = flags.get_mut(node.index()) {
        *flag = to;
    }
}
