use std::net::IpAddr;

use graph::{Limits, Model, Origin, Realm, Realms, RegistryBuilder, Side, State};
use wire::netlink::conntrack::{self, Counters};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// A tracker, and a model of what it tells.
struct Stage {
    tracker: Tracker,
    model: Model,
    now: Time,
    ended: Vec<(graph::FlowKey, u64, &'static str)>,
}

/// Keeps what ends.
struct Ended<'a>(&'a mut Vec<(graph::FlowKey, u64, &'static str)>);

impl graph::Sink for Ended<'_> {
    fn flow_ended(&mut self, flow: &graph::Flow, _model: &Model) {
        self.0.push((flow.key, flow.total().0.sum().ip_bytes, flow.state.name()));
    }
}

impl Stage {
    fn new() -> Stage {
        let mut builder = RegistryBuilder::default();
        super::super::columns::register(&mut builder).unwrap();
        let registry = builder.freeze();
        let mut model = Model::new(registry.clone(), Limits::default());
        let realms = Realms { local: Realm(1), site: Realm(2) };
        let origin = model.add_origin(Origin { name: "conntrack".into(), realms }).unwrap();
        let tracker = Tracker::new(origin, Columns::of(&registry), Tally::default(), 0);
        Stage { tracker, model, now: Time::from_secs(1_000), ended: Vec::new() }
    }

    fn tell(&mut self) {
        for event in self.tracker.take() {
            self.model.apply(self.now, &event, &mut Ended(&mut self.ended));
        }
        self.model.advance(self.now, &mut Ended(&mut self.ended));
    }

    fn came(&mut self, entry: &Entry) {
        self.tracker.is(self.now, &Entry { counters: None, ..*entry }, Told::Came);
        self.tell();
    }

    fn gone(&mut self, entry: &Entry) {
        self.tracker.gone(self.now, entry);
        self.tell();
    }

    /// A second later all of these are there.
    fn dump(&mut self, entries: &[Entry]) -> bool {
        self.now = self.now.plus(SECOND);
        entries.iter().for_each(|entry| self.tracker.is(self.now, entry, Told::Dumped));
        let counts = self.tracker.dumped(self.now, self.now);
        self.tell();
        counts
    }

    /// IP bytes of all flows that live, and of those that ended.
    fn bytes(&self) -> u64 {
        let live: u64 = self.model.flows().map(|flow| flow.total().0.sum().ip_bytes).sum();
        live + self.ended.iter().map(|(_, bytes, _)| bytes).sum::<u64>()
    }
}

fn tuple(src: &str, dst: &str, ports: (u16, u16)) -> conntrack::Tuple {
    let addr = |text: &str| text.parse::<IpAddr>().unwrap();
    conntrack::Tuple { src: addr(src), dst: addr(dst), protocol: 6, ports: Some(ports), icmp: None, zone: None }
}

/// A connection that sent and received so many bytes.
fn entry(id: u32, sent: u64, received: u64) -> Entry {
    let counters = |bytes| Counters { packets: bytes / 100, bytes };
    Entry {
        original: tuple("10.0.0.9", "10.0.0.2", (4000, 80)),
        reply: tuple("10.0.0.2", "10.0.0.9", (80, 4000)),
        id: Some(id),
        zone: 0,
        counters: Some([counters(sent), counters(received)]),
        times: None,
        tcp: Some(TcpState::Other(3)),
    }
}

fn finished(entry: Entry) -> Entry {
    Entry { tcp: Some(TcpState::Finished), ..entry }
}

#[test]
fn what_comes_is_counted_from_its_beginning_and_what_was_there_from_now_on() {
    let mut stage = Stage::new();
    stage.dump(&[entry(1, 5_000, 1_000)]);
    assert_eq!(stage.model.flows().count(), 0, "nothing is known of what it moved until now");
    stage.dump(&[entry(1, 5_200, 1_000)]);
    assert_eq!(stage.bytes(), 200);
    let other =
        Entry { original: tuple("10.0.0.9", "10.0.0.3", (1, 2)), reply: tuple("10.0.0.3", "10.0.0.9", (2, 1)), ..entry(2, 300, 400) };
    stage.came(&other);
    stage.dump(&[entry(1, 5_200, 1_000), other]);
    assert_eq!(stage.bytes(), 900);
    let flow = stage.model.flows().find(|flow| flow.dst().port == 2).unwrap();
    assert_eq!((flow.forward().ab.ip_bytes, flow.forward().ba.ip_bytes, flow.initiator.basis), (300, 400, Basis::Conntrack));
}

#[test]
fn it_ends_with_tcp_once_and_all_of_it_is_counted_once() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    stage.came(&entry(1, 0, 0));
    stage.dump(&[finished(entry(1, 700, 500))]);
    assert_eq!(stage.model.flows().next().unwrap().state, State::Closed(EndReason::Fin));
    for _ in 0..20 {
        stage.dump(&[finished(entry(1, 700, 500))]);
    }
    stage.gone(&finished(entry(1, 700, 500)));
    assert_eq!((stage.bytes(), stage.ended.len(), stage.model.flows().count()), (1_200, 1, 0), "{:?}", stage.ended);
    assert_eq!(stage.ended[0].2, "fin");
}

#[test]
fn one_that_came_and_went_between_two_dumps_is_counted() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    stage.came(&entry(1, 0, 0));
    stage.gone(&finished(entry(1, 700, 500)));
    stage.now = stage.now.plus(SECOND);
    stage.gone(&finished(entry(2, 70, 50)));
    stage.now = stage.now.plus(SECOND * 20);
    stage.tell();
    assert_eq!((stage.bytes(), stage.ended.iter().map(|ended| ended.2).collect::<Vec<_>>()), (1_320, vec!["fin", "fin"]));
}

#[test]
fn what_is_silent_for_long_is_not_counted_again_when_it_speaks() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    stage.came(&entry(1, 0, 0));
    stage.dump(&[entry(1, 700, 500)]);
    // The flow is idle for too long, and gone; the kernel remembers a connection for days.
    for _ in 0..400 {
        stage.dump(&[entry(1, 700, 500)]);
    }
    assert_eq!((stage.model.flows().count(), stage.bytes()), (0, 1_200));
    stage.dump(&[entry(1, 800, 500)]);
    assert_eq!((stage.model.flows().count(), stage.bytes()), (1, 1_300));
    assert_eq!(stage.model.flows().next().unwrap().initiator.basis, Basis::Conntrack);
    stage.gone(&entry(1, 900, 500));
    assert_eq!(stage.bytes(), 1_400);
}

#[test]
fn what_nobody_said_went_is_missed_by_the_second_dump_without_it() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    stage.dump(&[entry(1, 700, 500)]);
    stage.dump(&[]);
    assert_eq!(stage.model.flows().next().unwrap().state, State::Open);
    stage.dump(&[]);
    assert_eq!(stage.model.flows().next().unwrap().state, State::Closed(EndReason::Idle));
    assert_eq!((stage.tracker.tally.get("ends missed"), stage.tracker.tally.get("connections"), stage.bytes()), (1, 0, 1_200));
}

#[test]
fn ends_that_are_taken_again_are_another_connection() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    stage.dump(&[entry(1, 700, 500)]);
    stage.dump(&[entry(2, 100, 100)]);
    stage.dump(&[entry(2, 150, 100)]);
    assert_eq!((stage.bytes(), stage.tracker.tally.get("ends missed")), (1_450, 1));
}

#[test]
fn what_is_known_in_two_zones_is_one_flow_and_counts_once() {
    let mut stage = Stage::new();
    let zone = |id, zone, sent| Entry { zone, ..entry(id, sent, 0) };
    stage.dump(&[]);
    stage.came(&zone(1, 0, 0));
    stage.came(&zone(2, 7, 0));
    stage.dump(&[zone(1, 0, 900), zone(2, 7, 800)]);
    stage.dump(&[zone(1, 0, 1_000), zone(2, 7, 1_100)]);
    assert_eq!((stage.model.flows().count(), stage.bytes()), (1, 1_100));
    stage.gone(&zone(1, 0, 1_000));
    assert_eq!(stage.model.flows().next().unwrap().state, State::Open);
    stage.gone(&zone(2, 7, 1_100));
    assert_eq!(stage.model.flows().next().unwrap().state, State::Closed(EndReason::Idle));
    assert_eq!(stage.bytes(), 1_100);
}

#[test]
fn what_is_translated_has_two_faces_and_says_which() {
    let mut stage = Stage::new();
    let reply = tuple("192.168.5.5", "203.0.113.1", (8080, 999));
    let translated = Entry { reply, ..entry(1, 700, 500) };
    stage.dump(&[]);
    stage.came(&translated);
    stage.dump(&[translated]);
    let realms = Realms { local: Realm(1), site: Realm(2) };
    let ((original, side), beyond) = ends(&translated);
    let (other, other_side) = beyond.unwrap();
    // Somebody counts packets beyond.
    let origin = stage.model.add_origin(Origin { name: "eth1".into(), realms }).unwrap();
    let mut both = graph::Both::default();
    both.from_mut(other_side).ip_bytes = 800;
    let kind = Kind::Data { tuple: other, conn: ConnId(1), total: Total(both), last: stage.now };
    stage.model.apply(stage.now, &Event { at: stage.now, origin, kind }, &mut ());
    let flow = stage.model.flows().next().unwrap();
    assert_eq!((stage.model.flows().count(), flow.key.tuple, side == Side::A), (1, original, flow.initiator.side == Side::A));
    assert_eq!(flow.forward().ab.ip_bytes, 800);
    let said: Vec<String> = flow.tags.iter().map(|said| said.value().to_string()).collect();
    assert_eq!(said, ["203.0.113.1", "999", "192.168.5.5", "8080"]);
}

#[test]
fn a_kernel_that_does_not_count_is_noticed() {
    let mut stage = Stage::new();
    let silent = Entry { counters: None, ..entry(1, 0, 0) };
    assert!(stage.dump(&[]), "nothing to count says nothing");
    assert!(!stage.dump(&[silent]));
    stage.came(&silent);
    assert!(stage.dump(&[silent, Entry { original: tuple("10.0.0.9", "10.0.0.3", (1, 2)), ..entry(2, 1, 1) }]), "older ones never are");
}

#[test]
fn icmp_has_its_requests_key_and_others_have_no_ports() {
    let icmp = conntrack::Tuple { protocol: 1, ports: None, icmp: Some((77, 8, 0)), ..tuple("10.0.0.9", "10.0.0.2", (0, 0)) };
    let ((tuple, side), _) = ends(&Entry {
        original: icmp,
        reply: conntrack::Tuple { icmp: Some((77, 0, 0)), src: icmp.dst, dst: icmp.src, ..icmp },
        ..entry(1, 0, 0)
    });
    assert_eq!((tuple.end(side).port, tuple.end(side.other()).port), (77, 8 << 8));
    let gre = Entry { original: conntrack::Tuple { protocol: 47, ..entry(1, 0, 0).original }, ..entry(1, 0, 0) };
    assert_eq!(ends(&gre).0.0.a().port, 0);
    let odd = Entry { original: conntrack::Tuple { protocol: 47, ports: None, ..icmp }, ..entry(1, 0, 0) };
    assert_eq!(ends(&odd).0.0.a().port, 0, "what ICMP has others have not");
}

#[test]
fn only_what_is_other_beyond_is_said_to_be() {
    let mut builder = RegistryBuilder::default();
    super::super::columns::register(&mut builder).unwrap();
    let registry = builder.freeze();
    let columns = Columns::of(&registry);
    let said = |reply, zones: &[u16]| -> Vec<String> {
        let tags = columns.tags(&Entry { reply, ..entry(1, 0, 0) }, zones.iter().copied());
        tags.iter().map(|tag| format!("{}={}", registry.column(tag.column).unwrap().name, tag.value)).collect()
    };
    assert_eq!(said(tuple("10.0.0.2", "10.0.0.9", (80, 4000)), &[0]), [""; 0]);
    assert_eq!(said(tuple("10.0.0.2", "10.0.0.9", (80, 4001)), &[0, 7, 9]), ["nat.src_port=4001", "ct.zone=7, 9"]);
    assert_eq!(said(tuple("10.0.0.3", "10.0.0.9", (80, 4000)), &[]), ["nat.dst=10.0.0.3"]);
    assert_eq!(said(tuple("10.0.0.2", "10.0.0.1", (81, 4000)), &[]), ["nat.src=10.0.0.1", "nat.dst_port=81"]);
}

#[test]
fn of_one_of_two_zones_the_ends_are_taken_again_and_the_other_goes_on() {
    let mut stage = Stage::new();
    let zone = |id: Option<u32>, zone, sent| Entry { zone, id, ..entry(1, sent, 0) };
    stage.dump(&[]);
    stage.came(&zone(Some(1), 0, 0));
    stage.came(&zone(Some(2), 7, 0));
    stage.dump(&[zone(Some(1), 0, 500), zone(Some(2), 7, 400)]);
    // In zone 7 it is another by now.
    stage.dump(&[zone(Some(1), 0, 600), zone(Some(3), 7, 10)]);
    assert_eq!((stage.bytes(), stage.model.flows().count(), stage.tracker.tally.get("ends missed")), (600, 1, 0));
    // Where numbers are not said, the zone tells them apart.
    stage.gone(&zone(None, 7, 10));
    assert_eq!(stage.tracker.known.values().flat_map(|connection| &connection.parts).map(|part| part.zone).collect::<Vec<_>>(), [0]);
    stage.dump(&[zone(Some(1), 0, 800)]);
    assert_eq!((stage.bytes(), stage.model.flows().next().unwrap().state), (800, State::Open));
}

#[test]
fn the_same_ends_in_ever_more_zones_take_no_more_memory() {
    let mut stage = Stage::new();
    stage.dump(&[]);
    for zone in 0..1_000 {
        stage.came(&Entry { zone, ..entry(zone.into(), 0, 0) });
    }
    assert_eq!(stage.tracker.known.values().map(|connection| connection.parts.len()).collect::<Vec<_>>(), [MAX_PARTS]);
}

#[test]
fn one_that_nobody_was_told_of_ends_without_a_word_and_one_begins_when_the_kernel_says() {
    let mut stage = Stage::new();
    stage.dump(&[entry(1, 700, 500)]);
    stage.tracker.gone(stage.now, &entry(1, 700, 500));
    assert_eq!(stage.tracker.take(), [], "it moved nothing since anybody looks");
    let times = Some(wire::netlink::conntrack::Times { start_ns: 998_000_000_000, stop_ns: None });
    stage.came(&Entry { times, ..entry(2, 0, 0) });
    assert_eq!(stage.model.flows().next().unwrap().first, Time::from_secs(998));
}
