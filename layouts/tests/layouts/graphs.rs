//! Graphs to lay out, and what can be measured of a layout.

use layouts::{Change, Engine, Kind, NodeId, Point};

/// Nodes with their radii, and links.
pub(crate) struct Graph {
    pub(crate) nodes: Vec<(NodeId, f32)>,
    pub(crate) links: Vec<(NodeId, NodeId)>,
}

/// The router of [`home`].
pub(crate) const ROUTER: NodeId = 0;

/// A router, eight hosts behind it, and 36 servers; most are used by one host, some by two.
pub(crate) fn home() -> Graph {
    let hosts = (1..=8).map(|host| (ROUTER, host));
    let servers = (9..45).map(|server| (1 + server * 5 % 8, server));
    let shared = (9..45).step_by(7).map(|server| (1 + server * 3 % 8, server));
    Graph::sized(45, hosts.chain(servers).chain(shared).collect())
}

/// A hub, which is 0, and its leaves.
pub(crate) fn star(leaves: NodeId) -> Graph {
    Graph::sized(leaves + 1, (1..=leaves).map(|leaf| (0, leaf)).collect())
}

impl Graph {
    /// Node circles that grow with the number of links, from 6 to 20 units.
    fn sized(nodes: NodeId, links: Vec<(NodeId, NodeId)>) -> Self {
        let degree = |id| links.iter().filter(|(a, b)| *a == id || *b == id).take(200).count();
        let radius = |id| (4.0 + 2.0 * (degree(id) as f32).sqrt()).min(20.0);
        Self { nodes: (0..nodes).map(|id| (id, radius(id))).collect(), links }
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        let nodes = self.nodes.iter().map(|&(id, radius)| Change::AddNode { id, radius, at: None });
        let links = self.links.iter().map(|&(a, b)| Change::AddLink { a, b, weight: 1.0 });
        nodes.chain(links).collect()
    }

    pub(crate) fn engine(&self, kind: Kind) -> Engine {
        let mut engine = Engine::new(kind, 7);
        engine.apply(self.changes());
        engine
    }
}

/// Ticks until it has settled; returns how many that took.
pub(crate) fn settle(engine: &mut Engine) -> u32 {
    (1..=2_000).find(|_| !engine.tick()).expect("has settled within 2,000 ticks")
}

pub(crate) fn at(engine: &Engine, id: NodeId) -> Point {
    engine.positions().get(id).expect("the node has a place")
}

pub(crate) fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// The least free space between any two circles; negative if some overlap.
pub(crate) fn closest(engine: &Engine, graph: &Graph) -> f32 {
    let mut least = f32::INFINITY;
    for (nth, &(a, radius)) in graph.nodes.iter().enumerate() {
        for &(b, other) in graph.nodes.iter().skip(nth + 1) {
            least = least.min(distance(at(engine, a), at(engine, b)) - radius - other);
        }
    }
    least
}

/// How many pairs of links cross.
pub(crate) fn crossings(engine: &Engine, graph: &Graph) -> usize {
    let side = |p: Point, q: Point, r: Point| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    let cross = |&(a, b): &(NodeId, NodeId), &(c, d): &(NodeId, NodeId)| {
        let [p, q, r, s] = [a, b, c, d].map(|id| at(engine, id));
        a != c && a != d && b != c && b != d && side(p, q, r) * side(p, q, s) < 0.0 && side(r, s, p) * side(r, s, q) < 0.0
    };
    let pairs = graph.links.iter().enumerate();
    pairs.map(|(nth, one)| graph.links.iter().skip(nth + 1).filter(|other| cross(one, other)).count()).sum()
}
