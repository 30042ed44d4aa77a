//! A probe that has the right key and says what it likes.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use graph::{ConnId, EndReason, Endpoint, Exit, Initiator, Kind, ProcessId, Proto, Registry, Side, Time, Total, Tuple};
use proptest::prelude::*;
use wire::glouglou::{ContentHead, Full, Packer, Record, Snapshot};

use super::*;

const NOW: Time = Time(1_700_000_000_000_000);

fn about(registry: &Registry) -> About<'_> {
    About::of(registry, 1, "probe")
}

/// Contents with those events, numbered from `first` on; of a snapshot where `begin` says so.
fn contents(first: u64, begin: Option<Snapshot>, kinds: impl IntoIterator<Item = Kind>) -> Vec<Vec<u8>> {
    let registry = Registry::default();
    let open = |event| {
        let head = ContentHead { t_base_us: NOW.micros(), first_event_seq: event, snapshot: begin.is_some(), sampling_n: 1 };
        let mut packer = Packer::new(head);
        begin.iter().for_each(|begin| packer.push(&Record::SnapshotBegin(*begin), 0, &[]).unwrap());
        packer
    };
    let (mut packer, mut all) = (open(first), vec![]);
    for (kind, at) in kinds.into_iter().zip(0..) {
        let about = About { number: begin.map(|_| at), ..about(&registry) };
        if encode(&mut packer, &kind, 0, &about) == Err(Full) {
            let event = if begin.is_some() { first } else { first + u64::from(at) };
            all.push(std::mem::replace(&mut packer, open(event)).finish());
            encode(&mut packer, &kind, 0, &about).unwrap();
        }
    }
    all.push(packer.finish());
    all
}

fn tuple(n: u32) -> Tuple {
    let end = |n, port| Endpoint { addr: Ipv4Addr::from_bits(n).into(), port };
    Tuple::new(Proto::UDP, end(n, 1), end(7, 2)).0
}

fn open(n: u32) -> Kind {
    let initiator = Initiator { side: Side::A, basis: graph::Basis::Port };
    Kind::Open { tuple: tuple(n), conn: ConnId(n), start: NOW, initiator }
}

fn close(n: u32) -> Kind {
    Kind::Close { tuple: tuple(n), conn: ConnId(n), reason: EndReason::Fin, total: Total::default(), last: NOW }
}

fn fork(pid: u32) -> Kind {
    let id = |pid| ProcessId { pid, start_ns: u64::from(pid) };
    Kind::Fork { parent: id(1), child: id(pid) }
}

#[derive(Default)]
struct Heard {
    seq: u64,
    told: usize,
    kinds: Vec<Kind>,
}

impl Heard {
    fn all(&mut self, receiver: &mut Receiver, contents: &[Vec<u8>]) {
        let mut told = vec![];
        for content in contents {
            receiver.content(NOW, self.seq, content, &mut told);
            self.seq += 1;
            self.told += told.len();
            self.kinds = told.drain(..).map(|(_, kind)| kind).collect();
        }
    }
}

fn receiver() -> Receiver {
    Receiver::new(Arc::new(Registry::default()))
}

#[test]
fn more_connections_than_there_is_room_for_are_refused_and_counted() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, (0..262_144 + 1000).map(open)));
    assert_eq!(receiver.live().0, 262_144);
    let ledger = receiver.ledger();
    assert_eq!((ledger.events, ledger.refused, heard.told), (262_144, 1000, 262_144));
    // One that ends makes room for one.
    heard.all(&mut receiver, &contents(263_144, None, [close(5), open(300_000), open(300_001)]));
    assert_eq!((receiver.live().0, receiver.ledger().refused), (262_144, 1001));
}

#[test]
fn more_processes_than_there_is_room_for_are_refused_and_counted() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, (2..140_002).map(fork)));
    assert_eq!((receiver.live().1, receiver.ledger().refused), (131_072, 140_001 - 131_072));
}

#[test]
fn what_waits_for_a_gap_is_bounded_and_nothing_is_lost_uncounted() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, [open(1)]));
    // Every other content is missing.
    for n in 0..30_000 {
        heard.all(&mut receiver, &contents(2 + 2 * n, None, [open(2)]));
    }
    let early = receiver.ledger();
    assert!(early.events > 1, "the oldest gaps are given up before their time: {early:?}");
    let mut told = vec![];
    receiver.tick(NOW.plus(Duration::from_millis(199)), &mut told);
    assert_eq!(receiver.ledger(), early);
    receiver.tick(NOW.plus(Duration::from_millis(200)), &mut told);
    let ledger = receiver.ledger();
    assert_eq!((ledger.events, ledger.lost_events), (30_001, 30_000));
}

#[test]
fn a_question_before_the_first_event_is_no_loss_of_all_that_went_before() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    let mut question = Packer::new(ContentHead { t_base_us: NOW.micros(), first_event_seq: 0, snapshot: false, sampling_n: 0 });
    question.push(&Record::Ping(wire::glouglou::Ping { random: 1, t_us: 2 }), 0, &[]).unwrap();
    let question = [question.finish()];
    heard.all(&mut receiver, &question);
    receiver.pass_over(1, &question[0]);
    heard.all(&mut receiver, &contents(5_000, None, [open(1)]));
    receiver.tick(NOW.plus(Duration::from_secs(1)), &mut Vec::new());
    let ledger = receiver.ledger();
    assert_eq!((ledger.unheard, ledger.lost_events, ledger.passed_over, ledger.events), (5_000, 0, 0, 1));
}

#[test]
fn a_clock_that_is_set_back_holds_no_gap_open_and_asks_again() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, [open(1)]));
    assert!(receiver.ask(NOW).is_some());
    heard.all(&mut receiver, &contents(2, None, [open(2)]));
    let back = |millis| NOW.minus(Duration::from_secs(3_600)).plus(Duration::from_millis(millis));
    let mut told = vec![];
    receiver.tick(back(0), &mut told);
    assert_eq!((told.len(), receiver.ask(back(0))), (0, None));
    receiver.tick(back(200), &mut told);
    assert_eq!((told.len(), receiver.ledger().lost_events), (1, 1));
    assert!(receiver.ask(back(2_000)).is_some());
}

#[test]
fn a_late_datagram_fills_a_gap_in_order_and_a_later_one_does_not() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, [open(1)]));
    heard.all(&mut receiver, &contents(2, None, [open(3)]));
    assert_eq!(heard.told, 1);
    heard.all(&mut receiver, &contents(1, None, [open(2)]));
    assert_eq!(heard.kinds, [open(2), open(3)]);
    heard.all(&mut receiver, &contents(4, None, [open(5)]));
    let mut told = vec![];
    receiver.tick(NOW.plus(Duration::from_millis(200)), &mut told);
    assert_eq!(told, [(NOW, open(5))]);
    heard.all(&mut receiver, &contents(3, None, [open(4)]));
    let ledger = receiver.ledger();
    assert_eq!((ledger.events, ledger.lost_events, ledger.late_events), (4, 1, 1));
    assert_eq!(receiver.live().0, 4);
}

#[test]
fn what_ended_after_a_snapshot_was_made_is_not_revived_by_it() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    let all = ProcessId { pid: 9, start_ns: 9 };
    let exit = Kind::Exit { process: all, exit: Exit::Code(0) };
    heard.all(&mut receiver, &contents(0, None, [open(1), open(2), fork(9)]));
    assert_eq!(receiver.ask(NOW).unwrap().modules, 0b11);
    assert_eq!(receiver.ask(NOW.plus(Duration::from_millis(1999))), None);
    // The snapshot has what was before event 3; it arrives after what happened then.
    heard.all(&mut receiver, &contents(3, None, [close(1), exit, open(4)]));
    let network = Snapshot { snapshot_id: 1, module: 0, count: 2 };
    heard.all(&mut receiver, &contents(3, Some(network), [open(1), open(3)]));
    let processes = Snapshot { snapshot_id: 2, module: 1, count: 1 };
    let told = heard.told;
    heard.all(&mut receiver, &contents(3, Some(processes), [Kind::Change { process: all, change: graph::Change::Session }]));
    // Connection 2 was not named, and 4 began later; whoever forked process 9 was not named.
    assert_eq!(receiver.live(), (2, 0));
    assert_eq!(heard.told - told, 1, "{:?}", heard.kinds);
    assert_eq!(receiver.ledger().snapshots, 2);
    assert_eq!(receiver.ask(NOW.plus(Duration::from_secs(10))), None);
}

#[test]
fn whose_an_ended_connection_was_is_not_said_of_the_next_one_between_its_ends() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    let owner = |n, conn| {
        let process = ProcessId { pid: conn, start_ns: 9 };
        Kind::Owner { tuple: tuple(n), conn: ConnId(conn), side: Side::A, process, how: graph::Attribution::Exact }
    };
    let Kind::Open { start, initiator, .. } = open(1) else { panic!() };
    let again = Kind::Open { tuple: tuple(1), conn: ConnId(7), start, initiator };
    heard.all(&mut receiver, &contents(0, None, [open(1), owner(1, 1), open(2), owner(2, 2)]));
    receiver.ask(NOW).unwrap();
    heard.all(&mut receiver, &contents(4, None, [close(1), again, owner(1, 7)]));
    // A snapshot from before, late.
    let before = Snapshot { snapshot_id: 1, module: 0, count: 4 };
    heard.all(&mut receiver, &contents(4, Some(before), [open(1), owner(1, 1), open(2), owner(2, 2)]));
    assert_eq!(heard.kinds, [open(2), owner(2, 2)]);
}

#[test]
fn a_snapshot_that_nobody_waits_for_any_more_changes_nothing() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, [open(1), open(2)]));
    // It was asked for twice, and both were made before connection 2 ended.
    let [first, second] = [1, 2].map(|snapshot_id| Snapshot { snapshot_id, module: 0, count: 2 });
    heard.all(&mut receiver, &contents(2, Some(first), [open(1), open(2)]));
    heard.all(&mut receiver, &contents(2, None, [close(2)]));
    heard.all(&mut receiver, &contents(2, Some(second), [open(1), open(2)]));
    assert_eq!((receiver.live().0, receiver.ledger().snapshots), (1, 1));
}

#[test]
fn only_what_is_missing_of_a_snapshot_is_asked_for() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    heard.all(&mut receiver, &contents(0, None, [open(1)]));
    receiver.ask(NOW).unwrap();
    let begin = Snapshot { snapshot_id: 4, module: 0, count: 100 };
    let all = contents(1, Some(begin), (0..100).map(open));
    assert!(all.len() > 3);
    heard.all(&mut receiver, &[all[0].clone(), all[2].clone()]);
    assert_eq!(receiver.live().0, heard.told - 1, "one was known");
    let later = NOW.plus(Duration::from_secs(2));
    let request = receiver.ask(later).unwrap();
    assert_eq!((request.modules, request.snapshot_id, request.ranges.len()), (1, 4, 2));
    let missing: u32 = request.ranges.iter().map(|(from, to)| to - from + 1).sum();
    assert_eq!(missing as usize + receiver.live().0, 100);
    heard.all(&mut receiver, &all);
    assert_eq!((receiver.live().0, receiver.ledger().snapshot_records), (100, 100));
}

#[test]
fn numbers_at_the_end_of_all_numbers_do_no_harm() {
    let (mut receiver, mut heard) = (receiver(), Heard::default());
    let most = Snapshot { snapshot_id: u32::MAX, module: 0, count: u32::MAX };
    heard.all(&mut receiver, &contents(0, None, [open(1)]));
    heard.all(&mut receiver, &contents(u64::MAX, Some(most), [open(2)]));
    heard.all(&mut receiver, &contents(u64::MAX, None, [open(3)]));
    let mut told = vec![];
    receiver.content(Time(u64::MAX), u64::MAX, &contents(u64::MAX, None, [open(4)])[0], &mut told);
    receiver.tick(Time(u64::MAX), &mut told);
    assert!(receiver.ledger().lost_events > 0 && receiver.live().0 <= 4);
}

/// Bytes that are near enough to contents to be read.
fn like_contents() -> impl Strategy<Value = Vec<u8>> {
    let few = prop_oneof![0..4_u64, Just(u64::MAX), any::<u64>()];
    let small = any::<u8>().prop_map(|byte| byte % 4);
    let record = (0..3_u8, 0..8_u8, proptest::collection::vec(small.clone(), 0..120)).prop_map(|(module, kind, payload)| {
        let module = [0, 1, 0xFF][usize::from(module)];
        let kind = if module == 0xFF { 0x20 + kind } else { kind };
        // An address of IPv4 or IPv6 stands first in most.
        let mut payload = payload;
        if module == 0
            && let Some(family) = payload.first_mut()
        {
            *family = if *family < 3 { 4 } else { 6 };
        }
        let mut record = vec![module, kind];
        record.extend((payload.len() as u16).to_be_bytes());
        record.extend([0; 4]);
        record.extend(payload);
        record
    });
    (few, any::<bool>(), proptest::collection::vec(record, 0..8)).prop_map(|(first, snapshot, records)| {
        let mut content = NOW.micros().to_be_bytes().to_vec();
        content.extend(first.to_be_bytes());
        content.extend((records.len() as u16).to_be_bytes());
        content.extend([0, u8::from(snapshot), 0, 0, 0, 1]);
        records.iter().for_each(|record| content.extend(record));
        content
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_content_and_whatever_they_tell_of_ends(
        all in proptest::collection::vec((prop_oneof![like_contents(), proptest::collection::vec(any::<u8>(), 0..1300)], 0..300_u64), 0..40),
        reset in 0..40_usize,
    ) {
        let mut receiver = receiver();
        let (mut now, mut told) = (NOW, vec![]);
        for ((content, millis), seq) in all.iter().zip(0..) {
            now = now.plus(Duration::from_millis(*millis));
            receiver.content(now, seq as u64, content, &mut told);
            while receiver.ask(now).is_some() {}
            prop_assert!(receiver.due().is_none_or(|due| due > now));
            if seq == reset {
                receiver.reset(now, Some(5));
            }
        }
        let (conns, processes) = receiver.live();
        prop_assert!(conns <= told.len() && processes <= 2 * told.len());
        told.clear();
        receiver.end(now, &mut told);
        prop_assert_eq!(told.len(), conns + processes);
        prop_assert_eq!(receiver.live(), (0, 0));
    }
}
