//! What changes mean: unknown, repeated and senseless ones included.

use layouts::{Change, Engine, Kind, NodeId, Point};

use crate::graphs::{at, distance, home, settle};

fn node(id: NodeId) -> Change {
    Change::AddNode { id, radius: 6.0, at: None }
}

fn link(a: NodeId, b: NodeId) -> Change {
    Change::AddLink { a, b, weight: 1.0 }
}

#[test]
fn an_engine_can_be_given_to_a_thread() {
    fn assert_send<T: Send + 'static>(_: &T) {}
    assert_send(&Engine::new(Kind::Force, 0));
}

#[test]
fn positions_come_by_ascending_id() {
    let mut engine = Engine::new(Kind::Force, 0);
    engine.apply([node(30), node(10), node(20)]);
    assert_eq!(engine.positions().ids(), [10, 20, 30]);
    assert_eq!(engine.positions().len(), 3);
    assert_eq!(engine.positions().get(11), None);
    let (low, high) = engine.positions().bounds().unwrap();
    assert!(low.x <= high.x && low.y <= high.y);
}

#[test]
fn saying_it_again_changes_nothing() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let rest = engine.positions().clone();
    engine.apply(home().changes());
    assert!(engine.settled());
    assert_eq!(*engine.positions(), rest);
}

#[test]
fn what_is_unknown_is_ignored() {
    let at = Point::default();
    for change in [
        link(1, 2),
        Change::RemoveNode(1),
        Change::RemoveLink { a: 1, b: 2 },
        Change::SetRadius { id: 1, radius: 3.0 },
        Change::Pin { id: 1, at },
        Change::Unpin(1),
    ] {
        let mut engine = Engine::new(Kind::Force, 0);
        engine.apply([change]);
        assert!(engine.positions().is_empty(), "{change:?}");
        assert!(engine.settled() && !engine.tick(), "{change:?}");
    }
}

#[test]
fn a_link_is_the_same_from_both_ends_and_goes_once() {
    let apart = |changes: &[Change]| {
        let mut engine = Engine::new(Kind::Force, 0);
        engine.apply([node(1), node(2), node(3)]);
        engine.apply(changes.iter().copied());
        settle(&mut engine);
        distance(at(&engine, 1), at(&engine, 2))
    };
    let linked = apart(&[link(1, 2)]);
    assert_eq!(apart(&[link(1, 2), link(2, 1), link(1, 1)]), linked);
    assert_eq!(apart(&[link(1, 2), link(2, 1), Change::RemoveLink { a: 2, b: 1 }, link(1, 2)]), linked);
    assert_ne!(apart(&[link(1, 2), link(2, 1), Change::RemoveLink { a: 1, b: 2 }]), linked);
}

#[test]
fn a_heavier_link_pulls_harder() {
    let length = |weight: f32| {
        let mut engine = home().engine(Kind::Force);
        engine.apply([Change::AddLink { a: 0, b: 4, weight }]);
        settle(&mut engine);
        distance(at(&engine, 0), at(&engine, 4))
    };
    assert!(length(4.0) < length(1.0) - 10.0, "{} and {}", length(4.0), length(1.0));
}

#[test]
fn radius_and_weight_may_follow_traffic_without_waking_anything() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let radius = home().nodes[4].1;
    engine.apply([Change::SetRadius { id: 4, radius: radius + 1.9 }, Change::AddLink { a: 0, b: 4, weight: 1.9 }]);
    assert!(engine.settled());
    engine.apply([Change::SetRadius { id: 4, radius: radius + 2.1 }]);
    assert!(!engine.settled());
}

#[test]
fn a_grown_node_gets_room() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    engine.apply([Change::SetRadius { id: 4, radius: 60.0 }]);
    settle(&mut engine);
    for (id, p) in engine.positions().iter().filter(|(id, _)| *id != 4) {
        assert!(distance(p, at(&engine, 4)) > 64.0, "node {id} is under it");
    }
}

#[test]
fn senseless_numbers_are_brought_into_range() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -5.0, 0.0, 1e30, f32::MIN_POSITIVE];
    for kind in [Kind::Force, Kind::Circle] {
        let mut engine = Engine::new(kind, 0);
        for (id, number) in (0..).zip(odd) {
            engine.apply([Change::AddNode { id, radius: number, at: None }, Change::AddLink { a: id, b: 0, weight: number }]);
            engine.apply([Change::SetRadius { id, radius: number }]);
            engine.apply([Change::Pin { id: id / 2, at: Point { x: number, y: -number } }]);
        }
        settle(&mut engine);
        for (id, p) in engine.positions().iter() {
            assert!(p.x.abs() <= 65_536.0 && p.y.abs() <= 65_536.0, "node {id} is at {p:?}");
        }
    }
}

#[test]
fn cleared_is_as_good_as_new() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    engine.apply([node(70), Change::Clear, node(80), node(81), link(80, 81)]);
    assert_eq!(engine.positions().ids(), [80, 81]);
    settle(&mut engine);
    assert!(distance(at(&engine, 80), Point::default()) < 100.0);
    engine.apply([Change::Clear]);
    assert!(engine.positions().is_empty());
    assert!(!engine.tick());
}

#[test]
fn pins_are_known() {
    let mut engine = home().engine(Kind::Force);
    let at = Point { x: 1.0, y: 2.0 };
    engine.apply([Change::Pin { id: 7, at }, Change::Pin { id: 2, at }]);
    assert_eq!(engine.pinned().collect::<Vec<_>>(), [2, 7]);
    engine.apply([Change::Unpin(7)]);
    assert!(engine.is_pinned(2) && !engine.is_pinned(7) && !engine.is_pinned(999));
}

#[test]
fn the_seed_turns_the_picture_and_nothing_else_is_random() {
    let picture = |seed| {
        let mut engine = Engine::new(Kind::Force, seed);
        engine.apply(home().changes());
        settle(&mut engine);
        engine.positions().clone()
    };
    assert_eq!(picture(3), picture(3));
    assert_ne!(picture(3), picture(4));
}

#[test]
fn reheating_moves_only_what_was_not_at_its_best() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    engine.reheat();
    assert!(!engine.settled());
    assert!(settle(&mut engine) <= 240);
}
