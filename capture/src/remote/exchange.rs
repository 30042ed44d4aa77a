//! A probe and a listener with a bad line between them, in a time of their own.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use fastrand::Rng;
use graph::{
    Attribution, Basis, Both, Change, Confidence, ConnId, Counts, EndReason, Endpoint, Event, Exit, Image, Initiator, Kind, Ledger, Limits,
    Model, NameOrigin, Origin, OriginId, Place, ProcessId, ProcessKey, Proto, Realm, Realms, Registry, RegistryBuilder, Side, State, Tag,
    Time, Total, Tuple, Unread, Value,
};
use wire::glouglou::ResyncReq;

use super::*;
use crate::Columns;

const START: Time = Time(1_700_000_000_000_000);
const STEP: Duration = Duration::from_millis(10);
const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };
const INIT: ProcessId = ProcessId { pid: 1, start_ns: 10_000_000 };
const THERE: OriginId = OriginId(0);

fn registry() -> (Registry, Columns) {
    let mut builder = RegistryBuilder::default();
    let columns = Columns::register(&mut builder).unwrap();
    (builder.freeze(), columns)
}

/// What happens on a probe's machine.
struct World {
    rng: Rng,
    columns: Columns,
    last_conn: u32,
    conns: Vec<(Tuple, ConnId, Total)>,
    /// What ended last of each pair of ends: another connection between them begins later.
    ended: BTreeMap<Tuple, Time>,
    /// And which process took in each.
    processes: Vec<(ProcessId, ProcessId, Image)>,
    last_pid: u32,
    ledger: Ledger,
}

impl World {
    fn new(seed: u64, columns: Columns) -> World {
        let processes = vec![(INIT, INIT, Image::named("init", Unread::Denied))];
        let (rng, ended, ledger) = (Rng::with_seed(seed), BTreeMap::new(), Ledger::default());
        World { rng, columns, last_conn: 0, conns: vec![], ended, processes, last_pid: 1, ledger }
    }

    /// What sources say that see this machine for the first time.
    fn again(&mut self, at: Time) -> Vec<Kind> {
        let mut told = vec![Kind::Booted { at: START }, Kind::User { user: 1000, name: "bob".into() }];
        for (process, parent, image) in &self.processes {
            let parent = (process != parent).then_some(*parent);
            told.push(Kind::Exec { process: *process, parent, image: image.clone().into() });
        }
        for (tuple, conn, total) in &mut self.conns {
            self.last_conn += 1;
            (*conn, *total) = (ConnId(self.last_conn), Total::default());
            let initiator = Initiator { side: Side::B, basis: Basis::FirstSeen };
            told.push(Kind::Open { tuple: *tuple, conn: *conn, start: at, initiator });
        }
        told
    }

    fn happens(&mut self, at: Time) -> Vec<Kind> {
        self.ledger.packets += 1;
        match self.rng.u8(0..16) {
            0 | 1 => self.open(at),
            2 if self.conns.len() > 30 => {
                let (tuple, conn, total) = self.conns.swap_remove(self.rng.usize(..self.conns.len()));
                self.ended.insert(tuple, at);
                let mut told = vec![Kind::Close { tuple, conn, reason: EndReason::Fin, total, last: at }];
                if self.rng.u8(0..4) == 0 {
                    // A packet that comes late.
                    told.push(Kind::Data { tuple, conn, total: more(total, 40), last: at });
                }
                told
            }
            3 => {
                let addr = Ipv4Addr::from_bits(0xC000_0200 + self.rng.u32(..40)).into();
                vec![Kind::Name { addr, origin: NameOrigin::Sni, ttl_secs: 60, name: format!("{addr}.example").into() }]
            }
            4 => self.fork(),
            5 if self.processes.len() > 20 => self.exit(),
            6 => {
                let at = self.rng.usize(..self.processes.len());
                let (process, _, image) = &mut self.processes[at];
                image.comm = format!("n{}", self.rng.u8(..)).into();
                vec![Kind::Change { process: *process, change: Change::Name(image.comm.clone()) }]
            }
            7 if self.rng.bool() => {
                let mut addr = || Ipv4Addr::from_bits(0xC000_0200 + self.rng.u32(..40)).into();
                let (src, dst) = (addr(), addr());
                let answer = Some(graph::Answer { addr: addr(), rtt: Duration::from_micros(self.rng.u64(..9_000)) });
                let hops = vec![graph::Hop { ttl: 1, answer: None }, graph::Hop { ttl: 2, answer }];
                vec![Kind::Trace(graph::Trace { src, dst, proto: Proto::ICMP, complete: self.rng.bool(), hops }.into())]
            }
            7 => vec![Kind::Ledger(self.ledger)],
            _ if self.conns.is_empty() => vec![],
            _ => {
                let at_conn = self.rng.usize(..self.conns.len());
                let bytes = self.rng.u64(40..1500);
                let (tuple, conn, total) = &mut self.conns[at_conn];
                *total = more(*total, bytes);
                vec![Kind::Data { tuple: *tuple, conn: *conn, total: *total, last: at }]
            }
        }
    }

    fn open(&mut self, at: Time) -> Vec<Kind> {
        let mut end = |port| Endpoint { addr: Ipv4Addr::from_bits(0xC000_0200 + self.rng.u32(..40)).into(), port };
        // Few ports: the same ends come again.
        let (from, to) = (end(50_000), end(443));
        let (tuple, side) = Tuple::new(Proto::TCP, Endpoint { port: from.port + self.rng.u16(..5), ..from }, to);
        if from.addr == to.addr || self.conns.iter().any(|(known, ..)| *known == tuple) || self.ended.get(&tuple) == Some(&at) {
            return vec![];
        }
        self.last_conn += 1;
        let (conn, total) = (ConnId(self.last_conn), more(Total::default(), 60));
        self.conns.push((tuple, conn, total));
        let basis = if self.rng.bool() { Basis::Handshake } else { Basis::FirstSeen };
        let tags = vec![
            Tag { column: self.columns.vlan, place: Place::Flow, value: Value::Integer(7), confidence: Confidence::Certain },
            Tag {
                column: self.columns.mac,
                place: Place::End(side),
                value: Value::Mac([2, 0, 0, 0, 0, self.rng.u8(..)]),
                confidence: Confidence::Certain,
            },
        ];
        let (process, ..) = self.processes[self.rng.usize(..self.processes.len())];
        vec![
            Kind::Open { tuple, conn, start: at, initiator: Initiator { side, basis } },
            Kind::Tags { tuple, conn, tags },
            Kind::Data { tuple, conn, total, last: at },
            Kind::Owner { tuple, conn: ConnId(0), side, process, how: Attribution::Exact },
        ]
    }

    fn fork(&mut self) -> Vec<Kind> {
        self.last_pid += 1;
        let (parent, ..) = self.processes[self.rng.usize(..self.processes.len())];
        let child = ProcessId { pid: self.last_pid % 500 + 2, start_ns: u64::from(self.last_pid) * 50_000_000 };
        if self.processes.iter().any(|(known, ..)| known.pid == child.pid) {
            return vec![];
        }
        let image = Image {
            comm: "curl".into(),
            exe: Ok("/usr/bin/curl".into()),
            command: Ok(format!("curl {}", self.last_pid).into()),
            cut: false,
            ids: Some((1000, 100)),
            cgroup: Some("/system.slice/cron.service".into()),
            container: Some(graph::Container { kind: "systemd".into(), id: "cron.service".into() }),
        };
        self.processes.push((child, parent, image.clone()));
        vec![Kind::Fork { parent, child }, Kind::Exec { process: child, parent: None, image: image.into() }]
    }

    fn exit(&mut self) -> Vec<Kind> {
        let (process, ..) = self.processes.swap_remove(self.rng.usize(1..self.processes.len()));
        let mut told = vec![];
        for (child, parent, _) in self.processes.iter_mut().filter(|(_, parent, _)| *parent == process) {
            *parent = INIT;
            told.push(Kind::Change { process: *child, change: Change::Parent(INIT) });
        }
        told.insert(0, Kind::Exit { process, exit: Exit::Code(0) });
        told
    }
}

fn more(total: Total, bytes: u64) -> Total {
    let add = |c: Counts, bytes| Counts { packets: c.packets + 1, bytes: c.bytes + bytes, ip_bytes: c.ip_bytes + bytes - 14 };
    Total(Both { ab: add(total.0.ab, bytes), ba: add(total.0.ba, bytes / 2 + 14) })
}

fn model(registry: &Registry) -> Model {
    let mut model = Model::new(registry.clone(), Limits::report());
    model.add_origin(Origin { name: "probe".into(), realms: REALMS }).unwrap();
    model
}

fn tell(model: &mut Model, now: Time, told: impl IntoIterator<Item = (Time, Kind)>) {
    for (at, kind) in told {
        model.apply(now, &Event { at, origin: THERE, kind }, &mut ());
    }
    model.advance(now, &mut ());
}

/// What lives, and what is known of it by what lives.
fn picture(model: &Model) -> (BTreeMap<String, String>, BTreeMap<ProcessId, String>) {
    let alive = |key: &ProcessKey| model.process(*key).is_some_and(|process| process.is_alive());
    let flows = model.flows().filter(|flow| flow.state == State::Open).map(|flow| {
        let owners = [Side::A, Side::B].map(|side| model.owners(flow).at(side).filter(|owner| alive(&owner.process)));
        let known = (flow.total(), flow.initiator, flow.service, &flow.tags, owners, flow.first, flow.last);
        (format!("{:?}", flow.key.tuple), format!("{known:?}"))
    });
    let processes = model.processes().filter(|process| process.is_alive()).map(|process| {
        let parent = process.parent.filter(alive).or(process.guardian.filter(alive));
        let user = process.user.map(|user| model.user_name(REALMS.local, user));
        (process.key.process, format!("{:?} {parent:?} {user:?}", process.image))
    });
    (flows.collect(), processes.collect())
}

/// What travels one way: when it arrives, and what it is.
struct Line<T> {
    travels: BTreeMap<(Time, u64), T>,
    sent: u64,
}

impl<T> Line<T> {
    fn new() -> Line<T> {
        Line { travels: BTreeMap::new(), sent: 0 }
    }

    /// Loses one in ten, and brings the others up to a second late; or all of them soon.
    fn send(&mut self, now: Time, it: T, rng: &mut Rng, is_bad: bool) {
        self.sent += 1;
        if is_bad && rng.u8(..10) == 0 {
            return;
        }
        let late = if !is_bad {
            rng.u64(..20)
        } else if rng.u8(..20) == 0 {
            rng.u64(..1000)
        } else {
            rng.u64(..150)
        };
        self.travels.insert((now.plus(Duration::from_millis(late)), self.sent), it);
    }

    fn arrived(&mut self, now: Time) -> Option<T> {
        let key = *self.travels.first_key_value().filter(|((at, _), _)| *at <= now)?.0;
        self.travels.remove(&key)
    }
}

struct Exchange {
    now: Time,
    rng: Rng,
    registry: Registry,
    world: World,
    boot_id: u64,
    sender: Sender,
    here: Model,
    receiver: Receiver,
    there: Model,
    down: Line<(u64, Vec<u8>)>,
    up: Line<ResyncReq>,
    seq: u64,
    asked: Vec<Time>,
}

impl Exchange {
    fn new(seed: u64) -> Exchange {
        let (registry, columns) = registry();
        let mut exchange = Exchange {
            now: START,
            rng: Rng::with_seed(seed ^ 0xFEED),
            world: World::new(seed, columns),
            boot_id: 1,
            sender: Sender::new(config(&registry, 1)),
            here: model(&registry),
            receiver: Receiver::new(registry.clone().into()),
            there: model(&registry),
            registry,
            down: Line::new(),
            up: Line::new(),
            seq: 0,
            asked: vec![],
        };
        exchange.first_words();
        // Much is there before anybody listens.
        exchange.run(Duration::from_secs(1), true, false);
        exchange.meet();
        exchange
    }

    fn first_words(&mut self) {
        let told = self.world.again(self.now);
        self.happened(told);
    }

    fn happened(&mut self, told: Vec<Kind>) {
        for kind in told {
            let event = Event { at: self.now, origin: THERE, kind };
            self.sender.take(&event);
            self.here.apply(self.now, &event, &mut ());
        }
        self.here.advance(self.now, &mut ());
    }

    /// A new session: what was on its way is of the one before.
    fn meet(&mut self) {
        (self.down, self.up, self.seq) = (Line::new(), Line::new(), 0);
        self.receiver.reset(self.now, Some(self.boot_id));
        self.sender.connected(self.now, Terms::default());
    }

    fn restart_probe(&mut self) {
        self.now = self.now.plus(STEP);
        self.boot_id += 1;
        self.sender = Sender::new(config(&self.registry, self.boot_id));
        self.here = model(&self.registry);
        self.first_words();
    }

    fn restart_listener(&mut self) {
        self.receiver = Receiver::new(self.registry.clone().into());
        self.there = model(&self.registry);
    }

    fn run(&mut self, duration: Duration, busy: bool, is_bad: bool) {
        let until = self.now.plus(duration);
        while self.now < until {
            self.now = self.now.plus(STEP);
            if busy {
                for _ in 0..self.rng.u8(..12) {
                    let told = self.world.happens(self.now);
                    self.happened(told);
                }
            }
            while let Some(request) = self.up.arrived(self.now) {
                self.sender.asked(self.now, &request);
            }
            while let Some(content) = self.sender.next(self.now) {
                assert!(content.len() <= 1200);
                self.down.send(self.now, (self.seq, content), &mut self.rng, is_bad);
                self.seq += 1;
            }
            assert!(self.sender.due().is_none_or(|due| due > self.now), "all that is due was given");
            let mut told = vec![];
            while let Some((seq, content)) = self.down.arrived(self.now) {
                self.receiver.content(self.now, seq, &content, &mut told);
            }
            self.receiver.tick(self.now, &mut told);
            while let Some(request) = self.receiver.ask(self.now) {
                self.asked.push(self.now);
                self.up.send(self.now, request, &mut self.rng, is_bad);
            }
            assert!(self.receiver.due().is_none_or(|due| due > self.now), "all that is due was done");
            tell(&mut self.there, self.now, told);
        }
    }

    fn assert_equal(&self) {
        let (here, there) = (picture(&self.here), picture(&self.there));
        for (key, flow) in &here.0 {
            assert_eq!(there.0.get(key), Some(flow), "{key}");
        }
        for (process, known) in &here.1 {
            assert_eq!(there.1.get(process), Some(known), "{process:?}");
        }
        for host in self.here.hosts().filter(|host| host.flows > 0) {
            let best = |model: &Model| model.host_of(&host.key).unwrap().names.best().cloned();
            // A probe that started anew has to learn names again.
            assert!(best(&self.here).is_none_or(|name| best(&self.there) == Some(name)), "{host:?}");
            // Ways, too.
            let (here, there) = (self.here.route(&host.key), self.there.route(&host.key));
            assert!(here.is_none_or(|route| there.is_some_and(|there| there.trace == route.trace)), "{host:?}");
        }
        let gone: Vec<_> = there.0.iter().filter(|(key, _)| !here.0.contains_key(*key)).collect();
        assert!(gone.is_empty(), "{gone:?}");
        let gone: Vec<_> = there.1.iter().filter(|(key, _)| !here.1.contains_key(*key)).collect();
        assert!(gone.is_empty(), "{gone:?}");
        assert!(here.0.len() > 20 && here.1.len() > 15);
        assert_eq!(self.receiver.live(), (here.0.len(), here.1.len()), "what is kept is what lives");
    }

    /// Events that the probe numbered are all accounted for.
    fn assert_counted(&self) {
        let l = self.receiver.ledger();
        let counted = l.unheard + l.events + l.lost_events + l.unknown + l.malformed_events + l.refused;
        assert_eq!(self.sender.events(), counted, "{l:?}");
        assert_eq!(l.malformed + l.malformed_events + l.unknown + l.refused, 0, "{l:?}");
    }
}

fn config(registry: &Registry, boot_id: u64) -> SenderConfig {
    let registry = registry.clone();
    SenderConfig {
        registry,
        boot_id,
        hostname: "gateway".into(),
        network: true,
        processes: true,
        probe_id: 9,
        interfaces: Default::default(),
        sampling_n: 1,
    }
}

const SEEDS: u64 = 6;

#[test]
fn without_loss_nothing_is_lost() {
    for seed in 0..4 {
        let mut exchange = Exchange::new(seed);
        exchange.run(Duration::from_secs(10), true, false);
        exchange.run(Duration::from_secs(3), false, false);
        exchange.assert_equal();
        exchange.assert_counted();
        let ledger = exchange.receiver.ledger();
        assert_eq!((ledger.lost_events, ledger.lost_datagrams, ledger.snapshots), (0, 0, 2), "{ledger:?}");
        assert_eq!(
            exchange.receiver.probe(),
            Some(&Probe { boot_id: 1, hostname: "gateway".into(), version: concat!("ggprobe ", env!("CARGO_PKG_VERSION")).into() })
        );
        assert_eq!(exchange.there.began(exchange.there.processes().find(|p| p.key.process == INIT).unwrap()), Some(Time(START.0 + 10_000)));
        let (_, _, info) = &exchange.there.totals().origins[0];
        assert_eq!(info.packets, exchange.here.totals().origins[0].2.packets);
    }
}

#[test]
fn a_listener_that_lost_much_knows_all_within_five_seconds() {
    for seed in 0..SEEDS {
        let mut exchange = Exchange::new(seed);
        exchange.run(Duration::from_secs(15), true, true);
        // The last that happens is lost, too, and nothing happens any more.
        exchange.run(Duration::from_secs(5), false, false);
        exchange.assert_equal();
        exchange.assert_counted();
        let ledger = exchange.receiver.ledger();
        assert!(ledger.lost_events > 100 && ledger.lost_datagrams > 50 && ledger.late_events > 0, "{ledger:?}");
        let apart = exchange.asked.windows(3).map(|asked| asked[2].since(asked[0])).min().unwrap();
        assert!(apart >= Duration::from_secs(2), "each of two modules every two seconds: {apart:?}");
        let mut told = vec![];
        exchange.receiver.end(exchange.now, &mut told);
        tell(&mut exchange.there, exchange.now, told);
        assert_eq!(picture(&exchange.there), (BTreeMap::new(), BTreeMap::new()));
    }
}

#[test]
fn what_goes_on_after_the_loss_is_told_as_it_happens() {
    for seed in 0..SEEDS {
        let mut exchange = Exchange::new(seed);
        exchange.run(Duration::from_secs(5), true, true);
        exchange.run(Duration::from_secs(5), true, false);
        let lost = exchange.receiver.ledger().lost_events;
        exchange.run(Duration::from_secs(3), true, false);
        // Time for counters that rest, and for what waits and travels.
        exchange.run(Duration::from_millis(400), false, false);
        exchange.assert_equal();
        assert_eq!(exchange.receiver.ledger().lost_events, lost);
    }
}

#[test]
fn probe_listener_and_both_may_start_anew() {
    for seed in 0..SEEDS {
        for (probe, listener) in [(true, false), (false, true), (true, true), (false, false)] {
            let mut exchange = Exchange::new(seed);
            exchange.run(Duration::from_secs(5), true, true);
            if probe {
                exchange.restart_probe();
            }
            if listener {
                exchange.restart_listener();
            }
            exchange.meet();
            exchange.run(Duration::from_secs(2), true, true);
            exchange.run(Duration::from_secs(5), false, false);
            exchange.assert_equal();
            if !probe {
                exchange.assert_counted();
            }
        }
    }
}

#[test]
fn on_terms_that_are_too_tight_what_happens_waits_and_a_snapshot_comes_all_the_same() {
    let terms = Terms { max_events_per_sec: 300, max_datagram: 1000 };
    for seed in 0..SEEDS {
        let mut exchange = Exchange::new(seed);
        exchange.sender.connected(exchange.now, terms);
        exchange.run(Duration::from_secs(5), true, false);
        exchange.restart_listener();
        exchange.meet();
        exchange.sender.connected(exchange.now, terms);
        // What waited is told before what lives.
        exchange.run(Duration::from_secs(20), true, false);
        assert!(exchange.receiver.ledger().snapshots >= 2, "while more happens than may be told: {:?}", exchange.receiver.ledger());
        exchange.run(Duration::from_secs(60), false, false);
        exchange.assert_equal();
        exchange.assert_counted();
    }
}

#[test]
fn a_probe_without_a_session_is_known_anew_by_what_it_says_of_itself() {
    let mut exchange = Exchange::new(3);
    exchange.run(Duration::from_secs(5), true, false);
    exchange.restart_probe();
    (exchange.down, exchange.seq) = (Line::new(), 0);
    exchange.sender.connected(exchange.now, Terms::default());
    exchange.run(Duration::from_secs(2), true, false);
    exchange.run(Duration::from_secs(5), false, false);
    exchange.assert_equal();
    assert_eq!(exchange.receiver.probe().unwrap().boot_id, 2);
}
