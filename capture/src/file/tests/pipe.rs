//! Recordings that come through a pipe.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use super::support::{LONG, Running, Scratch, gzip, last_ledger, packets, pcap, udp_at, wall, zstd};
use crate::file::{Config, FileError, Order, Record, Recording};
use crate::source::{Command, Ended};

fn writer(fifo: &Scratch) -> File {
    // A reader is there already: without it this would fail rather than wait.
    File::options().write(true).custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits()).open(fifo).unwrap()
}

/// The next record but `Waiting`, as a word.
fn next(recording: &mut Recording) -> String {
    let deadline = std::time::Instant::now() + LONG;
    while std::time::Instant::now() < deadline {
        match recording.next_record() {
            Ok(Record::Waiting) => recording.wait(Duration::from_millis(20)),
            Ok(Record::Packet(packet)) => return format!("packet of {}", packet.data.len()),
            Ok(other) => return format!("{other:?}"),
            Err(error) => return error.to_string(),
        }
    }
    "nothing".to_owned()
}

#[test]
fn a_fifo_is_read_as_it_comes() {
    let fifo = Scratch::fifo();
    let mut recording = Recording::open(fifo.as_ref()).unwrap();
    assert!(matches!(recording.next_record(), Ok(Record::Waiting)), "nobody writes yet");
    let bytes = pcap(Order::Little, false, &packets()[..2]);
    let mut writer = writer(&fifo);
    for part in [&bytes[..3], &bytes[3..20], &bytes[20..24], &bytes[24..30]] {
        writer.write_all(part).unwrap();
        recording.wait(LONG);
        assert!(matches!(recording.next_record(), Ok(Record::Waiting)));
    }
    writer.write_all(&bytes[30..]).unwrap();
    assert_eq!(next(&mut recording), "packet of 0");
    assert_eq!(next(&mut recording), "packet of 1");
    drop(writer);
    assert_eq!(next(&mut recording), "End");
    assert_eq!(recording.size(), 0, "no end was known");
    assert!(!recording.rewind().unwrap());
}

#[test]
fn a_compressed_fifo_is_read_as_it_comes() {
    for bytes in [gzip(&pcap(Order::Big, false, &packets())), zstd(&pcap(Order::Big, false, &packets()))] {
        let fifo = Scratch::fifo();
        let mut recording = Recording::open(fifo.as_ref()).unwrap();
        let mut writer = writer(&fifo);
        let mut lens = Vec::new();
        let mut take_in = |recording: &mut Recording| loop {
            match recording.next_record().unwrap() {
                Record::Packet(packet) => lens.push(packet.data.len()),
                Record::Waiting => return true,
                _ => return false,
            }
        };
        for part in bytes.chunks(7) {
            writer.write_all(part).unwrap();
            assert!(take_in(&mut recording), "it ended before its writer left");
        }
        drop(writer);
        recording.wait(LONG);
        assert!(!take_in(&mut recording));
        assert_eq!(lens, packets().iter().map(|p| p.data.len()).collect::<Vec<_>>());
    }
}

#[test]
fn a_writer_that_leaves_early() {
    let fifo = Scratch::fifo();
    let mut recording = Recording::open(fifo.as_ref()).unwrap();
    drop(writer(&fifo));
    recording.wait(LONG);
    assert!(matches!(recording.next_record(), Err(FileError::Empty { .. })));
}

#[test]
fn a_source_shows_what_has_come_and_ends_with_the_writer() {
    let fifo = Scratch::fifo();
    let running = Running::start(Config::new(fifo.as_ref()), wall, &[]);
    let bytes = udp_at(&[1.0, 1.1, 1.2]);
    let mut writer = writer(&fifo);
    writer.write_all(&bytes[..24 + 58]).unwrap();
    assert_eq!(running.ledger().packets, 1, "told before the next packet comes");
    writer.write_all(&bytes[24 + 58..]).unwrap();
    drop(writer);
    let (batches, ended, _) = running.end();
    assert_eq!(ended.unwrap(), Ended::Finished);
    assert_eq!(last_ledger(&batches).packets, 3);
}

#[test]
fn a_filter_is_judged_by_what_comes() {
    for (filter, works) in [("udp port 2", true), ("wlan type mgt", false)] {
        let fifo = Scratch::fifo();
        let config = Config { filter: Some(filter.to_owned()), ..Config::new(fifo.as_ref()) };
        let running = Running::start(config, wall, &[]);
        writer(&fifo).write_all(&udp_at(&[1.0, 1.1, 1.2])).unwrap();
        let (batches, ended, _) = running.end();
        assert_eq!(ended.is_ok(), works, "{ended:?}");
        if works {
            let ledger = last_ledger(&batches);
            assert_eq!((ledger.packets, ledger.filtered), (3, 2));
        }
    }
}

#[test]
fn it_stops_while_nobody_writes() {
    let fifo = Scratch::fifo();
    let running = Running::start(Config::new(fifo.as_ref()), wall, &[]);
    running.tell(Command::Stop);
    assert_eq!(running.end().1.unwrap(), Ended::Stopped);
}
