//! The force layout: how a picture looks at rest, and how it moves.

use layouts::{Change, Engine, Kind, NodeId, Point};

use crate::graphs::{Graph, ROUTER, at, closest, crossings, distance, home, settle, star};

#[test]
fn a_home_network_comes_out_readable() {
    let graph = home();
    let mut engine = graph.engine(Kind::Force);
    let ticks = settle(&mut engine);

    assert!(ticks <= 240, "rests after four seconds, not {ticks} ticks");
    assert!(closest(&engine, &graph) >= 8.0, "circles keep their distance: {}", closest(&engine, &graph));
    assert!(crossings(&engine, &graph) <= 12, "{} crossings", crossings(&engine, &graph));
    for &(a, b) in &graph.links {
        let length = distance(at(&engine, a), at(&engine, b));
        assert!((60.0..320.0).contains(&length), "link {a}-{b} is {length} long");
    }
    for host in 1..=8 {
        for other in 1..host {
            let apart = distance(at(&engine, host), at(&engine, other));
            assert!(apart > 80.0, "hosts {host} and {other}, hubs both, are {apart} apart");
        }
    }
}

#[test]
fn leaves_fan_out_evenly() {
    let graph = star(12);
    let mut engine = graph.engine(Kind::Force);
    settle(&mut engine);

    let hub = at(&engine, 0);
    let mut angles: Vec<f32> = (1..=12).map(|leaf| at(&engine, leaf)).map(|p| (p.y - hub.y).atan2(p.x - hub.x)).collect();
    angles.sort_by(f32::total_cmp);
    for pair in angles.windows(2) {
        let degrees = (pair[1] - pair[0]).to_degrees();
        assert!((24.0..36.0).contains(&degrees), "twelve leaves are {degrees} degrees apart");
    }
}

#[test]
fn large_stars_stay_finite_and_compact() {
    for (leaves, reach) in [(500, 700.0), (10_000, 3_000.0)] {
        let graph = star(leaves);
        let mut engine = graph.engine(Kind::Force);
        for _ in 0..320 {
            engine.tick();
        }
        let hub = at(&engine, 0);
        for leaf in 1..=leaves {
            let length = distance(hub, at(&engine, leaf));
            assert!((40.0..reach).contains(&length), "leaf {leaf} of {leaves} is {length} away");
        }
        if leaves == 500 {
            assert!(engine.settled());
            assert!(closest(&engine, &graph) > 0.0, "circles overlap by {}", -closest(&engine, &graph));
        }
    }
}

#[test]
fn a_first_link_is_as_long_as_it_wants() {
    let mut engine = star(1).engine(Kind::Force);
    settle(&mut engine);
    let length = distance(at(&engine, 0), at(&engine, 1));
    assert!((80.0..110.0).contains(&length), "{length}");
}

#[test]
fn a_new_leaf_starts_beside_its_neighbour_and_hardly_moves_the_rest() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let before = engine.positions().clone();

    engine.apply([Change::AddNode { id: 100, radius: 6.0, at: None }, Change::AddLink { a: 100, b: 3, weight: 1.0 }]);
    let start = at(&engine, 100);
    assert!((60.0..200.0).contains(&distance(start, at(&engine, 3))), "it starts beside its neighbour");
    assert!(before.iter().all(|(id, p)| at(&engine, id) == p), "nothing jumps");
    settle(&mut engine);

    for (id, p) in before.iter().filter(|(_, p)| distance(*p, start) > 250.0) {
        let moved = distance(at(&engine, id), p);
        assert!(moved < 12.0, "far node {id} moved by {moved}");
    }
}

#[test]
fn two_components_lie_near_each_other_without_mixing() {
    let star_at = |hub: NodeId| {
        let leaves = hub + 1..hub + 9;
        let nodes = (hub..hub + 9).map(|id| Change::AddNode { id, radius: 6.0, at: None });
        nodes.chain(leaves.map(move |leaf| Change::AddLink { a: hub, b: leaf, weight: 1.0 }))
    };
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(star_at(0).chain(star_at(100)));
    settle(&mut engine);

    let apart = distance(at(&engine, 0), at(&engine, 100));
    assert!((150.0..300.0).contains(&apart), "the hubs are {apart} apart");
    for leaf in 1..9 {
        assert!(distance(at(&engine, leaf), at(&engine, 0)) < distance(at(&engine, leaf), at(&engine, 100)));
        assert!(distance(at(&engine, leaf), at(&engine, 0)) < 130.0);
    }
}

#[test]
fn isolated_nodes_spread_around_the_centre() {
    let graph = Graph { nodes: (0..40).map(|id| (id, 8.0)).collect(), links: Vec::new() };
    let mut engine = graph.engine(Kind::Force);
    settle(&mut engine);
    assert!(closest(&engine, &graph) > 30.0);
    assert!(graph.nodes.iter().all(|(id, _)| distance(at(&engine, *id), Point::default()) < 350.0));
}

#[test]
fn nodes_in_one_place_come_apart() {
    let here = Point { x: 10.0, y: 20.0 };
    for count in [2, 30, 1_000] {
        let graph = Graph { nodes: (0..count).map(|id| (id, 5.0)).collect(), links: vec![(0, 1)] };
        let mut engine = graph.engine(Kind::Force);
        engine.apply((0..count).map(|id| Change::Pin { id, at: here }));
        settle(&mut engine);
        assert!(engine.positions().points().iter().all(|p| *p == here), "they are pinned");
        engine.apply((0..count).map(Change::Unpin));
        settle(&mut engine);
        assert!(closest(&engine, &graph) > 0.0, "{count} nodes: {}", closest(&engine, &graph));
    }
}

#[test]
fn a_dragged_node_stays_under_the_pointer_and_its_neighbours_follow_smoothly() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let start = at(&engine, 4);
    let leaves: Vec<NodeId> = home().links.iter().filter(|link| link.0 == 4).map(|link| link.1).collect();

    for step in 1..=120 {
        let to = Point { x: start.x + 5.0 * step as f32, y: start.y };
        engine.apply([Change::Pin { id: 4, at: to }]);
        let before = engine.positions().clone();
        engine.tick();
        assert_eq!(at(&engine, 4), to);
        for (id, p) in before.iter() {
            assert!(distance(at(&engine, id), p) < 25.0, "node {id} jumps");
        }
    }
    settle(&mut engine);
    for leaf in leaves {
        let apart = distance(at(&engine, leaf), at(&engine, 4));
        assert!(apart < 330.0, "leaf {leaf} stayed {apart} behind");
    }

    engine.apply([Change::Unpin(4)]);
    settle(&mut engine);
    let back = distance(at(&engine, 4), at(&engine, ROUTER));
    // Hubs push in proportion to their links, so that this one lies farther out than a leaf would.
    assert!(back < 400.0, "let go, it returns to within {back} of the router");
}

#[test]
fn what_is_at_rest_stays_at_rest() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let rest = engine.positions().clone();
    for _ in 0..100 {
        assert!(!engine.tick());
    }
    assert_eq!(*engine.positions(), rest);
    assert!(engine.settled());
}

#[test]
fn the_first_picture_is_nearly_at_rest() {
    let mut engine = home().engine(Kind::Force);
    let first = engine.positions().clone();
    settle(&mut engine);
    for (id, p) in first.iter() {
        let moved = distance(at(&engine, id), p);
        assert!(moved < 40.0, "node {id} moved by {moved}");
    }
}

#[test]
fn it_comes_to_rest_without_trembling() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    engine.apply([Change::AddLink { a: 10, b: 20, weight: 1.0 }]);

    let mut last_steps = vec![Point::default(); engine.positions().len()];
    let mut turned_back = 0;
    let mut moving = true;
    while moving {
        let before = engine.positions().clone();
        moving = engine.tick();
        let ways = before.points().iter().zip(engine.positions().points());
        let steps: Vec<Point> = ways.map(|(p, q)| Point { x: q.x - p.x, y: q.y - p.y }).collect();
        let visible = |step: &Point| step.x.hypot(step.y) > 0.2;
        let back = |(a, b): &(&Point, &Point)| a.x * b.x + a.y * b.y < 0.0 && visible(a);
        turned_back += steps.iter().zip(&last_steps).filter(back).count();
        last_steps = steps;
        assert!(moving || !last_steps.iter().any(visible), "stops in full motion");
    }
    assert!(turned_back <= 20, "{turned_back} visible steps went back where the one before came from");
}

#[test]
fn coming_and_going_does_not_make_the_picture_drift() {
    let mut engine = home().engine(Kind::Force);
    settle(&mut engine);
    let before = engine.positions().clone();
    for round in 0..200 {
        let id = 1_000 + round;
        engine.apply([Change::AddNode { id, radius: 6.0, at: None }, Change::AddLink { a: id, b: 2, weight: 1.0 }]);
        for _ in 0..5 {
            engine.tick();
        }
        engine.apply([Change::RemoveNode(id)]);
    }
    settle(&mut engine);
    let middle = |points: &[Point]| {
        let n = points.len() as f32;
        Point { x: points.iter().map(|p| p.x).sum::<f32>() / n, y: points.iter().map(|p| p.y).sum::<f32>() / n }
    };
    let drift = distance(middle(before.points()), middle(engine.positions().points()));
    assert!(drift < 40.0, "the picture drifted by {drift}");
    assert_eq!(engine.positions().ids(), before.ids());
}

#[test]
fn back_from_the_circle_everything_moves_on_from_where_it_is() {
    let graph = home();
    let mut engine = graph.engine(Kind::Circle);
    settle(&mut engine);
    let circle = engine.positions().clone();
    engine.set_kind(Kind::Force);
    assert_eq!(*engine.positions(), circle);
    engine.tick();
    for (id, p) in circle.iter() {
        assert!(distance(at(&engine, id), p) < 33.0, "node {id} jumps");
    }
    settle(&mut engine);
    assert!(closest(&engine, &graph) > 0.0);
}
