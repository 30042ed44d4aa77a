//! A probe, as a line of JSON: how it is, and what became of all that it sent.

use std::collections::BTreeMap;

use capture::remote::board::{Board, Line, State};
use serde::Serialize;

/// One probe.
#[derive(Serialize)]
pub(super) struct ProbeLine {
    name: String,
    number: String,
    state: &'static str,
    hostname: String,
    version: String,
    from: Option<String>,
    via: Vec<String>,
    round_trip_us: Option<u64>,
    clock_offset_us: Option<i64>,
    datagrams: u64,
    lost_datagrams: u64,
    malformed: u64,
    not_taken: u64,
    /// Events that it numbered, and what became of them.
    events: Events,
    snapshots: u64,
    /// What it says that it lost itself.
    lost: Lost,
}

#[derive(Serialize)]
struct Events {
    numbered: u64,
    unheard: u64,
    taken: u64,
    lost: u64,
    unknown: u64,
    malformed: u64,
    refused: u64,
    passed_over: u64,
}

#[derive(Serialize)]
struct Lost {
    kernel: u64,
    interface: u64,
    queue: u64,
}

impl ProbeLine {
    fn new(line: Line) -> ProbeLine {
        let (r, ledger) = (line.received, line.ledger);
        ProbeLine {
            name: line.name,
            number: format!("{:08x}", line.probe_id),
            state: match line.state {
                State::Awaited => "awaited",
                State::Live => "live",
                State::Paused => "paused",
                State::Silent => "silent",
            },
            hostname: line.hostname,
            version: line.version,
            from: line.from.map(|from| from.to_string()),
            via: line.path,
            round_trip_us: line.round_trip.map(|took| u64::try_from(took.as_micros()).unwrap_or(u64::MAX)),
            clock_offset_us: line.clock_offset_us,
            datagrams: r.datagrams,
            lost_datagrams: r.lost_datagrams,
            malformed: r.malformed,
            not_taken: line.not_taken,
            events: Events {
                numbered: r.numbered(),
                unheard: r.unheard,
                taken: r.events,
                lost: r.lost_events,
                unknown: r.unknown,
                malformed: r.malformed_events,
                refused: r.refused,
                passed_over: r.passed_over,
            },
            snapshots: r.snapshots,
            lost: Lost { kernel: ledger.lost_kernel, interface: ledger.lost_interface, queue: ledger.lost_queue },
        }
    }
}

/// What stands on a board, and what of it was said.
pub(super) struct Probes {
    board: Board,
    said: BTreeMap<u32, (State, u64, Vec<String>)>,
}

impl Probes {
    pub(super) fn new(board: Board) -> Probes {
        Probes { board, said: BTreeMap::new() }
    }

    /// Those that are another than was said: that came or went, by another way, or told all that lives.
    pub(super) fn news(&mut self) -> Vec<ProbeLine> {
        let said = &mut self.said;
        let is_new = |line: &Line| {
            let now = (line.state, line.received.snapshots, line.path.clone());
            said.insert(line.probe_id, now.clone()).as_ref() != Some(&now)
        };
        self.board.read().into_iter().filter(is_new).map(ProbeLine::new).collect()
    }

    /// Datagrams that came and were not taken, by cause.
    pub(super) fn not_taken(&self) -> BTreeMap<&'static str, u64> {
        self.board.not_taken().causes().into_iter().collect()
    }

    /// All.
    pub(super) fn all(&self) -> Vec<ProbeLine> {
        self.board.read().into_iter().map(ProbeLine::new).collect()
    }
}
