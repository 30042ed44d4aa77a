use std::net::IpAddr;

use graph::{Basis, EndReason, Event, Kind, Ledger, OriginId, RegistryBuilder, Side, Time};
use wire::packet::LinkType;

use super::Summariser;
use crate::columns::Columns;
use crate::source::{BATCH_EVENTS, Batch, Offer};

const RAW: LinkType = LinkType(101);
const SEC: u64 = 1_000_000;

fn summariser(max: usize) -> Summariser {
    Summariser::new(OriginId(0), Columns::register(&mut RegistryBuilder::default()).unwrap(), max)
}

/// An IPv4 packet: TCP with those flags, or ICMP echo where there are none.
fn packet(src: u8, sport: u16, dst: u8, dport: u16, flags: u8) -> Vec<u8> {
    let mut p = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, src, 10, 0, 0, dst];
    p.extend(sport.to_be_bytes());
    p.extend(dport.to_be_bytes());
    p.extend([0; 8]);
    p.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
    p
}

fn echo(src: u8, dst: u8, ty: u8) -> Vec<u8> {
    let mut p = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, src, 10, 0, 0, dst];
    p.extend([ty, 0, 0, 0, 0, 7, 0, 1]);
    p
}

impl Summariser {
    fn take(&mut self, frame: &[u8], at: u64) {
        self.packet(RAW, frame, frame.len() as u32, Time(at));
    }

    fn all(&mut self, now: u64) -> Vec<Event> {
        let mut events = Vec::new();
        assert!(self.flush(Time(now), |batch| {
            assert!(batch.events.len() <= BATCH_EVENTS);
            events.extend(batch.events);
            Offer::Taken
        }));
        events
    }
}

const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;
const RST: u8 = 4;

fn count(events: &[Event], is: impl Fn(&Kind) -> bool) -> usize {
    events.iter().filter(|e| is(&e.kind)).count()
}

#[test]
fn a_connection_is_opened_summed_and_closed() {
    let mut s = summariser(9);
    s.take(&packet(1, 4000, 2, 80, SYN), SEC);
    s.take(&packet(2, 80, 1, 4000, SYN | ACK), SEC + 1);
    let events = s.all(SEC + 2);
    let [Kind::Open { initiator, .. }, Kind::Data { total, .. }, Kind::Ledger(Ledger { packets: 2, bytes: 80, .. })] =
        [&events[0].kind, &events[1].kind, &events[2].kind]
    else {
        panic!("{events:?}")
    };
    assert_eq!((initiator.side, initiator.basis), (Side::A, Basis::Handshake));
    assert_eq!((total.0.ab.packets, total.0.ba.packets, total.0.ab.ip_bytes), (1, 1, 40));
    s.take(&packet(1, 4000, 2, 80, FIN | ACK), SEC + 3);
    s.take(&packet(2, 80, 1, 4000, FIN | ACK), SEC + 4);
    s.take(&packet(1, 4000, 2, 80, ACK), SEC + 5);
    let events = s.all(SEC + 6);
    let Kind::Close { reason: EndReason::Fin, total, .. } = &events[0].kind else { panic!("{events:?}") };
    assert_eq!(total.0.sum().packets, 5, "the last acknowledgement counts too");
}

#[test]
fn a_straggler_is_told_and_used_ports_are_another_connection() {
    let mut s = summariser(9);
    s.take(&packet(1, 4000, 2, 80, SYN), SEC);
    s.take(&packet(2, 80, 1, 4000, RST), SEC);
    let first = s.all(SEC);
    s.take(&packet(1, 4000, 2, 80, ACK), SEC + 1);
    let straggler = s.all(SEC + 1);
    s.take(&packet(1, 4000, 2, 80, SYN), SEC + 2);
    let again = s.all(SEC + 2);
    let conn = |events: &[Event]| events.iter().find_map(|e| if let Kind::Open { conn, .. } = &e.kind { Some(*conn) } else { None });
    assert!(matches!(straggler[0].kind, Kind::Data { .. }));
    assert!(conn(&first).is_some() && conn(&again).is_some() && conn(&first) != conn(&again));
}

#[test]
fn a_handshake_seen_late_corrects_who_began_it() {
    let mut s = summariser(9);
    s.take(&packet(2, 50_000, 1, 50_001, ACK), SEC);
    let guess = s.all(SEC);
    s.take(&packet(1, 50_001, 2, 50_000, SYN), SEC + 1);
    let sure = s.all(SEC + 1);
    let initiator =
        |e: &[Event]| e.iter().find_map(|e| if let Kind::Open { initiator, .. } = e.kind { Some(initiator) } else { None }).unwrap();
    assert_eq!((initiator(&guess).basis, initiator(&guess).side), (Basis::FirstSeen, Side::B));
    assert_eq!((initiator(&sure).basis, initiator(&sure).side), (Basis::Handshake, Side::A));
}

#[test]
fn an_echo_reply_is_its_requests() {
    for (first, second) in [(8, 0), (0, 8)] {
        let mut s = summariser(9);
        s.take(&if first == 8 { echo(9, 1, 8) } else { echo(1, 9, 0) }, SEC);
        s.take(&if second == 8 { echo(9, 1, 8) } else { echo(1, 9, 0) }, SEC);
        let events = s.all(SEC);
        assert_eq!(count(&events, |k| matches!(k, Kind::Open { .. })), 1);
        let Kind::Open { tuple, initiator, .. } = &events[0].kind else { panic!("{events:?}") };
        let requester: IpAddr = "10.0.0.9".parse().unwrap();
        assert_eq!(tuple.end(initiator.side).addr, requester);
        assert_eq!((tuple.end(initiator.side).port, tuple.end(initiator.side.other()).port), (7, 0x0800));
        let Kind::Data { total, .. } = &events[1].kind else { panic!("{events:?}") };
        assert_eq!((total.0.ab.packets, total.0.ba.packets), (1, 1));
    }
}

#[test]
fn what_finds_no_room_is_summed_further_and_nothing_is_lost() {
    let mut s = summariser(1000);
    let mut told = Vec::new();
    for round in 0..20_u64 {
        for port in 0..300 {
            s.take(&packet(1, 4000 + port, 2, 80, ACK), SEC + round);
        }
        // The model takes one batch in three flushes.
        let mut room = usize::from(round % 3 == 0);
        assert!(s.flush(Time(SEC + round), |batch: Batch| {
            if room == 0 {
                return Offer::Full(batch);
            }
            room -= 1;
            told.extend(batch.events);
            Offer::Taken
        }));
    }
    told.extend(s.all(2 * SEC));
    let mut last = std::collections::BTreeMap::new();
    for event in &told {
        if let Kind::Data { tuple, total, .. } = event.kind {
            last.insert(tuple, total.0.sum().packets);
        }
    }
    assert_eq!((last.len(), last.values().sum::<u64>()), (300, 6000));
    assert_eq!(s.ledger().lost_queue, 0);
}

#[test]
fn a_full_table_and_a_deaf_model_lose_packets_by_the_book() {
    let mut s = summariser(10);
    let sent = 200_000_u64;
    for n in 0..sent {
        s.take(&packet((n % 250) as u8, (n / 250) as u16, 251, 80, ACK), SEC);
    }
    let mut told = 0;
    let events = s.all(SEC);
    let mut last = std::collections::BTreeMap::new();
    for event in &events {
        if let Kind::Data { conn, total, .. } | Kind::Close { conn, total, .. } = event.kind {
            last.insert(conn, total.0.sum().packets);
        }
    }
    told += last.values().sum::<u64>();
    let ledger = s.ledger();
    assert_eq!(ledger.packets, sent);
    assert!(ledger.lost_queue > 0);
    assert_eq!(told + ledger.lost_queue, sent);
}

#[test]
fn the_silent_end_and_all_end_at_the_end() {
    let mut s = summariser(10);
    s.take(&echo(1, 2, 8), SEC);
    s.take(&packet(1, 4000, 2, 80, ACK), SEC);
    s.all(SEC);
    let events = s.all(100 * SEC);
    assert_eq!(count(&events, |k| matches!(k, Kind::Close { reason: EndReason::Idle, .. })), 1, "ICMP after a minute, TCP not yet");
    let mut events = Vec::new();
    s.take(&packet(1, 4000, 2, 80, ACK), 100 * SEC);
    assert!(s.finish(Time(101 * SEC), |batch| {
        events.extend(batch.events);
        Offer::Taken
    }));
    assert!(matches!(events.last(), Some(Event { kind: Kind::Ledger(_), .. })), "the ledger comes last");
    assert_eq!(count(&events, |k| matches!(k, Kind::Close { reason: EndReason::Finished, .. })), 1);
    assert!(!s.has_news());
}

#[test]
fn a_report_hears_what_begins_and_the_rest_at_the_end() {
    let mut s = summariser(10);
    let news = |s: &mut Summariser, now| {
        let mut events = Vec::new();
        assert!(s.flush_news(Time(now), |batch| {
            events.extend(batch.events);
            Offer::Taken
        }));
        count(&events, |k| matches!(k, Kind::Open { .. } | Kind::Data { .. } | Kind::Ledger(_)))
    };
    s.take(&packet(1, 4000, 2, 80, ACK), SEC);
    assert_eq!(news(&mut s, SEC), 1);
    s.take(&packet(1, 4000, 2, 80, ACK), 2 * SEC);
    assert_eq!(news(&mut s, 2 * SEC), 0);
    s.take(&packet(1, 4000, 2, 80, RST), 3 * SEC);
    assert_eq!(news(&mut s, 9 * SEC), 0, "an end is told by itself");
    let mut totals = Vec::new();
    assert!(s.finish(Time(9 * SEC), |batch| {
        totals.extend(batch.events);
        Offer::Taken
    }));
    assert!(matches!(&totals[..], [Event { kind: Kind::Ledger(Ledger { packets: 3, .. }), .. }]), "{totals:?}");
}

#[test]
fn packets_without_ip_and_filtered_ones_are_counted() {
    let mut s = summariser(10);
    s.packet(LinkType(1), &[0; 60], 60, Time(SEC));
    s.filtered(100);
    let ledger = s.ledger();
    assert_eq!((ledger.packets, ledger.bytes, ledger.no_ip, ledger.filtered), (2, 160, 1, 1));
}

#[test]
fn what_is_its_own_is_left_out_whatever_carries_it() {
    use wire::packet::Mac;
    use wire::packet::emit::{Emit, stack};
    use wire::packet::link::{ethernet, vlan};
    use wire::packet::network::ipv4;
    use wire::packet::transport::{echo::Echo, icmp::Version, udp};

    let mut s = summariser(99);
    s.leave_out(super::Own { udp_port: Some(4430), echo_id: Some(7) });
    let ip = |proto| ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), proto);
    let tagged = |layers: &[&dyn Emit], payload: &[u8]| {
        let frame = ethernet::Repr { src: Mac([2; 6]), dst: Mac([4; 6]), ethertype: 0x8100 };
        let tag = vlan::Repr { id: 5, priority: 0, drop_eligible: false, ethertype: 0x0800 };
        stack(&[&[&frame as &dyn Emit, &tag], layers].concat(), payload)
    };
    let report = |port| udp::Repr { src_port: 50_000, dst_port: port };
    let ping = |id| Echo { id, seq: 1 }.request(Version::V4);
    // What a router says of it.
    let quoted = |id| [&[11, 0, 0, 0, 0, 0, 0, 0], &stack(&[&ip(1)], &ping(id))[..]].concat();
    let tunnelled = |port| stack(&[&ip(4), &ip(17), &report(port)], b"x");
    let frames = |port, id| [tagged(&[&ip(17), &report(port)], b"x"), tagged(&[&ip(1)], &ping(id)), tagged(&[&ip(1)], &quoted(id))];
    for frame in frames(4430, 7) {
        s.packet(LinkType::ETHERNET, &frame, frame.len() as u32, Time(SEC));
    }
    s.take(&tunnelled(4430), SEC);
    let events = s.all(SEC + 1);
    assert_eq!(count(&events, |kind| !matches!(kind, Kind::Ledger(_))), 0, "{events:?}");
    assert_eq!((s.ledger().packets, s.ledger().filtered), (4, 4));
    for frame in frames(4431, 8) {
        s.packet(LinkType::ETHERNET, &frame, frame.len() as u32, Time(SEC));
    }
    s.take(&tunnelled(4431), SEC);
    // In the tunnel or beside it, it is one flow.
    assert_eq!(count(&s.all(SEC + 2), |kind| matches!(kind, Kind::Open { .. })), 3);
    assert_eq!(s.ledger().filtered, 4);
}
