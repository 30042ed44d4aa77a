//! Who asks for TCP connections, as the kernel tells it while they are asked for: an eBPF program of ours on the tracepoint
//! `sock:inet_sock_set_state` (`capture/bpf/connect.bpf.c`).
//!
//! It is attached by the kernel's own types: no tracefs is needed, nothing is mounted. What it tells comes through a ring buffer that is mapped
//! before privileges go; the program goes with the descriptors that hold it. It tells of this network namespace alone.

mod asked;
mod refused;

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::Duration;

use aya::maps::{MapData, RingBuf};
use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf, EbpfLoader, include_bytes_aligned};
use crossbeam_channel::Receiver;
use graph::{Endpoint, ProcessId, Proto, Side, Tuple};
use wire::connect;

use super::Feed;
use crate::source::Command;
use crate::wakeup::Wakeup;

pub(super) use asked::Asked;
pub use refused::Refused;

static OBJECT: &[u8] = include_bytes_aligned!(concat!(env!("OUT_DIR"), "/connect.bpf.o"));
/// The tracepoint, which is also what the program is called.
const TRACEPOINT: &str = "inet_sock_set_state";
/// The namespaces by whose numbers and clock the kernel tells, and what marks them (linux/proc_ns.h).
const FIRST: [(&str, u64); 2] = [("pid", 0xefff_fffc), ("time", 0xefff_fffa)];
/// Read in one go.
const AT_ONCE: usize = 4096;

/// Who asked for a connection, and which end is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connect {
    pub(super) tuple: Tuple,
    pub(super) side: Side,
    pub(super) process: ProcessId,
}

/// The program in the kernel, and what it tells.
pub(super) struct Connects {
    told: RingBuf<MapData>,
    /// How many it had lost when it last told.
    lost: u64,
    /// While this is held, it runs.
    _program: Ebpf,
}

impl Connects {
    /// Loads the program for the network namespace of this thread. From then on what it tells is kept.
    pub(super) fn open() -> Result<Connects, Refused> {
        for (name, number) in FIRST {
            // A kernel without such namespaces has no file of them.
            if namespace(name).is_ok_and(|here| here != number) {
                return Err(Refused::Namespace);
            }
        }
        let network = namespace("net").ok().and_then(|number| u32::try_from(number).ok()).ok_or(Refused::Namespace)?;
        let types = Btf::from_sys_fs().map_err(|_| Refused::Types)?;
        let mut program = EbpfLoader::new().btf(Some(&types)).override_global("own_namespace", &network, true).load(OBJECT)?;
        let told = program.take_map("told").ok_or(Refused::Object)?;
        let tracepoint: &mut BtfTracePoint = program.program_mut(TRACEPOINT).ok_or(Refused::Object)?.try_into()?;
        tracepoint.load(TRACEPOINT, &types)?;
        tracepoint.attach()?;
        Ok(Connects { told: RingBuf::try_from(told)?, lost: 0, _program: program })
    }

    /// Feeds what it tells until told to stop.
    pub(super) fn run(mut self, commands: &Receiver<Command>, feed: &Feed) -> Result<(), String> {
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "ebpf commands", commands).map_err(|error| error.to_string())?;
            loop {
                wakeup.wait(Some(self.told.as_fd()), Duration::from_secs(60)).map_err(|error| error.to_string())?;
                if let Some(Command::Stop) = wakeup.command() {
                    return Ok(());
                }
                for _ in 0..AT_ONCE {
                    let Some(record) = self.told.next() else { break };
                    hear(&record, &mut self.lost, feed);
                }
            }
        })
    }
}

/// Passes a record on, and counts those that were lost before it, and one that is none.
fn hear(record: &[u8], lost: &mut u64, feed: &Feed) {
    let Some(told) = connect::Repr::parse(record) else { return feed.lose(1) };
    // Two processors may tell in another order than they counted.
    feed.lose(told.lost.saturating_sub(*lost));
    *lost = told.lost.max(*lost);
    let end = |end: std::net::SocketAddr| Endpoint { addr: end.ip(), port: end.port() };
    let (tuple, side) = Tuple::new(Proto::TCP, end(told.local), end(told.remote));
    // Zero would mean that it is not known.
    let process = ProcessId { pid: told.pid, start_ns: told.start_ns.max(1) };
    feed.connects(Connect { tuple, side, process });
}

/// The number of this thread's namespace of a kind.
fn namespace(kind: &str) -> io::Result<u64> {
    Ok(fs::metadata(format!("/proc/thread-self/ns/{kind}"))?.ino())
}

#[cfg(test)]
mod tests {
    use super::super::feed::Fed;
    use super::*;

    #[test]
    fn what_is_told_is_passed_on_and_what_is_missing_is_counted() {
        let (fed, heard) = crossbeam_channel::bounded(8);
        let (feed, mut lost) = (Feed::new(fed), 0);
        let told = |lost| connect::Repr {
            pid: 812,
            start_ns: 0,
            local: "10.0.0.2:40000".parse().unwrap(),
            remote: "10.0.0.1:443".parse().unwrap(),
            lost,
        };
        let record = told(3).record();
        for (record, unheard) in [
            (&record[..], 3),
            (&record[1..], 4),
            (&[], 5),
            (&told(2).record(), 5),
            (&[0; 57], 6),
            (&told(4).record(), 7),
            (&told(u64::MAX).record(), u64::MAX),
            (&told(u64::MAX).record(), u64::MAX),
        ] {
            hear(record, &mut lost, &feed);
            assert_eq!(feed.unheard(), unheard);
        }
        let heard: Vec<Connect> =
            heard.try_iter().filter_map(|fed| if let Fed::Connects(connect) = fed { Some(connect) } else { None }).collect();
        assert_eq!(heard.len(), 5);
        for Connect { tuple, side, process } in heard {
            assert_eq!((tuple.end(side).port, tuple.end(side.other()).port), (40_000, 443));
            assert_eq!(process, ProcessId { pid: 812, start_ns: 1 });
        }
    }

    #[test]
    fn the_object_holds_the_program_and_names_no_folder() {
        let object = String::from_utf8_lossy(OBJECT);
        assert!(object.contains("tp_btf/inet_sock_set_state") && object.contains("Dual MIT/GPL"));
        assert!(!object.contains(env!("CARGO_MANIFEST_DIR")));
    }
}
