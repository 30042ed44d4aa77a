//! How well a picture shows a graph.

use std::collections::VecDeque;

use super::families::Graph;

/// Neighbours that are compared.
const K: usize = 10;
/// From so many nodes it is measured to all others.
const SOURCES: usize = 400;

/// Neighbourhood preservation, more is better, and stress, less is better.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    /// Of the ten nodes that lie nearest to one, the part that is no farther by links than the tenth nearest by links; where a
    /// component has fewer, all of it.
    pub(crate) kept: f64,
    /// The mean of (s·distance / links between − 1)² over pairs in one component, for the scale s that makes it least.
    pub(crate) stress: f64,
}

/// Measures from nodes all over the graph to all others.
pub(crate) fn quality(graph: &Graph, places: &[[f64; 2]]) -> Quality {
    assert_eq!(places.len(), graph.nodes);
    let neighbours = graph.neighbours();
    let (mut kept, mut of, mut sum, mut squares, mut pairs) = (0, 0, 0.0, 0.0, 0);
    for nth in 0..SOURCES.min(graph.nodes) {
        let source = nth * graph.nodes / SOURCES.min(graph.nodes);
        let away = hops(&neighbours, source);
        let mut reached: Vec<u32> = away.iter().copied().filter(|hops| *hops != 0 && *hops != u32::MAX).collect();
        let k = K.min(reached.len());
        if k == 0 {
            continue;
        }
        let farthest = *reached.select_nth_unstable(k - 1).1;
        let far = |n: usize| (places[n][0] - places[source][0]).hypot(places[n][1] - places[source][1]);
        let mut others: Vec<(f64, usize)> = (0..graph.nodes).filter(|n| *n != source).map(|n| (far(n), n)).collect();
        others.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0));
        kept += others[..k].iter().filter(|(_, n)| away[*n] <= farthest).count();
        of += k;
        for (far, n) in others.into_iter().filter(|(_, n)| away[*n] != u32::MAX) {
            let ratio = far / f64::from(away[n]);
            (sum, squares, pairs) = (sum + ratio, squares + ratio * ratio, pairs + 1);
        }
    }
    // The least of Σ(s·r − 1)² is at s = Σr / Σr².
    Quality { kept: kept as f64 / of as f64, stress: 1.0 - sum * sum / squares / pairs as f64 }
}

/// How many links each node is away; the greatest number where there is no way.
fn hops(neighbours: &[Vec<usize>], from: usize) -> Vec<u32> {
    let mut hops = vec![u32::MAX; neighbours.len()];
    let mut waiting = VecDeque::from([from]);
    hops[from] = 0;
    while let Some(node) = waiting.pop_front() {
        for &next in &neighbours[node] {
            if hops[next] == u32::MAX {
                hops[next] = hops[node] + 1;
                waiting.push_back(next);
            }
        }
    }
    hops
}
