//! Heat: who may move, and for how long. A change heats only what it touched and its neighbourhood; all heat decays,
//! so that every layout comes to rest within a known number of ticks.

use std::collections::VecDeque;

use fdg_sim::glam::Vec3;
use fdg_sim::petgraph::stable_graph::NodeIndex;

use crate::graph::SimGraph;

/// In how many ticks full heat falls to none: three seconds for a home network, up to fifteen for thousands of nodes,
/// whose far parts need longer to find each other.
const TICKS: std::ops::RangeInclusive<f32> = 180.0..=900.0;
/// From how many nodes on it takes longer.
const FEW: f32 = 100.0;
/// Less heat than this is none.
const COLD: f32 = 0.002;
/// What a neighbour gets of a node's heat.
const CONDUCTED: f32 = 0.4;
/// Less than this is not passed on.
const FAINT: f32 = 0.05;

/// How many ticks it takes at most until nothing of this graph moves any more.
fn ticks_to_rest(nodes: usize) -> f32 {
    (TICKS.start() * (nodes as f32 / FEW).cbrt()).clamp(*TICKS.start(), *TICKS.end())
}

/// Lets all nodes cool by this many ticks.
pub(super) fn cool(graph: &mut SimGraph, ticks: f32) {
    let kept = COLD.powf(ticks / ticks_to_rest(graph.node_count()));
    for node in graph.node_weights_mut() {
        node.data.heat *= kept;
        if node.data.heat < COLD {
            node.data.heat = 0.0;
            node.velocity = Vec3::ZERO;
        }
    }
}

/// Takes all heat from all nodes.
pub(crate) fn chill_all(graph: &mut SimGraph) {
    for node in graph.node_weights_mut() {
        node.data.heat = 0.0;
        node.velocity = Vec3::ZERO;
    }
}

/// Whether any node may still move.
pub(crate) fn is_hot(graph: &SimGraph) -> bool {
    graph.node_weights().any(|node| node.data.heat > 0.0)
}

/// Adds heat to every node, up to 1.
pub(crate) fn warm_all(graph: &mut SimGraph, heat: f32) {
    for node in graph.node_weights_mut() {
        node.data.heat = (node.data.heat + heat).min(1.0);
    }
}

/// Heats nodes, and what is around them the less the further it is.
pub(crate) fn spread_heat(graph: &mut SimGraph, sources: impl IntoIterator<Item = (NodeIndex, f32)>) {
    let mut waiting: VecDeque<(NodeIndex, f32)> = sources.into_iter().collect();
    while let Some((slot, heat)) = waiting.pop_front() {
        let Some(node) = graph.node_weight_mut(slot) else {
            continue;
        };
        if node.data.heat >= heat {
            continue;
        }
        node.data.heat = heat;
        let conducted = heat * CONDUCTED;
        if conducted >= FAINT {
            waiting.extend(graph.neighbors(slot).map(|neighbour| (neighbour, conducted)));
        }
    }
}
