//! Graphs that no force likes: the picture stays finite, bounded and cheap.

use layouts::{Change, Engine, Kind, NodeId, Point};
use proptest::prelude::*;

use crate::graphs::{at, distance, settle};

fn node(id: NodeId) -> Change {
    Change::AddNode { id, radius: 6.0, at: None }
}

fn link(a: NodeId, b: NodeId) -> Change {
    Change::AddLink { a, b, weight: 1.0 }
}

fn assert_bounded(engine: &Engine, reach: f32) {
    for (id, p) in engine.positions().iter() {
        assert!(p.x.abs() <= reach && p.y.abs() <= reach, "node {id} is at {p:?}");
    }
}

#[test]
fn a_node_added_and_removed_a_thousand_times_moves_nothing_far() {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply((0..200).map(node).chain((1..200).map(|id| link(id, id / 5))));
    settle(&mut engine);
    let before = engine.positions().clone();
    for round in 0..1_000 {
        engine.apply([node(1_000 + round), link(1_000 + round, 7)]);
        if round % 16 == 0 {
            engine.tick();
        }
        engine.apply([Change::RemoveNode(1_000 + round)]);
    }
    settle(&mut engine);
    let moved = before.iter().map(|(id, p)| distance(at(&engine, id), p)).sum::<f32>() / 200.0;
    assert!(moved < 40.0, "moved by {moved}");
}

#[test]
fn a_long_chain_curls_up() {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply((0..3_000).map(node).chain((1..3_000).map(|id| link(id, id - 1))));
    settle(&mut engine);
    assert_bounded(&engine, 12_000.0);
}

#[test]
fn twenty_thousand_changes_that_mean_nothing_wake_nobody() {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply((0..2_000).map(node).chain((1..2_000).map(|id| link(id, id / 3))));
    settle(&mut engine);
    let before = engine.positions().clone();
    engine.apply((0..20_000).map(|n| match n % 2 {
        0 => Change::SetRadius { id: n % 2_000, radius: 6.0 + (n % 7) as f32 / 5.0 },
        _ => Change::AddLink { a: 1 + n % 1_999, b: (1 + n % 1_999) / 3, weight: 1.0 + (n % 5) as f32 / 6.0 },
    }));
    assert!(engine.settled());
    assert_eq!(*engine.positions(), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn stars_loops_parallel_links_and_heaps_stay_in_bounds(
        leaves in 1u128..600,
        loops in 0u128..30,
        parallel in 0u128..30,
        alone in 0u128..200,
        heap in 0u128..200,
        kind in prop_oneof![Just(Kind::Force), Just(Kind::Grouped), Just(Kind::Layers), Just(Kind::Circle)],
        seed in any::<u64>(),
    ) {
        let mut engine = Engine::new(kind, seed);
        let star = (0..=leaves).map(node).chain((1..=leaves).map(|leaf| link(0, leaf)));
        let odd = (0..loops).map(|n| link(n, n)).chain((0..parallel).flat_map(|n| [link(0, 1 + n % leaves), link(1 + n % leaves, 0)]));
        let alone = (10_000..10_000 + alone).map(node);
        let here = Some(Point { x: 5.0, y: 5.0 });
        let heap_nodes = (20_000..20_000 + heap).map(|id| Change::AddNode { id, radius: 6.0, at: here });
        let heap_links = (20_001..20_000 + heap).map(|id| link(id, 20_000));
        let groups = (0..=leaves).map(|id| Change::SetCluster { id, cluster: Some((id % 5) as u64) });
        let layers = (0..=leaves).map(|id| Change::SetLayer { id, layer: (id % 4) as u16 });
        engine.apply(star.chain(odd).chain(alone).chain(heap_nodes).chain(heap_links).chain(groups).chain(layers));
        engine.reheat();
        settle(&mut engine);
        assert_bounded(&engine, 8_000.0);
        if matches!(kind, Kind::Force | Kind::Grouped) {
            for (nth, p) in engine.positions().points().iter().enumerate().step_by(7) {
                let touching = engine.positions().points().iter().skip(nth + 1).filter(|q| distance(*p, **q) < 11.0).count();
                prop_assert_eq!(touching, 0);
            }
        }
    }
}
