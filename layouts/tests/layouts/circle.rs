//! The circle layout.

use std::f32::consts::TAU;

use layouts::{Change, Engine, Kind, NodeId, Point};

use crate::graphs::{Graph, at, closest, distance, home, settle, star};

fn radius(engine: &Engine) -> f32 {
    distance(engine.positions().points().first().copied().unwrap_or_default(), Point::default())
}

/// Everyone, clockwise from a node.
fn round_from(engine: &Engine, first: NodeId) -> Vec<NodeId> {
    let angle = |p: Point| p.y.atan2(p.x);
    let start = angle(at(engine, first));
    let mut all: Vec<(f32, NodeId)> = engine.positions().iter().map(|(id, p)| ((angle(p) - start).rem_euclid(TAU), id)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn all_sit_on_one_circle_with_room_for_each() {
    for graph in [star(1), star(2), home(), star(400)] {
        let mut engine = graph.engine(Kind::Circle);
        settle(&mut engine);
        let radius = radius(&engine);
        for (id, p) in engine.positions().iter() {
            assert!((distance(p, Point::default()) - radius).abs() < radius * 1e-4, "node {id} is off the circle");
        }
        assert!(closest(&engine, &graph) > 15.0, "{} apart", closest(&engine, &graph));
    }
}

#[test]
fn the_first_node_sits_at_the_top() {
    let mut engine = Graph { nodes: vec![(9, 5.0)], links: vec![] }.engine(Kind::Circle);
    settle(&mut engine);
    let top = Point { x: 0.0, y: -160.0 };
    assert!(distance(at(&engine, 9), top) < 0.01);
}

#[test]
fn it_arrives_within_a_second() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    engine.set_kind(Kind::Circle);
    let ticks = settle(&mut engine);
    assert!((20..=60).contains(&ticks), "{ticks} ticks");
}

#[test]
fn linked_nodes_sit_beside_each_other() {
    let pairs = Graph { nodes: (0..20).map(|id| (id, 5.0)).collect(), links: (0..10).map(|a| (a, a + 10)).collect() };
    let mut engine = pairs.engine(Kind::Circle);
    settle(&mut engine);
    let neighbours = TAU * radius(&engine) / 20.0 * 1.1;
    for (a, b) in pairs.links {
        assert!(distance(at(&engine, a), at(&engine, b)) < neighbours, "{a} and {b}");
    }
}

#[test]
fn a_newcomer_sits_down_after_its_neighbour_and_the_others_keep_their_order() {
    let mut engine = home().engine(Kind::Circle);
    settle(&mut engine);
    let before = round_from(&engine, 5);
    engine.apply([Change::AddNode { id: 90, radius: 5.0, at: None }, Change::AddLink { a: 90, b: 5, weight: 1.0 }]);
    settle(&mut engine);
    let after = round_from(&engine, 5);
    assert_eq!(after[1], 90);
    assert_eq!(after.into_iter().filter(|id| *id != 90).collect::<Vec<_>>(), before);

    engine.apply([Change::RemoveNode(90)]);
    settle(&mut engine);
    assert_eq!(round_from(&engine, 5), before);
}

#[test]
fn a_pinned_node_stays_off_the_circle_until_it_is_let_go() {
    let mut engine = home().engine(Kind::Circle);
    settle(&mut engine);
    let seat = at(&engine, 3);
    let away = Point { x: 5.0, y: -7.0 };
    engine.apply([Change::Pin { id: 3, at: away }]);
    settle(&mut engine);
    assert_eq!(at(&engine, 3), away);
    engine.apply([Change::Unpin(3)]);
    settle(&mut engine);
    assert!(distance(at(&engine, 3), seat) < 0.01);
}
