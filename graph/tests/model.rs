//! The model from outside: what any sequence of events must keep true.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use graph::{
    Answer, Attribution, Basis, Both, ConnId, Counts, EndReason, Endpoint, Event, Exit, Flow, History, Hop, Host, HostKey, Image,
    Initiator, Kind, Ledger, Limits, Model, NameOrigin, Origin, OriginId, ProcessId, Proto, Realm, Realms, RegistryBuilder, Side, Sink,
    Slice, Snapshot, State, Subject, Time, Total, Trace, Tuple, Unread,
};
use proptest::prelude::*;

fn model(limits: Limits, origins: u32) -> Model {
    let mut model = Model::new(RegistryBuilder::default().freeze(), limits);
    for n in 0..origins {
        let realms = Realms { local: Realm(10 + n), site: Realm(1) };
        model.add_origin(Origin { name: format!("origin {n}"), realms }).unwrap();
    }
    model
}

fn addr(n: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, n).into()
}

fn tuple(a: u8, b: u8, port: u16) -> Tuple {
    Tuple::new(Proto::TCP, Endpoint { addr: addr(a), port: 40_000 + port }, Endpoint { addr: addr(b), port: 80 }).0
}

fn total(packets: u64) -> Total {
    let counts = Counts { packets, bytes: packets * 100, ip_bytes: packets * 86 };
    Total(Both { ab: counts, ba: Counts { packets: packets / 2, bytes: packets * 30, ip_bytes: packets * 16 } })
}

fn event(at: u64, origin: u16, kind: Kind) -> Event {
    Event { at: Time(at), origin: OriginId(origin), kind }
}

fn data(at: u64, origin: u16, tuple: Tuple, conn: u32, packets: u64) -> Event {
    event(at, origin, Kind::Data { tuple, conn: ConnId(conn), total: total(packets), last: Time(at) })
}

fn open(at: u64, origin: u16, tuple: Tuple, conn: u32) -> Event {
    let initiator = Initiator { side: Side::A, basis: Basis::Handshake };
    event(at, origin, Kind::Open { tuple, conn: ConnId(conn), start: Time(at), initiator })
}

fn close(at: u64, tuple: Tuple, conn: u32, packets: u64) -> Event {
    event(at, 0, Kind::Close { tuple, conn: ConnId(conn), reason: EndReason::Fin, total: total(packets), last: Time(at) })
}

/// Keeps all that a model lets go.
#[derive(Default)]
struct Kept {
    slices: Vec<Slice>,
    flows: Vec<Flow>,
    hosts: Vec<Host>,
}

impl Sink for Kept {
    fn slice(&mut self, slice: &Slice) {
        self.slices.push(slice.clone());
    }
    fn flow_ended(&mut self, flow: &Flow, _model: &Model) {
        self.flows.push(flow.clone());
    }
    fn host_gone(&mut self, host: &Host) {
        self.hosts.push(host.clone());
    }
}

const SEC: u64 = 1_000_000;

/// The way from host 1 to another: by a silent one, and by host `via`.
fn trace(at: u64, origin: u16, dst: u8, via: u8) -> Event {
    let answer = Answer { addr: addr(via), rtt: Duration::from_micros(300) };
    let hops = vec![Hop { ttl: 1, answer: None }, Hop { ttl: 2, answer: Some(answer) }];
    event(at, origin, Kind::Trace(Trace { src: addr(1), dst: addr(dst), proto: Proto::ICMP, complete: false, hops }.into()))
}

#[test]
fn a_way_is_the_hosts_until_it_goes_and_makes_nobody_a_host() {
    let mut m = model(Limits::default(), 2);
    let key = HostKey { realm: Realm(1), addr: addr(2) };
    m.apply(Time(SEC), &trace(SEC, 0, 2, 7), &mut ());
    assert_eq!(m.hosts().count(), 0);
    m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, 1), 1, 1), &mut ());
    m.delta();
    let name = Kind::Name { addr: addr(9), origin: NameOrigin::Dns, ttl_secs: 9, name: "router.example".into() };
    m.apply(Time(SEC), &event(SEC, 0, name), &mut ());
    // Another origin's, newer; then one of before, late.
    m.apply(Time(2 * SEC), &trace(2 * SEC, 1, 2, 9), &mut ());
    m.apply(Time(2 * SEC), &trace(SEC, 0, 2, 8), &mut ());
    assert_eq!(m.delta().hosts.len(), 1, "who looks at it is told");
    let route = m.route(&key).unwrap();
    let stops: Vec<_> = route.stops.iter().map(|stop| (stop.name.as_deref(), stop.host)).collect();
    assert_eq!((route.at, stops), (Time(2 * SEC), vec![(None, None), (Some("router.example"), None)]));
    // A hop is a host where it talks.
    m.apply(Time(2 * SEC), &data(2 * SEC, 0, tuple(9, 2, 1), 2, 1), &mut ());
    assert_eq!(m.route(&key).unwrap().stops[1].host, m.hosts().find(|host| host.key.addr == addr(9)).map(|host| host.id));
    for secs in 3..400 {
        m.advance(Time(secs * SEC), &mut ());
    }
    assert_eq!((m.hosts().count(), m.route(&key)), (0, None));
}

#[test]
fn a_way_of_too_many_hops_is_refused_and_counted() {
    let mut m = model(Limits::default(), 1);
    let hops = (0..33).map(|ttl| Hop { ttl, answer: None }).collect();
    let long = Trace { src: addr(1), dst: addr(2), proto: Proto::ICMP, complete: false, hops };
    m.apply(Time(SEC), &event(SEC, 0, Kind::Trace(long.into())), &mut ());
    assert_eq!((m.route(&HostKey { realm: Realm(1), addr: addr(2) }), m.totals().events_refused), (None, 1));
}

#[test]
fn links_and_hosts_sum_their_flows() {
    let mut m = model(Limits::default(), 1);
    for (port, packets) in [(1, 10), (2, 6)] {
        m.apply(Time(SEC), &open(SEC, 0, tuple(1, 2, port), u32::from(port)), &mut ());
        m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, port), u32::from(port), packets), &mut ());
    }
    let s = m.snapshot();
    assert_eq!((s.hosts.len(), s.links.len(), s.totals.flows), (2, 1, 2));
    let link = s.links.values().next().unwrap();
    assert_eq!(link.total.sum().packets, 16 + 8);
    let sent: u64 = s.hosts.values().map(|h| h.sent.packets).sum();
    assert_eq!(sent, 16 + 8);
}

#[test]
fn the_same_packets_seen_twice_count_once() {
    let mut m = model(Limits::default(), 2);
    m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, 1), 7, 10), &mut ());
    m.apply(Time(SEC), &data(SEC, 1, tuple(1, 2, 1), 99, 10), &mut ());
    let s = m.snapshot();
    assert_eq!((s.hosts.len(), s.totals.flows), (2, 1), "private addresses of one site are the same hosts");
    assert_eq!(s.links.values().next().unwrap().total.ab.packets, 10);
}

#[test]
fn two_machines_loopbacks_stay_apart() {
    let mut m = model(Limits::default(), 2);
    let lo = Endpoint { addr: Ipv4Addr::LOCALHOST.into(), port: 80 };
    let (tuple, _) = Tuple::new(Proto::TCP, lo, Endpoint { port: 40_000, ..lo });
    m.apply(Time(SEC), &data(SEC, 0, tuple, 1, 3), &mut ());
    m.apply(Time(SEC), &data(SEC, 1, tuple, 1, 3), &mut ());
    assert_eq!((m.hosts().count(), m.flows().count()), (2, 2));
}

#[test]
fn flows_linger_and_end_hosts_fade_and_go() {
    let limits = Limits::default();
    let mut m = model(limits, 1);
    let mut kept = Kept::default();
    m.apply(Time(SEC), &open(SEC, 0, tuple(1, 2, 1), 1), &mut kept);
    m.apply(Time(2 * SEC), &close(2 * SEC, tuple(1, 2, 1), 1, 4), &mut kept);
    m.advance(Time(3 * SEC), &mut kept);
    assert_eq!(m.flows().next().unwrap().state, State::Closed(EndReason::Fin));
    // A straggler still counts.
    m.apply(Time(3 * SEC), &data(3 * SEC, 0, tuple(1, 2, 1), 1, 5), &mut kept);
    m.advance(Time(3 * SEC).plus(limits.linger + Duration::from_secs(1)), &mut kept);
    assert_eq!(m.flows().count(), 0);
    assert_eq!(kept.flows.len(), 1);
    assert_eq!(kept.flows[0].total(), total(5));
    let idle = Time(3 * SEC).plus(limits.host_idle + Duration::from_secs(1));
    m.advance(idle, &mut kept);
    assert!(m.hosts().all(|h| h.fading.is_some()) && m.hosts().count() == 2);
    m.advance(idle.plus(limits.host_fade), &mut kept);
    assert_eq!((m.hosts().count(), m.snapshot().links.len(), kept.hosts.len()), (0, 0, 2));
}

#[test]
fn an_end_that_counts_nothing_revives_no_flow() {
    let mut model = model(Limits::default(), 1);
    model.apply(Time(1), &close(1, tuple(1, 2, 0), 1, 0), &mut ());
    assert_eq!((model.flows().count(), model.totals().flows_ever), (0, 0));
    model.apply(Time(2), &close(2, tuple(1, 2, 0), 1, 3), &mut ());
    model.apply(Time(3), &open(3, 0, tuple(1, 3, 0), 2), &mut ());
    model.apply(Time(4), &close(4, tuple(1, 3, 0), 2, 0), &mut ());
    assert!(model.flows().count() == 2 && model.flows().all(|flow| flow.state == State::Closed(EndReason::Fin)));
}

#[test]
fn idle_times_differ_by_protocol() {
    let limits = Limits::default();
    let mut m = model(limits, 1);
    let end = |n, port| Endpoint { addr: addr(n), port };
    let udp = Tuple::new(Proto::UDP, end(1, 5000), end(2, 53)).0;
    m.apply(Time(SEC), &data(SEC, 0, udp, 1, 1), &mut ());
    m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, 1), 2, 1), &mut ());
    m.advance(Time(SEC).plus(limits.other_idle + Duration::from_secs(1)), &mut ());
    assert_eq!(m.flows().map(|f| f.key.tuple.proto()).collect::<Vec<_>>(), [Proto::TCP]);
}

#[test]
fn ports_used_again_are_another_flow() {
    let mut m = model(Limits::default(), 1);
    let mut kept = Kept::default();
    let t = tuple(1, 2, 1);
    m.apply(Time(SEC), &open(SEC, 0, t, 1), &mut kept);
    m.apply(Time(2 * SEC), &close(2 * SEC, t, 1, 4), &mut kept);
    m.apply(Time(3 * SEC), &open(3 * SEC, 0, t, 2), &mut kept);
    m.apply(Time(3 * SEC), &data(3 * SEC, 0, t, 2, 1), &mut kept);
    assert_eq!(kept.flows.iter().map(|f| f.total()).collect::<Vec<_>>(), [total(4)]);
    assert_eq!(m.flows().next().unwrap().total(), total(1));
}

#[test]
fn bounds_hold_the_oldest_idle_goes_first_and_is_counted() {
    let mut m = model(Limits { max_flows: 10, max_hosts: 12, ..Limits::default() }, 1);
    let mut kept = Kept::default();
    for n in 0..60_u8 {
        let at = SEC * (1 + u64::from(n));
        m.apply(Time(at), &data(at, 0, tuple(n, 100 + n, 0), u32::from(n), 1), &mut kept);
        assert!(m.flows().count() <= 10);
    }
    assert_eq!(m.totals().flows_evicted, 50);
    assert_eq!(kept.flows.iter().map(|f| f.first.micros() / SEC).collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
    assert!(kept.flows.iter().all(|f| f.state == State::Closed(EndReason::Evicted)));
    assert!(m.hosts().count() <= 22, "hosts with live flows stay, others go: {}", m.hosts().count());
    assert_eq!(m.totals().hosts_evicted as usize, kept.hosts.len());
}

#[test]
fn names_heard_before_the_host_are_its_names() {
    let mut m = model(Limits::default(), 1);
    let name = |name: &str, origin| Kind::Name { addr: addr(2), origin, ttl_secs: 60, name: name.into() };
    m.apply(Time(SEC), &event(SEC, 0, name("router.home", NameOrigin::Dns)), &mut ());
    m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, 1), 1, 1), &mut ());
    let label = |m: &Model| m.hosts().find(|h| h.key.addr == addr(2)).unwrap().label();
    assert_eq!(label(&m), "router.home");
    m.apply(Time(SEC), &event(SEC, 0, name("gateway", NameOrigin::Manual)), &mut ());
    assert_eq!(label(&m), "gateway");
}

#[test]
fn an_unknown_origin_is_refused_and_counted() {
    let mut m = model(Limits::default(), 1);
    m.apply(Time(SEC), &data(SEC, 5, tuple(1, 2, 1), 1, 1), &mut ());
    assert_eq!((m.flows().count(), m.totals().events_refused), (0, 1));
}

#[test]
fn an_origin_may_come_later_and_be_called_something_else() {
    let mut m = model(Limits::default(), 1);
    let tell = |m: &mut Model, name: &str| {
        let origin = Origin { name: name.to_owned(), realms: Realms { local: Realm(77), site: Realm(1) } };
        m.apply(Time(SEC), &event(SEC, 2, Kind::Origin(origin)), &mut ());
    };
    tell(&mut m, "attic");
    m.apply(Time(SEC), &data(SEC, 2, tuple(1, 2, 1), 1, 1), &mut ());
    assert_eq!((m.flows().count(), m.totals().events_refused), (1, 0));
    m.apply(Time(SEC), &event(SEC, 2, Kind::Ledger(Ledger { packets: 9, ..Ledger::default() })), &mut ());
    tell(&mut m, "cellar");
    let origins: Vec<_> = m.totals().origins.iter().map(|(id, name, ledger)| (id.0, name.as_str(), ledger.packets)).collect();
    assert_eq!(origins, [(0, "origin 0", 0), (1, "attic", 0), (2, "cellar", 9)], "the one between is nobody's yet");
    assert_eq!(m.snapshot().totals, *m.totals());
    let elsewhere = [Realm(10), Realm(77), Realm(1), Realm::GLOBAL].map(|realm| m.totals().elsewhere(realm));
    assert_eq!(elsewhere, [None, Some("cellar"), None, None], "this machine, another one, a site, everywhere");
}

#[test]
fn details_name_everybody_who_saw_it_and_whose_an_address_is() {
    let mut m = model(Limits::default(), 3);
    for (origin, packets) in [(0, 10), (1, 30), (2, 20)] {
        m.apply(Time(SEC), &data(SEC, origin, tuple(1, 2, 1), 1, packets), &mut ());
    }
    m.apply(Time(SEC), &data(SEC, 2, tuple(1, 2, 2), 1, 40), &mut ());
    let loopback = |port| Endpoint { addr: Ipv4Addr::LOCALHOST.into(), port };
    let (lo, _) = Tuple::new(Proto::TCP, loopback(40_000), loopback(80));
    m.apply(Time(SEC), &data(SEC, 0, lo, 1, 1), &mut ());
    m.apply(Time(SEC), &data(SEC, 1, lo, 1, 1), &mut ());

    let seen = |subject| -> Vec<(String, u64)> {
        m.details(subject, &History::default()).unwrap().seen_by.into_iter().map(|seen| (seen.name, seen.bytes)).collect()
    };
    let named = |all: &[(&str, u64)]| all.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect::<Vec<_>>();
    let flow = m.flows().find(|flow| flow.seen().count() == 3).unwrap();
    assert_eq!(seen(Subject::Flow(flow.id)), named(&[("origin 1", 3900), ("origin 2", 2600), ("origin 0", 1300)]));
    let both = named(&[("origin 2", 7800), ("origin 1", 3900), ("origin 0", 1300)]);
    assert_eq!(seen(Subject::Link(flow.link)), both);
    let host = m.hosts().find(|host| host.key.addr == addr(1)).unwrap();
    assert_eq!(seen(Subject::Host(host.id)), both);
    assert_eq!((host.observers.most(), m.link(flow.link).unwrap().observers.most()), (Some(OriginId(2)), Some(OriginId(2))));

    let mut elsewhere: Vec<_> = m.hosts().filter(|host| host.key.addr.is_loopback()).map(|host| (host.key.realm, host.id)).collect();
    elsewhere.sort();
    let elsewhere = elsewhere.into_iter().map(|(_, id)| m.details(Subject::Host(id), &History::default()).unwrap().elsewhere);
    assert_eq!(elsewhere.collect::<Vec<_>>(), [None, Some("origin 1".to_owned())]);
}

#[test]
fn a_gap_of_years_is_one_slice_and_ends_what_was() {
    let mut m = model(Limits::default(), 1);
    let mut kept = Kept::default();
    m.apply(Time(SEC), &data(SEC, 0, tuple(1, 2, 1), 1, 1), &mut kept);
    m.advance(Time(u64::MAX), &mut kept);
    assert_eq!((kept.slices.len(), m.flows().count()), (1, 0));
    m.apply(Time(2 * SEC), &data(2 * SEC, 0, tuple(1, 2, 1), 2, 1), &mut kept);
    assert_eq!(m.now(), Time(u64::MAX), "time never goes back");
}

fn small_limits() -> Limits {
    Limits { max_flows: 4, max_hosts: 5, max_processes: 4, max_dead: 2, dead_kept: Duration::from_secs(60), ..Limits::default() }
}

#[derive(Clone, Debug)]
enum Step {
    Open(u8, u8, u16),
    Data(u8, u8, u16, u64),
    Close(u8, u8, u16, u64),
    Name(u8, u8),
    Outer(u8, u8),
    Ledger(u64),
    Fork(u32, u32),
    Exec(u32, u64),
    Exit(u32),
    Owner(u8, u8, u16, u32, Side, Attribution),
    Pass(u64),
    Look,
}

fn steps() -> impl Strategy<Value = Vec<(u16, Step)>> {
    let end = || 0..6_u8;
    let side = prop_oneof![Just(Side::A), Just(Side::B)];
    let how = prop_oneof![Just(Attribution::Listener), Just(Attribution::Port), Just(Attribution::Exact)];
    let step = prop_oneof![
        (end(), end(), 0..3_u16).prop_map(|(a, b, p)| Step::Open(a, b, p)),
        (end(), end(), 0..3_u16, 0..500_u64).prop_map(|(a, b, p, n)| Step::Data(a, b, p, n)),
        (end(), end(), 0..3_u16, 0..500_u64).prop_map(|(a, b, p, n)| Step::Close(a, b, p, n)),
        (end(), 0..9_u8).prop_map(|(a, n)| Step::Name(a, n)),
        (end(), end()).prop_map(|(a, b)| Step::Outer(a, b)),
        (0..9_u64).prop_map(Step::Ledger),
        (1..6_u32, 1..6_u32).prop_map(|(p, c)| Step::Fork(p, c)),
        (1..6_u32, 0..3_u64).prop_map(|(p, start)| Step::Exec(p, start * SEC)),
        (1..6_u32).prop_map(Step::Exit),
        (end(), end(), 0..3_u16, 1..6_u32, side, how).prop_map(|(a, b, p, n, side, how)| Step::Owner(a, b, p, n, side, how)),
        (0..40_000_000_u64).prop_map(Step::Pass),
        Just(Step::Look),
    ];
    prop::collection::vec((0..3_u16, step), 1..120)
}

fn process(pid: u32, start_us: u64) -> ProcessId {
    ProcessId { pid, start_ns: start_us * 1000 }
}

fn kind(step: &Step, now: u64) -> Option<Kind> {
    let at = Time(now);
    Some(match step {
        Step::Open(a, b, p) => open(now, 0, tuple(*a, *b, *p), u32::from(*p)).kind,
        Step::Data(a, b, p, n) => data(now, 0, tuple(*a, *b, *p), u32::from(*p), *n).kind,
        Step::Close(a, b, p, n) => close(now, tuple(*a, *b, *p), u32::from(*p), *n).kind,
        Step::Name(a, n) => Kind::Name { addr: addr(*a), origin: NameOrigin::Dns, ttl_secs: 9, name: format!("h{n}.example").into() },
        Step::Outer(a, b) => Kind::Outer { src: addr(*a), dst: addr(*b), packets: 1, bytes: 70 },
        Step::Ledger(n) => Kind::Ledger(Ledger { packets: *n, bytes: n * 100, last: Some(at), ..Ledger::default() }),
        Step::Fork(parent, child) => Kind::Fork { parent: process(*parent, 0), child: process(*child, now) },
        Step::Exec(pid, start) => {
            let image = Image::named(&format!("p{pid}"), Unread::Untold).into();
            Kind::Exec { process: process(*pid, *start), parent: Some(process(1, 0)), image }
        }
        Step::Exit(pid) => Kind::Exit { process: process(*pid, 0), exit: Exit::Code(0) },
        Step::Owner(a, b, p, pid, side, how) => {
            let (tuple, process) = (tuple(*a, *b, *p), process(*pid, 0));
            Kind::Owner { tuple, conn: ConnId(0), side: *side, process, how: *how }
        }
        Step::Pass(_) | Step::Look => return None,
    })
}

proptest! {
    /// A viewer that starts from a snapshot and applies deltas equals one that was there from the start, whenever either looks.
    #[test]
    fn viewers_agree(steps in steps(), joins in 0..120_usize, small in any::<bool>()) {
        let limits = if small { small_limits() } else { Limits::default() };
        let mut m = model(limits, 3);
        let mut first = m.snapshot();
        let mut waiting: Option<graph::Delta> = None;
        let mut late: Option<Snapshot> = None;
        let mut now = SEC;
        for (i, (origin, step)) in steps.iter().enumerate() {
            if i == joins {
                // Whoever joins late starts where everybody else is by now.
                if let Some(w) = waiting.take() { first.apply(w); }
                first.apply(m.delta());
                late = Some(m.snapshot());
            }
            match step {
                Step::Pass(by) => { now += by; m.advance(Time(now), &mut ()); }
                Step::Look => {
                    let delta = m.delta();
                    if let Some(late) = &mut late { late.apply(delta.clone()); }
                    // The first viewer looks seldom: its deltas are merged.
                    match &mut waiting { Some(w) => w.merge(delta), None => waiting = Some(delta) }
                }
                _ => m.apply(Time(now), &event(now, *origin, kind(step, now).unwrap()), &mut ()),
            }
        }
        if let Some(w) = waiting.take() { first.apply(w); }
        let delta = m.delta();
        if let Some(mut late) = late {
            late.apply(delta.clone());
            prop_assert_eq!(&late, &m.snapshot());
        }
        first.apply(delta);
        prop_assert_eq!(&first, &m.snapshot());
    }

    /// Whatever happens, the bounds hold, the graph has no dangling link, and every flow that lived is handed out exactly once.
    #[test]
    fn nothing_is_lost_and_nothing_dangles(steps in steps()) {
        let mut m = model(small_limits(), 3);
        let mut kept = Kept::default();
        let mut now = SEC;
        for (origin, step) in &steps {
            if let Step::Pass(by) = step { now += by; m.advance(Time(now), &mut kept); }
            if let Some(kind) = kind(step, now) { m.apply(Time(now), &event(now, *origin, kind), &mut kept); }
            let s = m.snapshot();
            prop_assert!(m.flows().count() <= 4);
            prop_assert!(s.links.values().all(|l| s.hosts.contains_key(&l.a) && s.hosts.contains_key(&l.b)));
            prop_assert_eq!(s.links.values().map(|l| l.flows as usize).sum::<usize>(), m.flows().count());
            prop_assert_eq!(s.totals.flows as usize, m.flows().count());
            prop_assert!(s.processes.len() <= 4);
            for process in s.processes.values() {
                let ends = m.flows().flat_map(|f| [Side::A, Side::B].map(|side| m.owners(f).at(side)));
                let owned = ends.flatten().filter(|owner| owner.process == process.key).count();
                prop_assert_eq!(process.flows as usize, owned, "{:?}", process);
            }
            prop_assert!(m.flows().all(|f| f.share.is_some() == [Side::A, Side::B].iter().any(|side| m.owners(f).at(*side).is_some())));
            for share in s.shares.values() {
                let of = |flow: &&Flow| [Side::A, Side::B].map(|side| m.owners(flow).at(side).map(|owner| owner.process)) == share.owners;
                let flows: Vec<&Flow> = m.flows().filter(|flow| flow.link == share.link).filter(of).collect();
                prop_assert!(!flows.is_empty() && flows.len() == share.flows as usize, "{:?}", share);
                prop_assert!(flows.iter().all(|flow| flow.share == Some(share.id)));
                let moved: u64 = flows.iter().map(|flow| flow.total().0.sum().packets).sum();
                prop_assert!(share.total.sum().packets >= moved, "what ended was moved too");
                let link = &s.links[&share.link];
                prop_assert_eq!(share.hosts, [link.a, link.b]);
                prop_assert!(link.total.sum().packets >= share.total.sum().packets);
                prop_assert!(share.owners.iter().flatten().all(|key| s.processes.contains_key(key)));
            }
            for host in s.hosts.values() {
                let flows = m.flows().filter(|f| f.src().addr == host.key.addr || f.dst().addr == host.key.addr).count();
                prop_assert_eq!(host.flows as usize, flows);
            }
        }
        m.finish(&mut kept);
        prop_assert_eq!(m.flows().count(), 0);
        prop_assert_eq!(kept.flows.len() as u64, m.totals().flows_ever);
        // What the slices moved is what the flows counted.
        let moved: u64 = kept.slices.iter().flat_map(|s| &s.rows).map(|r| r.moved.0.sum().packets).sum();
        let counted: u64 = kept.flows.iter().map(|f| f.total().0.sum().packets).sum();
        prop_assert_eq!(moved, counted);
    }
}
