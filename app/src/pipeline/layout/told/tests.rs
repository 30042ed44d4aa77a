//! Whatever happens in whatever order, the engine was told the graph that is there.

use std::collections::BTreeMap;

use graph::{
    Attribute, Attribution, Cast, ConnId, EndReason, Endpoint, Event, Exit, Folding, Kind, Limits, OriginId, ProcessId, Proto, Side, Time,
    Total, Tuple,
};
use proptest::prelude::*;

use super::super::super::new_model;
use super::*;

/// What an engine knows that took all changes so far: of each node its radius, group and layer, and what is linked.
#[derive(Debug, Default, PartialEq)]
struct Engine {
    nodes: BTreeMap<NodeId, (f32, Option<u64>, u16)>,
    links: BTreeMap<Ends, f32>,
}

impl Engine {
    fn take(&mut self, changes: Vec<Change>) {
        let Engine { nodes, links } = self;
        for change in changes {
            match change {
                Change::AddNode { id, radius, .. } => assert!(nodes.insert(id, (radius, None, 0)).is_none(), "it is new"),
                Change::SetRadius { id, radius } => nodes.get_mut(&id).unwrap().0 = radius,
                Change::SetCluster { id, cluster } => nodes.get_mut(&id).unwrap().1 = cluster,
                Change::SetLayer { id, layer } => nodes.get_mut(&id).unwrap().2 = layer,
                Change::RemoveNode(id) => {
                    nodes.remove(&id);
                    links.retain(|(a, b), _| *a != id && *b != id);
                }
                Change::AddLink { a, b, weight } => {
                    assert!(nodes.contains_key(&a) && nodes.contains_key(&b), "both ends are there");
                    links.insert((a.min(b), a.max(b)), weight);
                }
                Change::RemoveLink { a, b } => drop(links.remove(&(a.min(b), a.max(b)))),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Talk(u8, u8, u16, u64),
    Close(u8, u8, u16),
    Own(u8, u8, u16, bool, u32),
    Fork(u32, u32),
    Exit(u32),
    Pass(u64),
    Cast(bool),
    Group(Vec<Attribute>, bool),
    /// A group is toggled, or a node hidden.
    Toggle(usize),
    Hide(usize),
    Budget(usize),
    Draw,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // So few that what happens mostly happens to what is there.
    let (host, port, pid) = (|| 0..6_u8, || 1..3_u16, || 1..5_u32);
    let attributes = proptest::sample::subsequence(Attribute::ALL.to_vec(), 0..=2);
    let step = prop_oneof![
        4 => (host(), host(), port(), 0..5_000_000_u64).prop_map(|(a, b, p, n)| Step::Talk(a, b, p, n)),
        1 => (host(), host(), port()).prop_map(|(a, b, p)| Step::Close(a, b, p)),
        1 => (host(), host(), port(), any::<bool>(), pid()).prop_map(|(a, b, p, side, pid)| Step::Own(a, b, p, side, pid)),
        1 => (pid(), pid()).prop_map(|(a, b)| Step::Fork(a, b)),
        1 => pid().prop_map(Step::Exit),
        1 => (0..20_u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Cast),
        1 => (attributes, any::<bool>()).prop_map(|(levels, open)| Step::Group(levels, open)),
        2 => (0..5_usize).prop_map(Step::Toggle),
        1 => (0..9_usize).prop_map(Step::Hide),
        1 => (1..9_usize).prop_map(Step::Budget),
        3 => Just(Step::Draw),
    ];
    proptest::collection::vec(step, 1..80)
}

fn tuple(a: u8, b: u8, port: u16) -> Tuple {
    let end = |n, port| Endpoint { addr: [10, 0, 0, n].into(), port };
    Tuple::new(Proto::TCP, end(a, 50_000 + port), end(b, port)).0
}

fn kind(step: &Step, at: Time) -> Option<Kind> {
    let process = |pid| ProcessId { pid, start_ns: u64::from(pid) };
    Some(match *step {
        Step::Talk(a, b, port, bytes) => {
            let mut total = Total::default();
            total.0.ab.bytes = bytes;
            total.0.ab.ip_bytes = bytes;
            Kind::Data { tuple: tuple(a, b, port), conn: ConnId(1), total, last: at }
        }
        Step::Close(a, b, port) => {
            Kind::Close { tuple: tuple(a, b, port), conn: ConnId(1), reason: EndReason::Fin, total: Total::default(), last: at }
        }
        Step::Own(a, b, port, at_a, pid) => {
            let side = if at_a { Side::A } else { Side::B };
            Kind::Owner { tuple: tuple(a, b, port), conn: ConnId(1), side, process: process(pid), how: Attribution::Exact }
        }
        Step::Fork(parent, child) => Kind::Fork { parent: process(parent), child: process(child) },
        Step::Exit(pid) => Kind::Exit { process: process(pid), exit: Exit::Code(0) },
        _ => return None,
    })
}

proptest! {
    #[test]
    fn the_engine_knows_the_graph_that_is_drawn(steps in steps()) {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let (mut told, mut engine) = (Told::default(), Engine::default());
        let (mut now, mut cast): (u64, Option<Arc<Cast>>) = (1, None);
        let mut folding = Folding::default();
        for step in steps.iter().chain([&Step::Draw]) {
            match step {
                Step::Pass(secs) => {
                    now += secs;
                    model.advance(Time::from_secs(now), &mut ());
                }
                Step::Cast(on) => cast = on.then(|| Arc::new(model.cast(None, &Cast::default()))),
                Step::Group(levels, open) => folding = Folding { levels: levels.clone(), open: *open, ..Folding::default() },
                Step::Toggle(nth) => folding.toggled.extend(told.drawn.groups.keys().nth(*nth)),
                Step::Hide(nth) => folding.hidden.extend(told.drawn.nodes.get(*nth).map(|node| node.id)),
                Step::Budget(budget) => folding.budget = *budget,
                Step::Draw => {
                    let drawn = Arc::new(model.draw(&folding, cast.clone()));
                    engine.take(told.news(drawn, |_| None, |_| None));
                }
                step => {
                    let at = Time::from_secs(now);
                    let kind = kind(step, at).unwrap();
                    model.apply(at, &Event { at, origin: OriginId(0), kind }, &mut ());
                }
            }
        }
        let mut anew = Engine::default();
        anew.take(Told::default().news(told.drawn.clone(), |_| None, |_| None));
        prop_assert_eq!(&engine.nodes, &anew.nodes);
        // A link is as strong as the strongest that ever ran there.
        prop_assert!(engine.links.keys().eq(anew.links.keys()));
        prop_assert!(engine.links.iter().all(|(ends, weight)| *weight >= anew.links[ends]));
        let drawn: Vec<NodeId> = told.drawn.nodes.iter().map(|node| node.id.number()).collect();
        prop_assert_eq!(drawn.len(), engine.nodes.len());
        prop_assert!(drawn.iter().all(|id| engine.nodes.contains_key(id)));
    }
}
