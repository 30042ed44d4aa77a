//! What the tests share: scratch files, recordings, and a source that runs beside the test.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{Event, Kind, Ledger, OriginId, Time};
use wire::packet::LinkType;

use crate::World;
use crate::file::{Config, FileError, Order, PcapNgWriter, PcapWriter, Record, Recording};
use crate::source::{BATCHES_WAITING, Batch, Command, Context, Ended, Notice, Outlet, Progress, Source, SourceError};

/// Far longer than anything here takes; a test that waits so long has failed.
pub(super) const LONG: Duration = Duration::from_secs(20);

/// A packet as a test wrote it, or read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) at: Time,
    pub(super) link: u32,
    pub(super) data: Vec<u8>,
    pub(super) wire_len: u32,
    pub(super) interface: u32,
}

/// Every packet, and the error that stopped it.
pub(super) fn read(bytes: &[u8]) -> (Vec<Kept>, Option<FileError>) {
    let mut recording = Recording::from_bytes(bytes);
    let mut packets = Vec::new();
    loop {
        match recording.next_record() {
            Ok(Record::Packet(p)) => {
                let (link, data) = (p.link.0, p.data.to_vec());
                packets.push(Kept { at: p.at, link, data, wire_len: p.wire_len, interface: p.interface });
            }
            Ok(Record::End) => return (packets, None),
            Ok(Record::Waiting) => panic!("memory never has to be waited for"),
            Ok(Record::Names(_) | Record::Lost(_) | Record::Other) => {}
            Err(error) => {
                assert!(matches!(recording.next_record(), Ok(Record::End)), "after an error there is only the end");
                return (packets, Some(error));
            }
        }
    }
}

/// Packets of every length from 0 to 9 and one of 1,500 that was cut to 96, a third of a second apart.
pub(super) fn packets() -> Vec<Kept> {
    let lens = (0..10).map(|n| (n, n)).chain([(96, 1500)]);
    lens.enumerate()
        .map(|(i, (len, wire_len))| Kept {
            at: Time(1_700_000_000_000_000 + i as u64 * 333_333),
            link: 1,
            data: (0..len).map(|b| b as u8 ^ 0x5a).collect(),
            wire_len,
            interface: 0,
        })
        .collect()
}

pub(super) fn pcap(order: Order, nanos: bool, packets: &[Kept]) -> Vec<u8> {
    let mut writer = PcapWriter::with(Vec::new(), LinkType::ETHERNET, order, nanos).unwrap();
    for p in packets {
        writer.packet(p.at, &p.data, p.wire_len).unwrap();
    }
    writer.into_inner()
}

pub(super) fn pcapng(order: Order, packets: &[Kept]) -> Vec<u8> {
    let mut writer = PcapNgWriter::new(Vec::new(), order).unwrap();
    writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
    for p in packets {
        writer.packet(0, p.at.micros(), &p.data, p.wire_len).unwrap();
    }
    writer.into_inner()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An Ethernet frame with UDP from that port.
pub(super) fn udp(port: u16) -> Vec<u8> {
    let mut frame = vec![0; 42];
    frame[12..15].copy_from_slice(&[8, 0, 0x45]);
    frame[17] = 28;
    frame[22..24].copy_from_slice(&[64, 17]);
    frame[26..34].copy_from_slice(&[192, 0, 2, 1, 192, 0, 2, 2]);
    frame[34..36].copy_from_slice(&port.to_be_bytes());
    frame[37] = 9;
    frame[39] = 8;
    frame
}

/// A recording of UDP packets at these seconds, each from a port of its own, from 1 on.
pub(super) fn udp_at(secs: &[f64]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for (secs, port) in secs.iter().zip(1..) {
        writer.packet(Time((secs * 1e6) as u64), &udp(port), 42).unwrap();
    }
    writer.into_inner()
}

/// A path that is removed in the end.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn path() -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("glouglou-file-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Scratch(std::env::temp_dir().join(name))
    }

    pub(super) fn file(bytes: &[u8]) -> Scratch {
        let scratch = Scratch::path();
        fs::write(&scratch, bytes).unwrap();
        scratch
    }

    pub(super) fn fifo() -> Scratch {
        let scratch = Scratch::path();
        nix::unistd::mkfifo(&scratch.0, nix::sys::stat::Mode::S_IRUSR | nix::sys::stat::Mode::S_IWUSR).unwrap();
        scratch
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _it_may_be_gone = fs::remove_file(&self.0).or_else(|_| fs::remove_dir(&self.0));
    }
}

pub(super) fn wall() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64)
}

/// A source that runs on a thread of its own.
pub(super) struct Running {
    pub(super) batches: Receiver<Batch>,
    pub(super) commands: Sender<Command>,
    pub(super) notices: Receiver<Notice>,
    pub(super) progress: Arc<Progress>,
    thread: JoinHandle<Result<Ended, SourceError>>,
}

impl Running {
    /// Runs it, with commands that wait for it already.
    pub(super) fn start(config: Config, clock: fn() -> Time, commands: &[Command]) -> Running {
        let source: Box<dyn Source> = Box::new(config.open().unwrap());
        let (batches_in, batches) = bounded(BATCHES_WAITING);
        let (commands_in, commands_out) = bounded(64);
        let (notices_in, notices) = bounded(64);
        for command in commands {
            commands_in.send(command.clone()).unwrap();
        }
        let progress = Arc::new(Progress::default());
        let context = Context {
            origin: OriginId(3),
            outlet: Outlet(batches_in),
            commands: commands_out,
            notices: notices_in,
            progress: Arc::clone(&progress),
            clock,
            world: World::alone().unwrap().into(),
        };
        let thread = std::thread::spawn(move || source.run(context));
        Running { batches, commands: commands_in, notices, progress, thread }
    }

    pub(super) fn tell(&self, command: Command) {
        self.commands.send(command).unwrap();
    }

    /// The next ledger that is told.
    pub(super) fn ledger(&self) -> Ledger {
        loop {
            let batch = self.batches.recv_timeout(LONG).unwrap();
            if let Some(ledger) = ledger_of(&batch.events) {
                return ledger;
            }
        }
    }

    /// Its end, while nobody reads.
    pub(super) fn ended_unread(self) -> Result<Ended, SourceError> {
        self.thread.join().unwrap()
    }

    /// Its end, once there is nobody to read.
    pub(super) fn ended_unheard(self) -> Result<Ended, SourceError> {
        drop(self.batches);
        self.thread.join().unwrap()
    }

    /// Reads everything up to the end.
    pub(super) fn end(self) -> (Vec<Batch>, Result<Ended, SourceError>, Vec<Notice>) {
        let (mut batches, deadline) = (Vec::new(), Instant::now() + LONG);
        while let Ok(batch) = self.batches.recv_deadline(deadline) {
            batches.push(batch);
        }
        assert!(Instant::now() < deadline, "it does not end");
        (batches, self.thread.join().unwrap(), self.notices.try_iter().collect())
    }
}

/// Plays a whole file.
pub(super) fn play(bytes: &[u8], filter: Option<&str>) -> (Vec<Batch>, Ended, Vec<Notice>) {
    let file = Scratch::file(bytes);
    let config = Config { filter: filter.map(str::to_owned), ..Config::new(file.as_ref()) };
    let (batches, ended, notices) = Running::start(config, wall, &[]).end();
    (batches, ended.unwrap(), notices)
}

pub(super) fn ledger_of(events: &[Event]) -> Option<Ledger> {
    events.iter().rev().find_map(|e| match e.kind {
        Kind::Ledger(ledger) => Some(ledger),
        _ => None,
    })
}

pub(super) fn last_ledger(batches: &[Batch]) -> Ledger {
    batches.iter().rev().find_map(|b| ledger_of(&b.events)).unwrap()
}
