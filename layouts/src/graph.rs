//! The graph that is laid out: fdg-sim's, with our data on its nodes and links, and the ids of the model beside it.

use std::collections::BTreeMap;

use fdg_sim::glam::Vec3;
use fdg_sim::petgraph::stable_graph::{EdgeIndex, NodeIndex};
use fdg_sim::{ForceGraph, Node};

use crate::{NodeId, Point};

/// More nodes than this are not laid out (a million, about 150 MB).
const MAX_NODES: usize = 1 << 20;
/// More links than this are not laid out.
const MAX_LINKS: usize = 1 << 22;
/// No node is ever further from the centre than this, on either axis.
pub(crate) const WORLD: f32 = 65_536.0;

/// What a node of the simulation carries.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) id: NodeId,
    pub(crate) radius: f32,
    /// How freely it may move: 1 just added, 0 at rest.
    pub(crate) heat: f32,
    pub(crate) pinned: bool,
    /// Whether it has been given a place yet.
    pub(crate) placed: bool,
    /// How many links it has.
    pub(crate) links: u32,
}

/// What a link of the simulation carries.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Its stiffness.
    pub(crate) weight: f32,
}

pub(crate) type SimGraph = ForceGraph<Body, Link>;

/// Where each id is in the simulation's graph, by ascending id.
pub(crate) type Index = BTreeMap<NodeId, NodeIndex>;

/// Adds a node without a place. `None` if it is there already or the graph is full.
pub(crate) fn add_node(graph: &mut SimGraph, index: &mut Index, id: NodeId, radius: f32) -> Option<NodeIndex> {
    if index.contains_key(&id) || graph.node_count() >= MAX_NODES {
        return None;
    }
    let body = Body { id, radius, heat: 0.0, pinned: false, placed: false, links: 0 };
    let node = graph.add_node(Node::new("", body));
    index.insert(id, node);
    Some(node)
}

/// Removes a node and its links; returns its former neighbours.
pub(crate) fn remove_node(graph: &mut SimGraph, index: &mut Index, id: NodeId) -> Option<Vec<NodeIndex>> {
    let node = index.remove(&id)?;
    let neighbours: Vec<NodeIndex> = graph.neighbors(node).collect();
    for &neighbour in &neighbours {
        count_link(graph, neighbour, -1);
    }
    graph.remove_node(node);
    Some(neighbours)
}

/// Adds a link between two different nodes that have none. The caller has checked with [`find_link`].
pub(crate) fn add_link(graph: &mut SimGraph, a: NodeIndex, b: NodeIndex, weight: f32) -> Option<EdgeIndex> {
    if a == b || graph.edge_count() >= MAX_LINKS {
        return None;
    }
    count_link(graph, a, 1);
    count_link(graph, b, 1);
    Some(graph.add_edge(a, b, Link { weight }))
}

/// Removes a link.
pub(crate) fn remove_link(graph: &mut SimGraph, a: NodeIndex, b: NodeIndex) -> Option<()> {
    let link = find_link(graph, a, b)?;
    graph.remove_edge(link)?;
    count_link(graph, a, -1);
    count_link(graph, b, -1);
    Some(())
}

/// The link between two nodes, searched from the end that has fewer: a hub has thousands, its leaves one.
pub(crate) fn find_link(graph: &SimGraph, a: NodeIndex, b: NodeIndex) -> Option<EdgeIndex> {
    if links(graph, a) <= links(graph, b) { graph.find_edge(a, b) } else { graph.find_edge(b, a) }
}

/// How many links a node has.
pub(crate) fn links(graph: &SimGraph, node: NodeIndex) -> u32 {
    graph.node_weight(node).map_or(0, |n| n.data.links)
}

/// Where a node is.
pub(crate) fn point(node: &Node<Body>) -> Point {
    Point { x: node.location.x, y: node.location.y }
}

/// Puts a node somewhere inside the world, at rest; a coordinate that is no number becomes 0.
pub(crate) fn put(node: &mut Node<Body>, at: Point) {
    let inside = |c: f32| {
        if c.is_nan() { 0.0 } else { c.clamp(-WORLD, WORLD) }
    };
    node.location = Vec3::new(inside(at.x), inside(at.y), 0.0);
    node.old_location = node.location;
    node.velocity = Vec3::ZERO;
    node.data.placed = true;
}

fn count_link(graph: &mut SimGraph, node: NodeIndex, by: i32) {
    if let Some(node) = graph.node_weight_mut(node) {
        node.data.links = node.data.links.saturating_add_signed(by);
    }
}
