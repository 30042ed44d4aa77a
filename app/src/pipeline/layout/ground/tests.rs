//! Whatever happens in whatever order, the engine was told the graph that is there.

use graph::{
    Attribution, ConnId, EndReason, Endpoint, Event, Exit, Kind, Limits, Model, OriginId, ProcessId, ProcessKey, Proto, Side, Time, Total,
    Tuple,
};
use proptest::prelude::*;

use super::super::super::new_model;
use super::*;

/// What an engine knows that took all changes so far.
#[derive(Default)]
struct Engine(Told);

impl Engine {
    fn take(&mut self, changes: Vec<Change>) {
        let Told { nodes, lines } = &mut self.0;
        for change in changes {
            match change {
                Change::AddNode { id, radius, .. } | Change::SetRadius { id, radius } => drop(nodes.insert(id, radius)),
                Change::RemoveNode(id) => {
                    nodes.remove(&id);
                    lines.retain(|(a, b), _| *a != id && *b != id);
                }
                Change::AddLink { a, b, weight } => {
                    assert!(nodes.contains_key(&a) && nodes.contains_key(&b), "both ends are there");
                    lines.insert((a.min(b), a.max(b)), weight);
                }
                Change::RemoveLink { a, b } => drop(lines.remove(&(a.min(b), a.max(b)))),
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
    Delta,
    Snapshot,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // So few that what happens mostly happens to what is there.
    let (host, port, pid) = (|| 0..3_u8, || 1..3_u16, || 1..5_u32);
    let step = prop_oneof![
        (host(), host(), port(), 0..5_000_000_u64).prop_map(|(a, b, p, n)| Step::Talk(a, b, p, n)),
        (host(), host(), port()).prop_map(|(a, b, p)| Step::Close(a, b, p)),
        (host(), host(), port(), any::<bool>(), pid()).prop_map(|(a, b, p, side, pid)| Step::Own(a, b, p, side, pid)),
        (pid(), pid()).prop_map(|(a, b)| Step::Fork(a, b)),
        pid().prop_map(Step::Exit),
        (0..20_u64).prop_map(Step::Pass),
        any::<bool>().prop_map(Step::Cast),
        Just(Step::Delta),
        Just(Step::Snapshot),
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
        Step::Pass(_) | Step::Cast(_) | Step::Delta | Step::Snapshot => return None,
    })
}

/// The graph of a model, as it would be told to an engine that knows nothing.
fn anew(model: &Model, cast: Option<&Cast>) -> Told {
    let mut ground = Ground::default();
    ground.take_in(Update::Snapshot(Box::new(model.snapshot())), &mut Vec::new());
    cast.map_or_else(|| ground.of_hosts(), |cast| ground.mixed(cast))
}

proptest! {
    #[test]
    fn the_engine_knows_the_graph_that_is_there(steps in steps()) {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let (mut ground, mut engine) = (Ground::default(), Engine::default());
        let (mut now, mut cast): (u64, Option<Arc<Cast>>) = (1, None);
        for step in steps.iter().chain([&Step::Delta]) {
            let mut changes = Vec::new();
            match step {
                Step::Pass(secs) => {
                    now += secs;
                    model.advance(Time::from_secs(now), &mut ());
                }
                Step::Cast(on) => {
                    cast = on.then(|| Arc::new(model.cast(None, &Cast::default())));
                    ground.set_cast(cast.clone(), &mut changes);
                }
                Step::Delta => ground.take_in(Update::Delta(Box::new(model.delta())), &mut changes),
                Step::Snapshot => {
                    model.delta();
                    ground.take_in(Update::Snapshot(Box::new(model.snapshot())), &mut changes);
                }
                told => {
                    let event = Event { at: Time::from_secs(now), origin: OriginId(0), kind: kind(told, Time::from_secs(now)).unwrap() };
                    model.apply(event.at, &event, &mut ());
                }
            }
            engine.take(changes);
        }
        let there = anew(&model, cast.as_deref());
        prop_assert_eq!(engine.0.nodes, there.nodes);
        prop_assert_eq!(engine.0.lines, there.lines);
    }
}

#[test]
fn a_process_stands_between_its_host_and_what_it_comes_from() {
    let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
    for step in [Step::Fork(1, 2), Step::Talk(1, 2, 3, 9), Step::Own(1, 2, 3, true, 2), Step::Own(1, 2, 3, false, 2)] {
        model.apply(Time::from_secs(1), &Event { at: Time::ZERO, origin: OriginId(0), kind: kind(&step, Time::ZERO).unwrap() }, &mut ());
    }
    let flow = model.flows().next().unwrap();
    let key =
        |pid| Node::Process(ProcessKey { realm: crate::pipeline::REALMS.local, process: ProcessId { pid, start_ns: u64::from(pid) } });
    assert_eq!(flow.owners.at(Side::A).map(|owner| Node::Process(owner.process)), Some(key(2)));
    let told = anew(&model, Some(&model.cast(None, &Cast::default())));
    assert_eq!(
        told.nodes.keys().copied().collect::<Vec<_>>(),
        [key(1).number(), key(2).number()],
        "it talks to itself, and no host is left"
    );
    assert_eq!(told.lines.keys().copied().collect::<Vec<_>>(), [(key(1).number(), key(2).number())]);
    assert_eq!(anew(&model, None).nodes.len(), 2);
}

#[test]
fn a_flow_that_ended_draws_nothing_together_any_more() {
    let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
    let mut ground = Ground::default();
    let told = |ground: &Ground| ground.mixed.as_ref().map_or(0, |(_, told)| told.lines.len());
    for step in [Step::Fork(1, 2), Step::Talk(1, 2, 3, 9), Step::Own(1, 2, 3, true, 2), Step::Talk(1, 2, 4, 9)] {
        model.apply(Time::from_secs(1), &Event { at: Time::ZERO, origin: OriginId(0), kind: kind(&step, Time::ZERO).unwrap() }, &mut ());
    }
    ground.take_in(Update::Delta(Box::new(model.delta())), &mut Vec::new());
    ground.set_cast(Some(Arc::new(model.cast(None, &Cast::default()))), &mut Vec::new());
    assert_eq!(told(&ground), 3, "the fork, the share, and what is nobody's");
    let close = kind(&Step::Close(1, 2, 3), Time::from_secs(2)).unwrap();
    model.apply(Time::from_secs(2), &Event { at: Time::ZERO, origin: OriginId(0), kind: close }, &mut ());
    model.advance(Time::from_secs(10), &mut ());
    ground.take_in(Update::Delta(Box::new(model.delta())), &mut Vec::new());
    assert_eq!(told(&ground), 2);
}

#[test]
fn of_all_that_runs_between_two_nodes_the_strongest_counts() {
    let mut told = Told::default();
    let nodes = [1, 2].map(|pid| Node::Process(ProcessKey { process: ProcessId { pid, start_ns: 1 }, ..ProcessKey::default() }));
    let [one, two] = nodes;
    for (ends, weight) in [([one, two], 1.0), ([two, one], 1.5), ([one, two], 1.25), ([one, one], 3.0)] {
        told.line(ends, weight);
    }
    assert_eq!(told.lines.into_values().collect::<Vec<_>>(), [1.5]);
}

#[test]
fn steps_are_coarse() {
    assert_eq!(steps_of(0), 0.0);
    assert_eq!(steps_of(4_096), 1.0);
    assert_eq!(steps_of(60_000), 1.0);
    assert_eq!(steps_of(u64::MAX), 4.0);
}

fn steps_of(n: u64) -> f32 {
    super::steps(n, 4_096, 16, 4)
}
