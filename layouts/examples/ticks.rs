//! What a tick of the force layout costs: `cargo run --release -p layouts --example ticks`.
//!
//! Prints, for graphs of 1,000 to 50,000 nodes with one and a half links a node, the time to build the first picture,
//! the time of a tick while everything moves, and that of a tick after one leaf was added to a graph at rest.

use std::time::{Duration, Instant};

use layouts::{Change, Engine, Kind, NodeId};

const TICKS: u32 = 60;

fn main() {
    for nodes in [1_000, 10_000, 50_000] {
        let mut engine = Engine::new(Kind::Force, 1);
        let first = timed(|| engine.apply(graph(nodes)));
        let moving = timed(|| ticks(&mut engine));
        while engine.tick() {}
        engine.apply(leaf(nodes));
        let local = timed(|| ticks(&mut engine));
        println!(
            "{nodes:>6} nodes: first picture {first:>9.1?}, tick {:>8.3?} all hot, {:>8.3?} after one leaf",
            moving / TICKS,
            local / TICKS,
        );
    }
}

fn ticks(engine: &mut Engine) {
    for _ in 0..TICKS {
        engine.tick();
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Newcomers link to early nodes more often than to late ones, every second one twice: few hubs, many leaves.
fn graph(nodes: NodeId) -> impl Iterator<Item = Change> {
    let add = (0..nodes).map(|id| Change::AddNode { id, radius: 6.0, at: None });
    let links = (1..nodes).flat_map(|id| (0..1 + id % 2).map(move |nth| (id, older(id, nth))));
    add.chain(links.map(|(a, b)| Change::AddLink { a, b, weight: 1.0 }))
}

fn leaf(nodes: NodeId) -> [Change; 2] {
    [Change::AddNode { id: nodes, radius: 6.0, at: None }, Change::AddLink { a: nodes, b: nodes / 2, weight: 1.0 }]
}

/// A node before `id`, by a fixed scramble, mostly an early one.
fn older(id: NodeId, nth: NodeId) -> NodeId {
    let scrambled = ((id * 2 + nth) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let share = scrambled as f64 / (1u64 << 24) as f64;
    (share * share * id as f64) as NodeId
}
