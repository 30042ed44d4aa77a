//! How a large picture comes to rest, and what a small change does to it.

use layouts::{Change, Engine, Kind, NodeId, Point};

use crate::graphs::{Graph, at, distance, settle};

/// Newcomers link to early nodes more often than to late ones, every second one twice.
fn scale_free(nodes: NodeId) -> Graph {
    let older = |id: NodeId, nth: NodeId| {
        let share = (scramble(id * 2 + nth) >> 40) as f64 / (1u64 << 24) as f64;
        (share * share * id as f64) as NodeId
    };
    let links = (1..nodes).flat_map(|id| (0..1 + id % 2).map(move |nth| (id, older(id, nth)))).filter(|(a, b)| a != b).collect();
    Graph { nodes: (0..nodes).map(|id| (id, 6.0)).collect(), links }
}

fn scramble(n: NodeId) -> u64 {
    (n as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Somewhere in a square.
fn anywhere(id: NodeId) -> Point {
    let part = |n| (scramble(n) >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
    Point { x: 10_000.0 * part(3 * id), y: 10_000.0 * part(5 * id + 1) }
}

#[test]
fn ten_thousand_nodes_come_to_rest_from_anywhere_within_six_hundred_ticks_and_then_cost_nothing() {
    let graph = scale_free(10_000);
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(graph.nodes.iter().map(|&(id, radius)| Change::AddNode { id, radius, at: Some(anywhere(id)) }));
    engine.apply(graph.links.iter().map(|&(a, b)| Change::AddLink { a, b, weight: 1.0 }));
    engine.reheat();
    let calm = (1..=600).find(|_| {
        let before = engine.positions().clone();
        engine.tick();
        let steps = before.points().iter().zip(engine.positions().points()).map(|(a, b)| distance(*a, *b));
        steps.sum::<f32>() / 10_000.0 < 0.6
    });
    assert!(calm.is_some(), "still moves after 600 ticks");
    let rest = (0..=600 - calm.unwrap_or(0)).find(|_| !engine.tick());
    assert!(rest.is_some(), "not quite at rest after 600 ticks");
    let before = engine.positions().clone();
    assert!((0..100).all(|_| !engine.tick()) && *engine.positions() == before);
}

#[test]
fn a_leaf_moves_nobody_who_is_more_than_three_links_away() {
    let graph = scale_free(10_000);
    for parent in [7_001, 5_003, 3_005] {
        a_leaf_comes_beside(&graph, parent);
    }
}

fn a_leaf_comes_beside(graph: &Graph, parent: NodeId) {
    let mut engine = graph.engine(Kind::Force);
    settle(&mut engine);
    let before = engine.positions().clone();
    let leaf = 10_000;
    engine.apply([Change::AddNode { id: leaf, radius: 6.0, at: None }, Change::AddLink { a: leaf, b: parent, weight: 1.0 }]);
    settle(&mut engine);
    assert!(distance(at(&engine, leaf), at(&engine, parent)) < 1_000.0);

    let mut near: std::collections::BTreeSet<NodeId> = [leaf, parent].into();
    for _ in 0..2 {
        let grown = graph.links.iter().filter(|(a, b)| near.contains(a) || near.contains(b)).flat_map(|&(a, b)| [a, b]);
        near = grown.collect::<Vec<_>>().into_iter().chain(near).collect();
    }
    assert!(near.len() < 9_000, "{} are near", near.len());
    for (id, p) in before.iter().filter(|(id, _)| !near.contains(id)) {
        let moved = distance(at(&engine, id), p);
        assert!(moved <= 6.0, "node {id} moved by {moved}");
    }
}

#[test]
fn what_is_remembered_comes_out_as_it_was() {
    let graph = scale_free(600);
    let mut engine = graph.engine(Kind::Force);
    settle(&mut engine);
    let before = engine.positions().clone();

    let known = |id: NodeId| (id % 20 != 3).then(|| at(&engine, id));
    let nodes = graph.nodes.iter().map(|&(id, radius)| Change::AddNode { id, radius, at: known(id) });
    let links = graph.links.iter().map(|&(a, b)| Change::AddLink { a, b, weight: 1.0 });
    let mut again = Engine::new(Kind::Force, 99);
    again.apply(nodes.chain(links));
    for (id, p) in before.iter().filter(|(id, _)| id % 20 != 3) {
        assert_eq!(at(&again, id), p, "node {id} starts where it was");
    }
    settle(&mut again);
    let moved: f32 = before.iter().map(|(id, p)| distance(at(&again, id), p)).sum::<f32>() / 600.0;
    assert!(moved < 30.0, "they moved by {moved}");
}

#[test]
fn remembered_without_anybody_new_does_not_move_at_all() {
    let graph = scale_free(300);
    let mut engine = graph.engine(Kind::Force);
    settle(&mut engine);
    let nodes = graph.nodes.iter().map(|&(id, radius)| Change::AddNode { id, radius, at: Some(at(&engine, id)) });
    let mut again = Engine::new(Kind::Force, 99);
    again.apply(nodes.chain(graph.links.iter().map(|&(a, b)| Change::AddLink { a, b, weight: 1.0 })));
    settle(&mut again);
    assert_eq!(again.positions(), engine.positions());
}
