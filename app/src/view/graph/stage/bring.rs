//! Finds what a lens brings out: who is how far from whom, and the shortest way between two. Nothing is searched while nothing changes.

use graph::Node as Who;

use super::lens::{Out, Steps};
use super::{Edge, LineId, Node};

/// Nobody came by here.
const FAR: u32 = u32::MAX;

/// What of the stage is brought out, by the places of nodes and lines in its lists.
#[derive(Clone, Debug, Default)]
pub(super) struct Brought {
    out: Option<Out>,
    nodes: Vec<bool>,
    edges: Vec<bool>,
    hops: Option<u32>,
}

impl Brought {
    /// Whether a node is.
    pub(super) fn node(&self, index: usize) -> bool {
        self.nodes.get(index).copied().unwrap_or(self.out.is_none())
    }

    /// Whether a line is.
    pub(super) fn edge(&self, index: usize) -> bool {
        self.edges.get(index).copied().unwrap_or(self.out.is_none())
    }

    /// Whether it is what is wanted.
    pub(super) fn is_of(&self, out: Option<&Out>) -> bool {
        self.out.as_ref() == out
    }

    /// How many links the shortest way has, where one is brought out.
    pub(super) fn hops(&self) -> Option<u32> {
        self.hops
    }

    /// Searches again if something else is wanted, or the lists `changed`.
    pub(super) fn renew(&mut self, out: Option<&Out>, changed: bool, nodes: &[Node], edges: &[Edge]) {
        if !changed && self.is_of(out) {
            return;
        }
        *self = Brought { out: out.cloned(), ..Brought::default() };
        let Some(out) = out else { return };
        let place = |who: &Who| nodes.binary_search_by_key(who, |node| node.id).ok();
        self.nodes = vec![false; nodes.len()];
        self.edges = vec![false; edges.len()];
        match out {
            Out::Around { centres, steps } => {
                let roads = Roads::of(nodes.len(), edges, |_| true);
                self.around(&roads, centres.iter().filter_map(place), *steps, edges);
            }
            Out::Between([from, to]) => {
                // A fork is no traffic: who came from whom leads to everybody.
                let roads = Roads::of(nodes.len(), edges, |edge| !matches!(edge.id, LineId::Fork(_)));
                for end in [from, to].into_iter().filter_map(place) {
                    mark(&mut self.nodes, end);
                }
                if let (Some(from), Some(to)) = (place(from), place(to)) {
                    self.between(&roads, from, to, edges);
                }
            }
            Out::These(these) => {
                these.iter().filter_map(place).for_each(|index| mark(&mut self.nodes, index));
                for (lit, edge) in self.edges.iter_mut().zip(edges) {
                    let is = |index: u32| self.nodes.get(index as usize) == Some(&true);
                    *lit = edge.ends.into_iter().all(is);
                }
            }
        }
    }

    fn around(&mut self, roads: &Roads, centres: impl Iterator<Item = usize>, steps: Steps, edges: &[Edge]) {
        let far = roads.distances(centres);
        for (lit, far) in self.nodes.iter_mut().zip(&far) {
            *lit = *far != FAR && *far <= steps.most();
        }
        for (lit, edge) in self.edges.iter_mut().zip(edges) {
            let at = |index: u32| far.get(index as usize).copied().unwrap_or(FAR);
            *lit = edge.ends.into_iter().any(|end| at(end) < steps.most());
        }
    }

    /// The way with the fewest links; among those, the one that carries the most.
    fn between(&mut self, roads: &Roads, from: usize, to: usize, edges: &[Edge]) {
        let far = roads.distances([to].into_iter());
        let at = |index: usize| far.get(index).copied().unwrap_or(FAR);
        if at(from) == FAR {
            return;
        }
        let carried = roads.carried(&far, edges);
        let mut here = from;
        while here != to {
            let nearer = roads.from(here).filter(|road| at(road.to as usize) < at(here));
            let best =
                |a: &&Road, b: &&Road| carried_by(a, &carried, edges).total_cmp(&carried_by(b, &carried, edges)).then(b.to.cmp(&a.to));
            let Some(next) = nearer.max_by(best).map(|road| road.to as usize) else { return };
            for road in roads.from(here).filter(|road| road.to as usize == next) {
                mark(&mut self.edges, road.edge as usize);
            }
            here = next;
            mark(&mut self.nodes, here);
        }
        self.hops = Some(at(from));
    }
}

fn mark(list: &mut [bool], index: usize) {
    if let Some(lit) = list.get_mut(index) {
        *lit = true;
    }
}

/// What is carried along a road and on from its end.
fn carried_by(road: &Road, carried: &[f32], edges: &[Edge]) -> f32 {
    carried.get(road.to as usize).copied().unwrap_or_default() + road.carries(edges)
}

/// One direction of a line.
#[derive(Clone, Copy)]
struct Road {
    to: u32,
    edge: u32,
}

impl Road {
    fn carries(&self, edges: &[Edge]) -> f32 {
        edges.get(self.edge as usize).map_or(0.0, |edge| edge.activity)
    }
}

/// Who is linked with whom: the roads of the nth node are those from the nth start on, to the next start.
struct Roads {
    starts: Vec<usize>,
    roads: Vec<Road>,
}

impl Roads {
    fn of(nodes: usize, edges: &[Edge], is_road: impl Fn(&Edge) -> bool) -> Roads {
        let lines = || (0..).zip(edges).filter(|(_, edge)| is_road(edge) && edge.ends[0] != edge.ends[1]);
        let both = || {
            lines().map(|(nth, edge)| (nth, edge.ends)).flat_map(|(edge, [a, b])| [(a, Road { to: b, edge }), (b, Road { to: a, edge })])
        };
        let mut starts = vec![0; nodes + 1];
        for (from, _) in both() {
            if let Some(count) = starts.get_mut(from as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut roads = vec![Road { to: 0, edge: 0 }; sum];
        for (from, road) in both() {
            if let Some(at) = next.get_mut(from as usize) {
                if let Some(place) = roads.get_mut(*at) {
                    *place = road;
                }
                *at += 1;
            }
        }
        Roads { starts, roads }
    }

    fn from(&self, node: usize) -> impl Iterator<Item = &Road> + Clone {
        let range = self.starts.get(node).zip(self.starts.get(node + 1));
        range.and_then(|(start, end)| self.roads.get(*start..*end)).unwrap_or_default().iter()
    }

    /// How many links each node is away from the nearest of some.
    fn distances(&self, centres: impl Iterator<Item = usize>) -> Vec<u32> {
        let mut far = vec![FAR; self.starts.len().saturating_sub(1)];
        let mut reached: Vec<usize> = Vec::new();
        for centre in centres {
            if let Some(at) = far.get_mut(centre).filter(|at| **at == FAR) {
                *at = 0;
                reached.push(centre);
            }
        }
        let mut next = 0;
        while let Some(here) = reached.get(next).copied() {
            next += 1;
            let steps = far.get(here).map_or(FAR, |steps| steps.saturating_add(1));
            for road in self.from(here) {
                if let Some(at) = far.get_mut(road.to as usize).filter(|at| **at == FAR) {
                    *at = steps;
                    reached.push(road.to as usize);
                }
            }
        }
        far
    }

    /// For each node, the most that the lines of a shortest way to where all distances lead carry together.
    fn carried(&self, far: &[u32], edges: &[Edge]) -> Vec<f32> {
        let mut order: Vec<usize> = (0..far.len()).filter(|node| far.get(*node).is_some_and(|far| *far != FAR)).collect();
        order.sort_by_key(|node| far.get(*node).copied());
        let mut carried = vec![0.0_f32; far.len()];
        for node in order {
            let nearer = self.from(node).filter(|road| far.get(road.to as usize) < far.get(node));
            let best = nearer.map(|road| carried_by(road, &carried, edges)).max_by(f32::total_cmp);
            if let Some(place) = carried.get_mut(node) {
                *place = best.unwrap_or_default();
            }
        }
        carried
    }
}
