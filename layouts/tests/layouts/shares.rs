//! Every component, and every group, keeps to its part of the plane.

use std::collections::BTreeMap;

use layouts::{Change, Engine, Kind, NodeId, Point};

use crate::graphs::{at, distance, settle};

fn node(id: NodeId) -> Change {
    Change::AddNode { id, radius: 6.0, at: None }
}

fn link(a: NodeId, b: NodeId) -> Change {
    Change::AddLink { a, b, weight: 1.0 }
}

/// A hub and its leaves.
fn star(hub: NodeId, leaves: NodeId) -> impl Iterator<Item = Change> {
    (hub..=hub + leaves).map(node).chain((1..=leaves).map(move |leaf| link(hub, hub + leaf)))
}

/// The disc around each of these sets of nodes, as seen from outside.
fn discs(engine: &Engine, sets: &[Vec<NodeId>]) -> Vec<(Point, f32)> {
    let disc = |set: &Vec<NodeId>| {
        let places: Vec<Point> = set.iter().map(|id| at(engine, *id)).collect();
        let n = places.len() as f32;
        let middle = Point { x: places.iter().map(|p| p.x).sum::<f32>() / n, y: places.iter().map(|p| p.y).sum::<f32>() / n };
        (middle, places.iter().map(|p| distance(*p, middle) + 6.0).fold(0.0, f32::max))
    };
    sets.iter().map(disc).collect()
}

fn assert_apart(discs: &[(Point, f32)], slack: f32) {
    for (nth, (a, r)) in discs.iter().enumerate() {
        for (b, s) in discs.iter().skip(nth + 1) {
            assert!(distance(*a, *b) + slack >= r + s, "discs of {r} and {s} are {} apart", distance(*a, *b));
        }
    }
}

#[test]
fn components_do_not_mix() {
    let sizes = [40, 3, 17, 1, 0, 0, 8, 120, 5, 2];
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(sizes.iter().enumerate().flat_map(|(n, leaves)| star(n as NodeId * 1_000, *leaves)));
    settle(&mut engine);
    let sets: Vec<Vec<NodeId>> = sizes.iter().zip(0..).map(|(leaves, n)| (n * 1_000..=n * 1_000 + leaves).collect()).collect();
    assert_apart(&discs(&engine, &sets), 0.0);
}

#[test]
fn ten_thousand_components_pack_and_a_newcomer_moves_none_of_them() {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply((0..10_000).flat_map(|n| star(n * 4, n % 3)));
    settle(&mut engine);
    let (low, high) = engine.positions().bounds().unwrap();
    let area = (high.x - low.x) * (high.y - low.y);
    assert!(area < 20_000.0 * 200.0 * 200.0, "{area}");
    let sets: Vec<Vec<NodeId>> = (0..10_000).step_by(83).map(|n| (n * 4..=n * 4 + n % 3).collect()).collect();
    assert_apart(&discs(&engine, &sets), 0.0);

    let before = engine.positions().clone();
    engine.apply([node(1_000_000)]);
    settle(&mut engine);
    assert!(before.iter().all(|(id, p)| at(&engine, id) == p));
}

#[test]
fn a_component_that_breaks_in_two_comes_apart_and_one_that_is_joined_comes_together() {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(star(0, 20).chain(star(100, 20)).chain([link(0, 100)]));
    settle(&mut engine);
    let sets: Vec<Vec<NodeId>> = [0..=20, 100..=120].into_iter().map(Iterator::collect).collect();
    engine.apply([Change::RemoveLink { a: 0, b: 100 }]);
    settle(&mut engine);
    assert_apart(&discs(&engine, &sets), 0.0);
    engine.apply([link(0, 100)]);
    settle(&mut engine);
    let apart = distance(at(&engine, 0), at(&engine, 100));
    assert!(apart < 600.0, "{apart}");
}

fn grouped(groups: u64, each: u64) -> Engine {
    let mut engine = Engine::new(Kind::Grouped, 3);
    let all = 0..groups * each;
    let nodes = all.clone().flat_map(move |n| {
        let cluster = Some(n % groups).filter(|group| *group != 0);
        [node(n.into()), Change::SetCluster { id: n.into(), cluster }]
    });
    let links = all.map(move |n| link(n.into(), (n * 7 % (groups * each)).into()));
    engine.apply(nodes.chain(links));
    engine
}

#[test]
fn groups_have_discs_that_do_not_overlap_with_their_nodes_inside() {
    let mut engine = grouped(9, 30);
    settle(&mut engine);
    let clusters: BTreeMap<u64, layouts::Disc> = engine.clusters().iter().copied().collect();
    assert_eq!(clusters.keys().copied().collect::<Vec<_>>(), (1..9).collect::<Vec<_>>());
    assert_apart(&clusters.values().map(|disc| (disc.centre, disc.radius)).collect::<Vec<_>>(), 1.0);
    for (id, p) in engine.positions().iter() {
        for (cluster, disc) in &clusters {
            let away = distance(p, disc.centre);
            let inside = id % 9 == u128::from(*cluster);
            assert!(if inside { away + 6.0 <= disc.radius + 1.0 } else { away + 6.0 >= disc.radius - 1.0 }, "{id} and {cluster}");
        }
    }
}

#[test]
fn groups_stay_where_they_are_when_somebody_comes_or_goes() {
    let mut engine = grouped(9, 30);
    settle(&mut engine);
    let before = engine.positions().clone();
    engine.apply([node(5_000), Change::SetCluster { id: 5_000, cluster: Some(4) }, link(5_000, 4)]);
    settle(&mut engine);
    engine.apply([Change::RemoveNode(5_000)]);
    settle(&mut engine);
    let others = before.iter().filter(|(id, _)| id % 9 != 4);
    let moved = others.filter(|(id, p)| distance(at(&engine, *id), *p) > 1.0).count();
    assert!(moved < 40, "{moved} nodes of other groups moved");
}

#[test]
fn without_groups_there_are_no_discs_and_back_again_there_are() {
    let mut engine = grouped(4, 10);
    settle(&mut engine);
    engine.set_kind(Kind::Force);
    settle(&mut engine);
    assert!(engine.clusters().is_empty());
    engine.set_kind(Kind::Grouped);
    settle(&mut engine);
    assert_eq!(engine.clusters().len(), 3);
    engine.apply((0..40).map(|id| Change::SetCluster { id, cluster: None }));
    settle(&mut engine);
    assert!(engine.clusters().is_empty());
}
