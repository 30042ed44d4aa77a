//! What is sent, and when.

use std::net::Ipv4Addr;

use graph::{Attribution, Basis, Both, ConnId, Counts, EndReason, Endpoint, Image, Initiator, ProcessId, Proto, Tuple, Unread};
use smallvec::SmallVec;
use wire::glouglou::{Content, Record, SEALED_OVERHEAD, Tlv};

use super::*;

const NOW: Time = Time(1_700_000_000_000_000);

fn sender() -> Sender {
    let (registry, hostname) = (Registry::default(), "gateway".into());
    Sender::new(SenderConfig {
        registry,
        boot_id: 3,
        hostname,
        network: true,
        processes: true,
        probe_id: 9,
        interfaces: Default::default(),
        sampling_n: 1,
    })
}

fn connected() -> Sender {
    let mut sender = sender();
    sender.connected(NOW, Terms::default());
    assert!(told(&mut sender, 0).is_empty(), "what it says of itself is no event");
    sender
}

fn at(millis: u64) -> Time {
    NOW.plus(Duration::from_millis(millis))
}

fn tuple(n: u32) -> Tuple {
    let end = |n, port| Endpoint { addr: Ipv4Addr::from_bits(n).into(), port };
    Tuple::new(Proto::TCP, end(n, 1), end(7, 2)).0
}

fn total(bytes: u64) -> Total {
    Total(Both { ab: Counts { packets: 1, bytes, ip_bytes: bytes }, ba: Counts::default() })
}

fn open(n: u32) -> Kind {
    let initiator = Initiator { side: Side::A, basis: Basis::Port };
    Kind::Open { tuple: tuple(n), conn: ConnId(n), start: NOW, initiator }
}

fn data(n: u32, bytes: u64) -> Kind {
    Kind::Data { tuple: tuple(n), conn: ConnId(n), total: total(bytes), last: NOW }
}

fn close(n: u32, bytes: u64) -> Kind {
    Kind::Close { tuple: tuple(n), conn: ConnId(n), reason: EndReason::Fin, total: total(bytes), last: NOW }
}

fn take(sender: &mut Sender, origin: u16, kind: Kind) {
    sender.take(&Event { at: NOW, origin: OriginId(origin), kind });
}

/// The contents that are sent then.
fn contents(sender: &mut Sender, millis: u64) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| sender.next(at(millis))).collect()
}

/// The events that are sent then: their module and type, and what they count.
fn told(sender: &mut Sender, millis: u64) -> Vec<(u8, u8, u64)> {
    let mut told = vec![];
    for content in contents(sender, millis) {
        for timed in Content::parse(&content).unwrap().records().map(Result::unwrap) {
            let (module, kind) = timed.record.kind();
            let bytes = match timed.record {
                Record::Data(data) => data.counts.bytes_fwd,
                Record::DelConn(del) => del.counts.bytes_fwd,
                _ => 0,
            };
            told.extend(timed.record.is_event().then_some((module, kind, bytes)));
        }
    }
    told
}

fn all() -> ResyncReq {
    ResyncReq { probe_id: 9, modules: 0b11, snapshot_id: 0, ranges: SmallVec::new() }
}

#[test]
fn counters_are_told_at_once_and_then_after_a_rest_if_they_changed() {
    let mut sender = connected();
    take(&mut sender, 0, open(1));
    take(&mut sender, 0, data(1, 100));
    assert!(told(&mut sender, 10).is_empty(), "a content waits for more");
    assert_eq!(sender.due(), Some(at(60)));
    assert_eq!(told(&mut sender, 60), [(0, 1, 0), (0, 3, 100)]);
    for (millis, bytes) in [(100, 200), (150, 300), (200, 400)] {
        take(&mut sender, 0, data(1, bytes));
        assert!(told(&mut sender, millis).is_empty());
    }
    assert_eq!(sender.due(), Some(at(260)), "a quarter of a second after the first");
    assert!(told(&mut sender, 260).is_empty());
    assert_eq!(told(&mut sender, 310), [(0, 3, 400)]);
    assert!(told(&mut sender, 900).is_empty(), "nothing changed");
    take(&mut sender, 0, close(1, 450));
    assert!(told(&mut sender, 910).is_empty());
    take(&mut sender, 0, data(1, 470));
    assert_eq!(told(&mut sender, 960), [(0, 2, 450), (0, 2, 470)], "what comes after the end ends, too");
    assert_eq!(sender.events(), 5);
}

#[test]
fn what_the_probe_is_is_told_again_though_nothing_happens() {
    let mut sender = connected();
    assert_eq!(sender.due(), Some(at(2000)));
    assert!(contents(&mut sender, 1999).is_empty());
    assert_eq!(contents(&mut sender, 2000).len(), 1);
    take(&mut sender, 0, open(1));
    contents(&mut sender, 2100);
    // Its number is the next event's: who lost that event sees it.
    let info = contents(&mut sender, 3000).remove(0);
    let content = Content::parse(&info).unwrap();
    assert_eq!((content.head.first_event_seq, content.count()), (0, 1), "what waits is not lost");
    let info = contents(&mut sender, 5000).remove(0);
    assert_eq!(Content::parse(&info).unwrap().head.first_event_seq, 1);
}

#[test]
fn two_sources_that_see_one_connection_are_not_added_and_the_last_ends_it() {
    let mut sender = connected();
    for origin in [0, 1] {
        take(&mut sender, origin, open(1));
    }
    take(&mut sender, 0, data(1, 100));
    take(&mut sender, 1, data(1, 90));
    take(&mut sender, 0, close(1, 120));
    told(&mut sender, 0);
    // Its beginning is told again, for another one sees it, too.
    assert_eq!(told(&mut sender, 50), [(0, 1, 0), (0, 1, 0), (0, 3, 120)]);
    take(&mut sender, 1, close(1, 95));
    told(&mut sender, 60);
    assert_eq!(told(&mut sender, 110), [(0, 2, 120)]);
}

#[test]
fn one_that_ended_before_another_source_told_of_it_is_not_another() {
    let mut sender = connected();
    let open_at = |n, millis| {
        let Kind::Open { tuple, conn, initiator, .. } = open(n) else { panic!() };
        Kind::Open { tuple, conn, start: at(millis), initiator }
    };
    // One source has told all of it, begun and ended within a millisecond, when the other one tells of the same packets.
    for kind in [open(1), data(1, 100), close(1, 100)] {
        take(&mut sender, 0, kind);
    }
    for kind in [open_at(1, 1), data(1, 90), close(1, 130)] {
        take(&mut sender, 1, kind);
    }
    told(&mut sender, 1);
    let ids = |sender: &mut Sender, millis| -> (Vec<(u8, u8, u64)>, std::collections::BTreeSet<u32>) {
        let (mut told, mut ids) = (vec![], std::collections::BTreeSet::new());
        for content in contents(sender, millis) {
            for timed in Content::parse(&content).unwrap().records().map(Result::unwrap) {
                let (module, kind) = timed.record.kind();
                let (id, bytes) = match &timed.record {
                    Record::NewConn(new) => (new.conn.id, 0),
                    Record::DelConn(del) => (del.conn.id, del.counts.bytes_fwd),
                    _ => continue,
                };
                told.push((module, kind, bytes));
                ids.insert(id);
            }
        }
        (told, ids)
    };
    let (all, one) = ids(&mut sender, 60);
    assert_eq!((all, one.len()), (vec![(0, 1, 0), (0, 2, 100), (0, 2, 100), (0, 2, 130)], 1), "the larger counts, never the sum");
    // What begins later is another one, of either.
    take(&mut sender, 1, open_at(1, 500));
    take(&mut sender, 0, open_at(1, 500));
    told(&mut sender, 500);
    let (all, other) = ids(&mut sender, 560);
    assert_eq!(
        (all, other.len(), other.is_disjoint(&one)),
        (vec![(0, 1, 0), (0, 1, 0)], 1, true),
        "told again, for it is seen elsewhere, too"
    );
}

#[test]
fn where_a_connection_is_seen_is_told_with_its_beginning_and_again_when_it_is_seen_elsewhere() {
    let interfaces = [(OriginId(0), "eth0".into()), (OriginId(1), "docker0".into())].into();
    let config = sender().config.clone();
    let mut sender = Sender::new(SenderConfig { interfaces, sampling_n: 7, ..config });
    sender.connected(NOW, Terms::default());
    contents(&mut sender, 0);
    let interfaces = |contents: Vec<Vec<u8>>| {
        let mut all = vec![];
        for content in contents {
            let content = Content::parse(&content).unwrap();
            assert_eq!(content.head.sampling_n, 7);
            for timed in content.records().map(Result::unwrap).filter(|timed| matches!(timed.record, Record::NewConn(_))) {
                let names = timed.tlvs.iter().filter_map(|tlv| if let Tlv::Interface(name) = tlv { Some(name.to_vec()) } else { None });
                all.push(names.collect::<Vec<_>>().join(&b' '));
            }
        }
        all
    };
    take(&mut sender, 0, open(1));
    take(&mut sender, 1, open(1));
    take(&mut sender, 1, data(1, 5));
    take(&mut sender, 1, open(1));
    contents(&mut sender, 1);
    assert_eq!(interfaces(contents(&mut sender, 60)), [b"eth0".to_vec(), b"eth0 docker0".to_vec()]);
    sender.asked(at(60), &all());
    assert_eq!(interfaces(contents(&mut sender, 60)), [b"eth0 docker0"]);
}

#[test]
fn what_does_not_fit_is_counted_and_takes_its_number_with_it() {
    let mut sender = connected();
    let many = 400_000;
    for n in 0..many {
        // Each begins and ends: there is always room to know it.
        take(&mut sender, 0, open(n));
        take(&mut sender, 0, close(n, 1));
    }
    let (mut next, mut came, mut lost_queue) = (0, 0, 0);
    let mut gaps = 0;
    for content in contents(&mut sender, 2000) {
        let content = Content::parse(&content).unwrap();
        gaps += content.head.first_event_seq - next;
        next = content.head.first_event_seq;
        for timed in content.records().map(Result::unwrap) {
            if let Record::ProbeInfo(info) = timed.record {
                lost_queue = info.lost_queue;
            } else {
                (next, came) = (next + 1, came + 1);
            }
        }
    }
    assert_eq!(gaps, 0, "what was taken first is kept");
    assert!(lost_queue > 0);
    assert_eq!((came + lost_queue, sender.events()), (2 * u64::from(many), 2 * u64::from(many)));
    take(&mut sender, 0, open(1));
    told(&mut sender, 3000);
    let content = contents(&mut sender, 3050).remove(0);
    assert_eq!(Content::parse(&content).unwrap().head.first_event_seq, 2 * u64::from(many), "the gap is seen");
}

/// Who counts as a listener does: so many records a second, a second's at once, and a content that is one too many not at all.
struct Strict {
    per_sec: f64,
    left: f64,
    at: Time,
}

impl Strict {
    fn takes(&mut self, now: Time, records: u16) -> bool {
        self.left = (self.left + now.since(self.at).as_secs_f64() * self.per_sec).min(self.per_sec);
        self.at = now;
        self.left -= f64::from(records);
        self.left >= 0.0
    }
}

#[test]
fn the_terms_of_the_other_end_are_kept_and_nothing_is_lost_for_it() {
    for (max_events_per_sec, max_datagram) in [(100, 600), (10, 1232), (4, 300)] {
        let mut sender = sender();
        sender.connected(NOW, Terms { max_events_per_sec, max_datagram });
        let mut strict = Strict { per_sec: max_events_per_sec.into(), left: max_events_per_sec.into(), at: NOW };
        let many = 8 * max_events_per_sec;
        (0..many).for_each(|n| take(&mut sender, 0, open(n)));
        sender.asked(NOW, &ResyncReq { modules: 1, ..all() });
        let (mut events, mut snapshot, mut millis) = (0, 0, 0);
        while (events < many || snapshot < 2 * many) && millis < 120_000 {
            let due = sender.due().unwrap().since(NOW).as_millis() as u64;
            assert!(due < millis.max(1) + 2_100, "it wakes to go on");
            // It may be asked too soon, and says nothing more then.
            millis = due.max(millis + 1);
            for content in contents(&mut sender, millis) {
                assert!(content.len() + SEALED_OVERHEAD <= max_datagram.into());
                let content = Content::parse(&content).unwrap();
                assert!(strict.takes(at(millis), content.count()), "{max_events_per_sec} a second, at {millis}");
                let told = content.records().map(Result::unwrap).filter(|timed| timed.record.is_event()).count() as u32;
                *(if content.head.snapshot { &mut snapshot } else { &mut events }) += told;
            }
        }
        // One record tells of its beginning, and one of what it counts.
        assert_eq!((events, snapshot, sender.ledger().lost_queue), (many, 2 * many, 0), "by {millis}");
    }
}

#[test]
fn what_is_too_long_for_the_other_end_is_counted_and_no_part_of_a_snapshot() {
    let mut sender = connected();
    (0..40).for_each(|n| take(&mut sender, 0, open(n)));
    // It was made for another listener, before this one came.
    sender.connected(NOW, Terms { max_events_per_sec: 0, max_datagram: 600 });
    let lost = sender.ledger().lost_queue;
    assert!(lost > 10, "{lost}");
    let long = |pid, len: usize| {
        let image = Image { command: Ok("x".repeat(len).into()), ..Image::named("c", Unread::Gone) };
        Kind::Exec { process: ProcessId { pid, start_ns: 5 }, parent: None, image: image.into() }
    };
    for kind in [long(1, 3), long(2, 512), long(3, 5)] {
        take(&mut sender, 0, kind);
    }
    assert_eq!(sender.ledger().lost_queue, lost + 1);
    sender.asked(NOW, &ResyncReq { modules: 2, ..all() });
    let mut pids = vec![];
    for content in contents(&mut sender, 100) {
        assert!(content.len() + SEALED_OVERHEAD <= 600);
        let content = Content::parse(&content).unwrap();
        for timed in content.records().map(Result::unwrap).filter(|_| content.head.snapshot) {
            match timed.record {
                Record::SnapshotBegin(begin) => assert_eq!(begin.count, 2),
                Record::Exec(exec) => {
                    let Some(Tlv::Number(number)) = timed.tlvs.iter().next() else { panic!("each has a number") };
                    pids.push((number, exec.pid));
                }
                _ => {}
            }
        }
    }
    assert_eq!(pids, [(0, 1), (1, 3)]);
}

#[test]
fn more_connections_than_can_be_known_are_counted() {
    let mut sender = connected();
    for n in 0..MAX_CONNS as u32 + 7 {
        take(&mut sender, 0, open(n));
    }
    assert_eq!(sender.ledger().lost_queue, sender.outbox.lost() + 7);
}

#[test]
fn until_somebody_listens_nothing_is_numbered_and_all_that_lives_is_told_when_asked() {
    let mut sender = sender();
    let process = ProcessId { pid: 5, start_ns: 5 };
    take(&mut sender, 0, Kind::User { user: 7, name: "u".repeat(300).into() });
    let long = |n: usize| Ok("x".repeat(n).into());
    let image = Image {
        exe: long(4096),
        command: long(4096),
        cgroup: long(4096).ok(),
        ids: Some((7, 7)),
        ..Image::named(&"c".repeat(99), Unread::Gone)
    };
    take(&mut sender, 0, Kind::Exec { process, parent: None, image: image.into() });
    for n in 0..20 {
        take(&mut sender, 0, open(n));
        take(&mut sender, 0, data(n, 100));
    }
    let owner = Kind::Owner { tuple: tuple(1), conn: ConnId(0), side: Side::A, process, how: Attribution::Exact };
    take(&mut sender, 0, owner);
    take(&mut sender, 0, close(3, 100));
    sender.asked(NOW, &all());
    assert_eq!((sender.next(at(5000)), sender.due(), sender.events()), (None, None, 0));
    sender.connected(at(5000), Terms::default());
    sender.asked(at(5000), &ResyncReq { probe_id: 8, ..all() });
    sender.asked(at(5000), &all());
    let (mut numbers, mut kinds) = ([vec![], vec![]], vec![]);
    for content in contents(&mut sender, 5000) {
        let content = Content::parse(&content).unwrap();
        let mut records = content.records().map(Result::unwrap);
        if !content.head.snapshot {
            continue;
        }
        let Some(Record::SnapshotBegin(begin)) = records.next().map(|timed| timed.record) else { panic!("each says of what it is a part") };
        for timed in records {
            if let Some(Tlv::Number(number)) = timed.tlvs.iter().next() {
                numbers[usize::from(begin.module)].push(number);
                kinds.push(timed.record.kind());
            }
        }
        assert_eq!(begin.count, [39, 1][usize::from(begin.module)]);
    }
    assert_eq!(numbers, [(0..39).collect::<Vec<_>>(), vec![0]]);
    let count = |kind| kinds.iter().filter(|known| **known == kind).count();
    // Nineteen go on.
    assert_eq!([count((0, 1)), count((0, 3)), count((0, 7)), count((1, 2))], [19, 19, 1, 1]);
}

#[test]
fn a_snapshot_is_sent_little_by_little_and_parts_of_it_again() {
    let mut sender = sender();
    (0..1000).for_each(|n| take(&mut sender, 0, open(n)));
    sender.connected(NOW, Terms::default());
    sender.set_snapshot_pace(3);
    contents(&mut sender, 0);
    let request = ResyncReq { modules: 1, ..all() };
    sender.asked(NOW, &request);
    let mut first = contents(&mut sender, 0);
    assert_eq!(first.len(), 3);
    assert_eq!(sender.due(), Some(at(50)));
    assert!(contents(&mut sender, 49).is_empty());
    assert_eq!(contents(&mut sender, 50).len(), 3);
    sender.set_snapshot_pace(u32::MAX);
    contents(&mut sender, 100);
    let numbers = |content: &[u8]| {
        let content = Content::parse(content).unwrap();
        let numbers = content.records().filter_map(|timed| timed.unwrap().tlvs.iter().next());
        numbers.filter_map(|tlv| if let Tlv::Number(number) = tlv { Some(number) } else { None }).collect::<Vec<_>>()
    };
    let Record::SnapshotBegin(begin) = Content::parse(&first[1]).unwrap().records().next().unwrap().unwrap().record else { panic!() };
    let missing = numbers(&first[1])[0];
    let again = ResyncReq { snapshot_id: begin.snapshot_id, ranges: SmallVec::from_slice(&[(missing, missing)]), ..request.clone() };
    sender.asked(at(200), &again);
    sender.asked(at(200), &again);
    assert_eq!(contents(&mut sender, 200), [first.remove(1)], "once, however often it was asked for");
    // One that is not kept any more is made anew.
    sender.asked(at(40_000), &request);
    assert!(contents(&mut sender, 40_000).len() > 30);
    contents(&mut sender, 80_000);
    sender.asked(at(80_000), &again);
    assert!(contents(&mut sender, 80_000).len() > 30);
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let mut sender = connected();
    take(&mut sender, 0, open(1));
    take(&mut sender, 0, data(1, 5));
    assert_eq!([told(&mut sender, 0), told(&mut sender, 50)].concat(), [(0, 1, 0), (0, 3, 5)]);
    take(&mut sender, 0, data(1, 6));
    take(&mut sender, 0, open(2));
    told(&mut sender, 60);
    let back = |millis| at(millis).minus(Duration::from_secs(3_600));
    let mut told_at = |millis| {
        std::iter::from_fn(|| sender.next(back(millis)))
            .flat_map(|content| {
                let content = Content::parse(&content).unwrap();
                let events = content.records().map(|timed| timed.unwrap().record).filter(Record::is_event);
                events.map(|record| record.kind()).collect::<Vec<_>>()
            })
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = (60..3_000).step_by(10).flat_map(&mut told_at).collect();
    assert_eq!(all, [(0, 1), (0, 3)], "within three seconds, and not an hour later");
}

#[test]
fn what_an_extension_tells_is_an_event_like_others_and_is_heard_as_it_was_said() {
    let mut sender = connected();
    let kind = Kind::Module { module: 0x4D, kind: 3, payload: (*b"anything").into() };
    take(&mut sender, 0, kind.clone());
    assert_eq!(sender.events(), 1);
    let mut receiver = crate::remote::Receiver::new(Registry::default().into());
    let mut heard = Vec::new();
    let sent = [contents(&mut sender, 1000), contents(&mut sender, 2000)].concat();
    for (seq, content) in (0..).zip(sent) {
        receiver.content(at(2000), seq, &content, &mut heard);
    }
    assert!(heard.contains(&(NOW, kind)), "{heard:?}");
    assert_eq!((receiver.ledger().events, receiver.ledger().unknown), (1, 0));
}

#[test]
fn tags_with_long_lists_fit_into_datagrams() {
    let mut builder = graph::RegistryBuilder::default();
    let names = ["a", "b", "c", "d", "e", "f"];
    let column = |name| graph::Column::new(name, graph::ValueType::Text, "").many();
    let columns: Vec<_> = names.iter().map(|name| builder.register(column(name)).unwrap()).collect();
    let mut sender = Sender::new(SenderConfig { registry: builder.freeze(), ..sender().config });
    sender.connected(NOW, Terms::default());
    take(&mut sender, 0, open(1));
    let list = |n: usize| graph::Value::list((0..graph::MAX_LIST).map(|_| graph::Value::text(&"x".repeat(n))));
    let tags = columns.iter().zip([500, 100, 40, 3, 500, 9]).map(|(column, n)| graph::Tag::certain(*column, list(n))).collect();
    take(&mut sender, 0, Kind::Tags { tuple: tuple(1), conn: ConnId(1), tags });
    let contents = [contents(&mut sender, 1000), contents(&mut sender, 2000)].concat();
    assert!(contents.iter().all(|content| content.len() <= 1200));
    let told: usize = contents
        .iter()
        .flat_map(|content| Content::parse(content).unwrap().records().map(Result::unwrap).collect::<Vec<_>>())
        .map(|timed| if let Record::Tags(tags) = timed.record { tags.tags.len() } else { 0 })
        .sum();
    assert_eq!((told, sender.outbox.lost()), (names.len(), 0));
}
