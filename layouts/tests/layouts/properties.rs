//! What holds after any changes in any order.

use std::collections::{BTreeMap, BTreeSet};

use layouts::{Change, Engine, Kind, NodeId, Point};
use proptest::prelude::*;

/// Within so many ticks so few nodes are at rest: all heat is gone after 180, and whoever had to make room in the last of them goes at most
/// once through the plane, an eighth of what is left of the way a tick.
const TICKS_TO_REST: u32 = 310;

/// What a caller may do between two looks.
#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<Change>),
    Tick(u32),
    Kind(Kind),
    Reheat,
}

fn id() -> impl Strategy<Value = NodeId> {
    0..24_u128
}

fn number() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -300.0..300.0f32, 1 => any::<f32>()]
}

fn change() -> impl Strategy<Value = Change> {
    let point = || (number(), number()).prop_map(|(x, y)| Point { x, y });
    prop_oneof![
        8 => (id(), number(), prop::option::weighted(0.2, point())).prop_map(|(id, radius, at)| Change::AddNode { id, radius, at }),
        8 => (id(), id(), number()).prop_map(|(a, b, weight)| Change::AddLink { a, b, weight }),
        2 => (id(), number()).prop_map(|(id, radius)| Change::SetRadius { id, radius }),
        2 => id().prop_map(Change::RemoveNode),
        2 => (id(), id()).prop_map(|(a, b)| Change::RemoveLink { a, b }),
        2 => (id(), point()).prop_map(|(id, at)| Change::Pin { id, at }),
        1 => id().prop_map(Change::Unpin),
        2 => (id(), prop::option::of(0..4u64)).prop_map(|(id, cluster)| Change::SetCluster { id, cluster }),
        2 => (id(), 0..4u16).prop_map(|(id, layer)| Change::SetLayer { id, layer }),
        1 => Just(Change::Clear),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(change(), 0..30).prop_map(Step::Apply),
        4 => (0..40u32).prop_map(Step::Tick),
        1 => prop_oneof![Just(Kind::Force), Just(Kind::Circle), Just(Kind::Layers), Just(Kind::Grouped)].prop_map(Step::Kind),
        1 => Just(Step::Reheat),
    ]
}

/// Which nodes there are and where the pinned ones belong, by the words of the documentation.
#[derive(Default)]
struct Expected {
    nodes: BTreeSet<NodeId>,
    pins: BTreeMap<NodeId, Point>,
}

impl Expected {
    fn apply(&mut self, change: &Change) {
        match *change {
            Change::AddNode { id, .. } => {
                self.nodes.insert(id);
            }
            Change::RemoveNode(id) => {
                self.nodes.remove(&id);
                self.pins.remove(&id);
            }
            Change::Pin { id, at } if self.nodes.contains(&id) => {
                let inside = |c: f32| {
                    if c.is_nan() { 0.0 } else { c.clamp(-65_536.0, 65_536.0) }
                };
                self.pins.insert(id, Point { x: inside(at.x), y: inside(at.y) });
            }
            Change::Unpin(id) => {
                self.pins.remove(&id);
            }
            Change::Clear => *self = Self::default(),
            _ => {}
        }
    }
}

fn take(engine: &mut Engine, step: &Step) {
    match step {
        Step::Apply(changes) => engine.apply(changes.iter().copied()),
        Step::Tick(ticks) => (0..*ticks).for_each(|_| {
            engine.tick();
        }),
        Step::Kind(kind) => engine.set_kind(*kind),
        Step::Reheat => engine.reheat(),
    }
}

#[test]
fn who_has_to_make_room_late_is_at_rest_after_all_heat_is_gone() {
    let node = |id, radius| Change::AddNode { id, radius, at: None };
    let link = |a, b, weight| Change::AddLink { a, b, weight };
    let pin = |id, x, y| Change::Pin { id, at: Point { x, y } };
    let mut engine = Engine::new(Kind::Force, 17_977_193_442_706_437_228);
    let large = [7, 15, 6, 18].map(|id| node(id, 64.0));
    engine.apply([node(3, 1.0), node(9, 1.0)].into_iter().chain(large).chain([link(6, 18, 4.0)]));
    engine.set_kind(Kind::Grouped);
    let large = [2, 13, 9, 1].map(|id| node(id, 64.0));
    engine.apply([pin(3, 271.89, 0.0), node(0, 1.0)].into_iter().chain(large).chain([link(6, 9, 0.25), link(15, 1, 0.25)]));
    take(&mut engine, &Step::Tick(34));
    engine.apply([link(1, 13, 0.25), link(2, 1, 0.25), pin(15, -199.6336, -113.53151)]);
    assert!((0..TICKS_TO_REST).any(|_| !engine.tick()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_changes_leave_a_finite_bounded_picture_that_settles(
        seed in any::<u64>(),
        steps in prop::collection::vec(step(), 1..20),
    ) {
        let mut engine = Engine::new(Kind::Force, seed);
        let mut twin = Engine::new(Kind::Force, seed);
        let mut expected = Expected::default();
        for step in &steps {
            take(&mut engine, step);
            take(&mut twin, step);
            if let Step::Apply(changes) = step {
                changes.iter().for_each(|change| expected.apply(change));
            }
            let positions = engine.positions();
            prop_assert_eq!(positions, twin.positions());
            prop_assert!(positions.ids().iter().eq(expected.nodes.iter()));
            for (id, p) in positions.iter() {
                prop_assert!(p.x.abs() <= 65_536.0 && p.y.abs() <= 65_536.0, "{} is at {:?}", id, p);
                prop_assert!(expected.pins.get(&id).is_none_or(|pin| *pin == p), "{} left its pin", id);
            }
            prop_assert!(engine.pinned().eq(expected.pins.keys().copied()));
        }
        prop_assert!((0..TICKS_TO_REST).any(|_| !engine.tick()), "still moves after {} ticks", TICKS_TO_REST);
        let rest = engine.positions().clone();
        prop_assert!(!engine.tick());
        prop_assert_eq!(engine.positions(), &rest);
    }
}
