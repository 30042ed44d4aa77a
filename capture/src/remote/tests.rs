//! Events there and back.

use std::net::Ipv4Addr;
use std::time::Duration;

use graph::{
    Answer, Attribution, Basis, Both, Change, Confidence, ConnId, Counts, EndReason, Endpoint, Exit, Hop, Image, Initiator, Kind, Ledger,
    NameOrigin, Place, ProcessId, Proto, Registry, RegistryBuilder, Side, Tag, Time, Total, Trace, Tuple, Unread, Value,
};
use wire::glouglou::{Content, ContentHead, Name, Packer, Record};

use super::*;
use crate::Columns;

const BASE: Time = Time(1_700_000_000_000_000);

fn registry() -> (Registry, Columns) {
    let mut builder = RegistryBuilder::default();
    let columns = Columns::register(&mut builder).unwrap();
    (builder.freeze(), columns)
}

fn about(registry: &Registry) -> About<'_> {
    About::of(registry, 7, "gateway")
}

/// What comes out of the wire for what goes in.
fn there_and_back(kind: &Kind, about: &About<'_>) -> Vec<(Time, Kind)> {
    let mut packer = Packer::new(ContentHead { t_base_us: BASE.micros(), first_event_seq: 0, snapshot: false, sampling_n: 1 });
    assert!(encode(&mut packer, kind, 1500, about).unwrap(), "{kind:?}");
    let bytes = packer.finish();
    let mut told = Vec::new();
    for timed in Content::parse(&bytes).unwrap().records() {
        assert!(decode(&timed.unwrap(), BASE, about.registry, |at, kind| told.push((at, kind))));
    }
    told
}

fn tuple(from_low: bool) -> (Tuple, Side) {
    let end = |n, port| Endpoint { addr: Ipv4Addr::new(192, 0, 2, n).into(), port };
    if from_low { Tuple::new(Proto::TCP, end(1, 40_000), end(2, 443)) } else { Tuple::new(Proto::TCP, end(2, 40_000), end(1, 443)) }
}

const BASH: ProcessId = ProcessId { pid: 812, start_ns: 5_000_000_000 };
const INIT: ProcessId = ProcessId { pid: 1, start_ns: 10_000_000 };

fn image() -> Image {
    Image {
        comm: "curl".into(),
        exe: Ok("/usr/bin/curl".into()),
        command: Ok("curl https://example.com/".into()),
        cut: false,
        ids: Some((1000, 1001)),
        cgroup: Some("/system.slice/cron.service".into()),
        container: Some(graph::Container { kind: "systemd".into(), id: "cron.service".into() }),
    }
}

#[test]
fn what_goes_in_comes_out() {
    let (registry, columns) = registry();
    let at = Time(BASE.micros() + 1500);
    let conn = ConnId(7);
    let counts = |n| Counts { packets: n, bytes: n * 100, ip_bytes: n * 86 };
    let total = Total(Both { ab: counts(3), ba: counts(2) });
    let mut kinds = Vec::new();
    for from_low in [true, false] {
        let (tuple, side) = tuple(from_low);
        let tag = |column, place, value| Tag { column, place, value, confidence: Confidence::Certain };
        kinds.extend([
            Kind::Open { tuple, conn, start: Time(BASE.micros() - 5), initiator: Initiator { side, basis: Basis::Handshake } },
            Kind::Data { tuple, conn, total, last: at },
            Kind::Close { tuple, conn, reason: EndReason::Reset, total, last: at },
            Kind::Owner { tuple, conn, side, process: BASH, how: Attribution::Exact },
            Kind::Owner { tuple, conn, side: side.other(), process: BASH, how: Attribution::Listener },
            Kind::Tags {
                tuple,
                conn,
                tags: vec![
                    tag(columns.vlan, Place::Flow, Value::Integer(7)),
                    tag(columns.mac, Place::End(Side::A), Value::Mac([2, 0, 0, 0, 0, 1])),
                    tag(columns.mac, Place::End(Side::B), Value::Mac([2, 0, 0, 0, 0, 2])),
                ],
            },
        ]);
    }
    kinds.extend([
        Kind::Name { addr: Ipv4Addr::new(192, 0, 2, 2).into(), origin: NameOrigin::Sni, ttl_secs: 60, name: "example.com".into() },
        Kind::Fork { parent: INIT, child: BASH },
        Kind::Exec { process: BASH, parent: Some(INIT), image: image().into() },
        Kind::Exec { process: BASH, parent: None, image: Image::named("kthreadd", Unread::Kernel).into() },
        Kind::Change { process: BASH, change: Change::Name("other".into()) },
        Kind::Change { process: BASH, change: Change::User(0) },
        Kind::Change { process: BASH, change: Change::Group(5) },
        Kind::Change { process: BASH, change: Change::Session },
        Kind::Change { process: BASH, change: Change::Parent(INIT) },
        Kind::Exit { process: BASH, exit: Exit::Code(3) },
        Kind::Exit { process: BASH, exit: Exit::Signal { number: 11, core: true } },
        Kind::Exit { process: BASH, exit: Exit::Unseen },
        Kind::Ledger(Ledger {
            packets: 1,
            bytes: 2,
            no_ip: 3,
            malformed: 4,
            filtered: 5,
            lost_kernel: 6,
            lost_interface: 7,
            lost_queue: 8,
            process_events: 9,
            lost_process: 10,
            lost_owner: 11,
            lost_dissection: 12,
            first: None,
            last: None,
        }),
    ]);
    for addrs in [["192.0.2.1", "192.0.2.9", "192.0.2.254"], ["2001:db8::1", "2001:db8::9", "2001:db8::fe"]] {
        let [src, dst, addr] = addrs.map(|addr| addr.parse().unwrap());
        let answer = Some(Answer { addr, rtt: Duration::from_micros(1234) });
        let mut hops: Vec<Hop> = (1..=32).map(|ttl| Hop { ttl, answer }).collect();
        hops[1].answer = None;
        kinds.push(Kind::Trace(Trace { src, dst, proto: Proto::ICMP, complete: false, hops }.into()));
        kinds.push(Kind::Trace(Trace { src, dst, proto: Proto::ICMPV6, complete: true, hops: vec![] }.into()));
    }
    for kind in kinds {
        for first in [Side::A, Side::B] {
            assert_eq!(there_and_back(&kind, &About { first, ..about(&registry) }), [(at, kind.clone())]);
        }
    }
}

#[test]
fn users_and_the_beginning_of_the_machine_come_with_others() {
    let (registry, _) = registry();
    let exec = Kind::Exec { process: BASH, parent: Some(INIT), image: image().into() };
    let told = there_and_back(&exec, &About { user: Some("bob"), ..about(&registry) });
    assert_eq!(told.iter().map(|(_, kind)| kind.clone()).collect::<Vec<_>>(), [Kind::User { user: 1000, name: "bob".into() }, exec]);
    let told = there_and_back(&Kind::Ledger(Ledger::default()), &About { booted_us: 5, ..about(&registry) });
    assert_eq!(
        told.iter().map(|(_, kind)| kind.clone()).collect::<Vec<_>>(),
        [Kind::Booted { at: Time(5) }, Kind::Ledger(Ledger::default())]
    );
    let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: 0, snapshot: false, sampling_n: 1 });
    assert_eq!(encode(&mut packer, &Kind::User { user: 1, name: "bob".into() }, 0, &about(&registry)), Ok(false));
    assert!(packer.is_empty());
}

#[test]
fn interfaces_come_with_the_beginning_and_no_more_than_few() {
    let (registry, _) = registry();
    let (tuple, side) = tuple(true);
    let conn = ConnId(7);
    let open = Kind::Open { tuple, conn, start: BASE, initiator: Initiator { side, basis: Basis::Port } };
    let kinds = |interfaces: &[&str]| {
        let told = there_and_back(&open, &About { interfaces, ..about(&registry) });
        told.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>()
    };
    let via = |interfaces: &str| Kind::Via { tuple, conn, interfaces: interfaces.into() };
    assert_eq!(kinds(&["eth0", "docker0"]), [open.clone(), via("eth0, docker0")]);
    assert_eq!(kinds(&["a", "b", "c", "d", "e"]), [open.clone(), via("a, b, c, d")]);
    let long = "x".repeat(200);
    assert_eq!(kinds(&[&long, "\u{1b}"]), [open.clone(), via(&format!("{}, {}", &long[..32], crate::proc::reader::printable(b"\x1b")))]);
    assert_eq!(kinds(&[""]), std::slice::from_ref(&open));
}

#[test]
fn of_how_many_packets_one_is_looked_at_is_told_when_it_changes() {
    let (registry, _) = registry();
    let mut receiver = Receiver::new(registry.clone().into());
    let (tuple, side) = tuple(true);
    let open = Kind::Open { tuple, conn: ConnId(7), start: BASE, initiator: Initiator { side, basis: Basis::Port } };
    let (mut told, mut sampled) = (vec![], vec![]);
    for (seq, sampling_n) in (0..).zip([10, 10, 0, 1, 4]) {
        let mut packer = Packer::new(ContentHead { t_base_us: BASE.micros(), first_event_seq: seq, snapshot: false, sampling_n });
        encode(&mut packer, &open, 0, &about(&registry)).unwrap();
        receiver.content(BASE, seq, &packer.finish(), &mut told);
        // What holds no event does not say.
        let mut packer = Packer::new(ContentHead { t_base_us: BASE.micros(), first_event_seq: seq + 1, snapshot: false, sampling_n: 0 });
        encode(&mut packer, &Kind::Ledger(Ledger::default()), 0, &about(&registry)).unwrap();
        receiver.content(BASE, seq, &packer.finish(), &mut told);
        sampled.extend(told.drain(..).filter_map(|(_, kind)| if let Kind::Sampling(n) = kind { Some((seq, n)) } else { None }));
    }
    assert_eq!(sampled, [(0, 10), (2, 1), (4, 4)]);
}

#[test]
fn what_a_stranger_writes_is_printable_and_within_bounds() {
    let (registry, _) = registry();
    let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: 0, snapshot: false, sampling_n: 1 });
    let name = |origin, name| Record::Name(Name { origin, ttl_secs: 1, addr: Ipv4Addr::LOCALHOST.into(), name });
    packer.push(&name(1, b"\x1b[2Jbad\xff\xe2\x80\xae"), i32::MIN, &[]).unwrap();
    packer.push(&name(99, b"x"), 0, &[]).unwrap();
    packer.push(&name(1, b""), 0, &[]).unwrap();
    packer.push(&name(1, &[0xFF; 255]), 0, &[]).unwrap();
    let bytes = packer.finish();
    let (mut told, mut taken) = (Vec::new(), Vec::new());
    for timed in Content::parse(&bytes).unwrap().records() {
        taken.push(decode(&timed.unwrap(), Time::ZERO, &registry, |at, kind| told.push((at, kind))));
    }
    assert_eq!(taken, [true, false, false, true]);
    for (at, kind) in told {
        let Kind::Name { name, .. } = kind else { panic!() };
        assert_eq!(at, Time::ZERO, "before the epoch is at the epoch");
        assert!(!name.is_empty() && name.len() <= 253 && !name.chars().any(|c| c.is_control() || c == '\u{202e}'), "{name:?}");
    }
}

#[test]
fn what_is_reported_is_what_came_since() {
    let (registry, _) = registry();
    let total = |bytes| Total(Both { ab: Counts { packets: 1, bytes, ip_bytes: bytes }, ba: Counts::default() });
    let (tuple, _) = tuple(true);
    for (before, now, expected) in [(100, 150, 50), (0, u64::MAX, u32::MAX), (150, 100, 0)] {
        let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: 0, snapshot: false, sampling_n: 1 });
        let data = Kind::Data { tuple, conn: ConnId(1), total: total(now), last: BASE };
        encode(&mut packer, &data, 0, &About { before: total(before), ..about(&registry) }).unwrap();
        let bytes = packer.finish();
        let timed = Content::parse(&bytes).unwrap().records().next().unwrap().unwrap();
        let Record::Data(data) = timed.record else { panic!() };
        assert_eq!(data.size_fwd, expected);
    }
}

#[test]
fn what_an_extension_tells_goes_there_and_back_whatever_it_is() {
    let (registry, _) = registry();
    for (module, payload) in [(0x40, vec![]), (0x7F, vec![0xff; crate::dissect::MAX_EVENT_BYTES])] {
        let kind = Kind::Module { module, kind: 9, payload: payload.into() };
        assert_eq!(there_and_back(&kind, &about(&registry)), [(BASE.plus(Duration::from_micros(1500)), kind)]);
    }
    let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: 0, snapshot: false, sampling_n: 1 });
    packer.push(&Record::Unknown { module: 0x3F, kind: 1, payload: &[] }, 0, &[]).unwrap();
    let bytes = packer.finish();
    let timed = Content::parse(&bytes).unwrap().records().next().unwrap().unwrap();
    assert!(!decode(&timed, BASE, &registry, |_, _| panic!()), "a module of the protocol's own that is not known");
}

#[test]
fn a_list_that_is_too_long_is_cut_between_values() {
    let mut builder = RegistryBuilder::default();
    let column = graph::Column::new("dns.query", graph::ValueType::Text, "").many();
    let id = builder.register(column).unwrap();
    let registry = builder.freeze();
    let values: Vec<Value> = (0..graph::MAX_LIST).map(|n| Value::text(&format!("{n},{}", "\\".repeat(n * 20)))).collect();
    let kind = |values: Vec<Value>| Kind::Tags { tuple: tuple(true).0, conn: ConnId(5), tags: vec![Tag::certain(id, Value::list(values))] };
    let about = About { first: tuple(true).1, ..About::of(&registry, 7, "gateway") };
    let told = there_and_back(&kind(values.clone()), &about);
    let [(_, Kind::Tags { tags, .. })] = &told[..] else { panic!("{told:?}") };
    let kept = tags[0].value.each();
    assert!(kept.len() > 3 && kept.len() < values.len() && values.starts_with(kept), "{} kept", kept.len());
    let few = values[..3].to_vec();
    assert_eq!(there_and_back(&kind(few.clone()), &about)[0].1, kind(few), "what fits is whole");
}
