//! A recording as a source: what it tells, and when.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::bounded;
use graph::{Kind, NameOrigin, Time};
use wire::packet::LinkType;

use super::support::{LONG, Running, Scratch, last_ledger, ledger_of, play, udp, udp_at, wall};
use crate::file::{Config, Detail, FileError, Order, Pace, PcapNgWriter};
use crate::source::{Command, Ended, Level};

#[test]
fn every_packet_is_counted_and_every_connection_ends() {
    let (batches, ended, notices) = play(&udp_at(&[1.0, 1.5, 1.2, 2.0]), None);
    assert_eq!((ended, notices.len()), (Ended::Finished, 0));
    assert_eq!(last_ledger(&batches).packets, 4);
    let closed = batches.iter().flat_map(|b| &b.events).filter(|e| matches!(e.kind, Kind::Close { .. })).count();
    assert_eq!(closed, 4);
    assert!(batches.is_sorted_by_key(|b| b.now), "time never goes back");
    assert_eq!(batches.last().unwrap().now, Time::from_secs(2));
}

#[test]
fn as_fast_as_possible_it_tells_once_a_recorded_second() {
    // A hundred packets a second for ten seconds, all of one connection.
    let mut writer = crate::file::PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for i in 0..1000 {
        writer.packet(Time(5_000_000 + i * 10_000), &udp(7), 42).unwrap();
    }
    let (batches, ..) = play(&writer.into_inner(), None);
    let mut secs: Vec<u64> = batches.iter().map(|b| b.now.micros() / 1_000_000).collect();
    assert!(secs.len() <= 13, "{secs:?}");
    secs.dedup();
    assert_eq!(secs, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    assert_eq!(last_ledger(&batches).packets, 1000);
}

#[test]
fn a_scan_of_more_connections_than_are_kept_loses_none() {
    // All in one second, so that nothing but their number makes the source tell of them.
    let mut writer = crate::file::PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    let scan: u32 = 400_000;
    for i in 0..scan {
        let mut frame = udp(7);
        frame[30..34].copy_from_slice(&i.to_be_bytes());
        writer.packet(Time(5_000_000), &frame, 42).unwrap();
    }
    let file = Scratch::file(&writer.into_inner());
    for detail in [Detail::Slices, Detail::Totals] {
        let (batches, ended, _) = Running::start(Config { detail, ..Config::new(file.as_ref()) }, wall, &[]).end();
        assert_eq!(ended.unwrap(), Ended::Finished);
        let ledger = last_ledger(&batches);
        assert_eq!((ledger.packets, ledger.lost_queue), (u64::from(scan), 0), "{detail:?}");
        let closed = batches.iter().flat_map(|b| &b.events).filter(|e| matches!(e.kind, Kind::Close { .. })).count();
        assert_eq!(closed, scan as usize, "{detail:?}");
    }
}

#[test]
fn time_that_goes_back_does_not_matter() {
    let (batches, ended, _) = play(&udp_at(&[9.0, 1.0, 5.0, 0.0, 8.0]), None);
    assert_eq!(ended, Ended::Finished);
    assert_eq!(last_ledger(&batches).packets, 5);
    assert!(batches.is_sorted_by_key(|b| b.now));
}

#[test]
fn a_filter_leaves_out_and_counts() {
    let (batches, ..) = play(&udp_at(&[1.0, 2.0, 3.0]), Some("udp src port 2"));
    let ledger = last_ledger(&batches);
    assert_eq!((ledger.packets, ledger.filtered), (3, 2));
    let opened = batches.iter().flat_map(|b| &b.events).filter(|e| matches!(e.kind, Kind::Open { .. })).count();
    assert_eq!(opened, 1);
}

#[test]
fn a_bad_filter_does_not_open() {
    let file = Scratch::file(&udp_at(&[1.0]));
    let config = Config { filter: Some("udp porrt 2".to_owned()), ..Config::new(file.as_ref()) };
    let Err(FileError::Filter(error)) = config.open() else { panic!("it opened") };
    assert!(error.message.contains("syntax error"), "{error}");
}

#[test]
fn a_filter_is_judged_by_the_link_type_of_the_file() {
    let mut writer = PcapNgWriter::new(Vec::new(), Order::Big).unwrap();
    writer.interface(LinkType::IEEE802_11, 0, 6, 0).unwrap();
    writer.packet(0, 1, &[0x80; 40], 40).unwrap();
    writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
    writer.packet(1, 2, &udp(1), 42).unwrap();
    writer.packet(1, 3, &udp(1), 42).unwrap();
    let (batches, _, notices) = play(&writer.into_inner(), Some("wlan type mgt"));
    let ledger = last_ledger(&batches);
    assert_eq!((ledger.packets, ledger.filtered), (3, 2));
    assert!(notices.len() == 1 && notices[0].text.contains("link type 1 "), "{notices:?}");
}

#[test]
fn a_damaged_one_finishes_with_a_warning_that_says_where() {
    let mut bytes = udp_at(&[1.0, 2.0, 3.0]);
    bytes.truncate(bytes.len() - 1);
    let (batches, ended, notices) = play(&bytes, None);
    assert_eq!(ended, Ended::Finished);
    assert_eq!(last_ledger(&batches).packets, 2);
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(notice.level, Level::Warning);
    assert!(notice.text.contains("byte 140") && notice.text.contains("packet 3"), "{}", notice.text);
}

#[test]
fn names_and_losses_reach_the_model() {
    let mut writer = PcapNgWriter::new(Vec::new(), Order::Little).unwrap();
    writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
    writer.packet(0, 1, &udp(1), 42).unwrap();
    writer.name("192.0.2.1".parse().unwrap(), "one.example").unwrap();
    writer.statistics(0, 4, 9).unwrap();
    let (batches, ..) = play(&writer.into_inner(), None);
    let ledger = last_ledger(&batches);
    assert_eq!((ledger.lost_kernel, ledger.lost_interface), (9, 4));
    let named = batches
        .iter()
        .flat_map(|b| &b.events)
        .any(|e| matches!(&e.kind, Kind::Name { origin: NameOrigin::Ptr, name, .. } if &**name == "one.example"));
    assert!(named);
}

#[test]
fn a_link_type_that_cannot_be_read_is_counted_and_told_once() {
    let mut writer = PcapNgWriter::new(Vec::new(), Order::Little).unwrap();
    for link in [LinkType(189), LinkType::ETHERNET] {
        writer.interface(link, 0, 6, 0).unwrap();
    }
    for i in 0..4 {
        writer.packet(i % 2, i.into(), &udp(1), 42).unwrap();
    }
    let (batches, _, notices) = play(&writer.into_inner(), None);
    let ledger = last_ledger(&batches);
    assert_eq!((ledger.packets, ledger.no_ip), (4, 2));
    assert!(notices.len() == 1 && notices[0].text.contains("189 (USB_LINUX)"), "{notices:?}");
}

#[test]
fn progress_ends_at_the_end() {
    let file = Scratch::file(&udp_at(&[1.0, 2.0]));
    let running = Running::start(Config::new(file.as_ref()), wall, &[]);
    let progress = std::sync::Arc::clone(&running.progress);
    running.end().1.unwrap();
    assert_eq!(progress.fraction(), Some(1.0));
}

#[test]
fn at_a_pace_packets_come_when_recorded_time_has() {
    static WALL: AtomicU64 = AtomicU64::new(1_000_000_000);
    let file = Scratch::file(&udp_at(&[100.0, 110.0, 110.1, 130.0]));
    let config = Config { pace: Pace::Times(1.0), ..Config::new(file.as_ref()) };
    let running = Running::start(config, || Time(WALL.load(Ordering::SeqCst)), &[]);
    // An answer: from here on it sees every step of the clock.
    let (answer, answered) = bounded(1);
    running.tell(Command::Filter { text: String::new(), answer });
    answered.recv_timeout(LONG).unwrap().unwrap();
    let mut counted = 0;
    let mut now = Time::ZERO;
    let mut advance_to = |until: Time| {
        while now < until {
            WALL.fetch_add(500_000, Ordering::SeqCst);
            let batch = running.batches.recv_timeout(LONG).unwrap();
            now = batch.now;
            counted = ledger_of(&batch.events).map_or(counted, |l| l.packets);
        }
        counted
    };
    assert_eq!(advance_to(Time(109_000_000)), 1, "the silence before the second is played");
    assert_eq!(advance_to(Time(111_000_000)), 3);
    running.tell(Command::Speed(Some(10.0)));
    assert_eq!(advance_to(Time(125_000_000)), 3);
    running.tell(Command::Speed(None));
    let (batches, ended, _) = running.end();
    assert_eq!((ended.unwrap(), last_ledger(&batches).packets), (Ended::Finished, 4));
}
