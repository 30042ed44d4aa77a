//! Springs: every link pulls or pushes its two ends to its own length.

use fdg_sim::petgraph::visit::{EdgeRef, IntoEdgeReferences};

use super::LINK_LENGTH;
use super::bodies::Forces;
use crate::graph::SimGraph;

/// Adds the pull of every spring, and its stiffness, by which [`super::motion`] normalises: a hub of a thousand leaves
/// moves by their mean, not by their sum.
pub(super) fn add(graph: &SimGraph, forces: &mut Forces) {
    for link in graph.edge_references() {
        let (a, b) = (link.source(), link.target());
        let (Some(from), Some(to)) = (graph.node_weight(a), graph.node_weight(b)) else {
            continue;
        };
        let apart = (to.location - from.location).truncate();
        let distance = apart.length();
        let length = LINK_LENGTH + from.data.radius + to.data.radius;
        let stiffness = link.weight().weight;
        // Two ends in one place have no direction to be pushed in; repulsion parts them first.
        let pull = if distance > 0.01 { apart * (stiffness * (distance - length) / distance) } else { apart };
        forces.add(a.index(), |force| {
            force.pull += pull;
            force.stiffness += stiffness;
        });
        forces.add(b.index(), |force| {
            force.pull -= pull;
            force.stiffness += stiffness;
        });
    }
}
