//! The layers.

use layouts::{Change, Engine, Kind, NodeId};

use crate::graphs::{at, settle};

/// Clients on the left, each of which talks to a server on the right.
fn tiers(clients: NodeId, servers: NodeId) -> Engine {
    let mut engine = Engine::new(Kind::Layers, 1);
    let nodes = (0..clients + servers).map(|id| Change::AddNode { id, radius: 8.0, at: None });
    let layers = (clients..clients + servers).map(|id| Change::SetLayer { id, layer: 1 });
    let links = (0..clients).map(move |id| Change::AddLink { a: id, b: clients + id * 5 % servers, weight: 1.0 });
    engine.apply(nodes.chain(layers).chain(links));
    settle(&mut engine);
    engine
}

#[test]
fn layers_follow_from_left_to_right_without_overlap() {
    let engine = tiers(30, 6);
    let right = (0..30).map(|id| at(&engine, id).x).fold(f32::MIN, f32::max);
    assert!((30..36).all(|id| at(&engine, id).x > right + 200.0));
    for id in 0..36 {
        for other in 0..id {
            let (p, q) = (at(&engine, id), at(&engine, other));
            assert!((p.x - q.x).hypot(p.y - q.y) > 16.0, "{id} and {other}");
        }
    }
}

#[test]
fn links_of_a_simple_picture_do_not_cross() {
    let engine = tiers(18, 6);
    let links: Vec<(f32, f32)> = (0..18).map(|id| (at(&engine, id).y, at(&engine, 18 + id * 5 % 6).y)).collect();
    let crossings = links.iter().flat_map(|a| links.iter().map(move |b| (a, b))).filter(|(a, b)| a.0 < b.0 && a.1 > b.1 + 0.5).count();
    assert_eq!(crossings, 0);
}

#[test]
fn a_long_layer_breaks_into_columns() {
    let engine = tiers(2_000, 10);
    let (low, high) = engine.positions().bounds().unwrap();
    let proportions = (high.x - low.x) / (high.y - low.y);
    assert!((0.7..3.0).contains(&proportions), "{proportions}");
}

#[test]
fn the_order_lasts_when_others_come_and_go() {
    let mut engine = tiers(20, 5);
    let order = |engine: &Engine| {
        let mut ids: Vec<NodeId> = (0..20).collect();
        ids.sort_by(|a, b| at(engine, *a).y.total_cmp(&at(engine, *b).y));
        ids
    };
    let before = order(&engine);
    engine.apply([Change::AddNode { id: 50, radius: 8.0, at: None }, Change::AddLink { a: 50, b: 22, weight: 1.0 }]);
    settle(&mut engine);
    assert_eq!(order(&engine), before);
    let beside = (0..20).filter(|id| 20 + id * 5 % 5 == 22 || (at(&engine, *id).y - at(&engine, 50).y).abs() < 40.0);
    assert!(beside.count() > 0);
    engine.apply([Change::RemoveNode(50), Change::SetLayer { id: 3, layer: 1 }]);
    settle(&mut engine);
    assert!(at(&engine, 3).x > at(&engine, 4).x + 200.0, "it changes sides");
    assert_eq!(
        order(&engine).into_iter().filter(|id| *id != 3).collect::<Vec<_>>(),
        before.into_iter().filter(|id| *id != 3).collect::<Vec<_>>()
    );
}
