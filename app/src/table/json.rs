//! JSON lines: flows as they end, ways as they are traced, what extensions tell and probes as they come and go, then hosts, probes and a summary.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;

use capture::remote::board::Board;
use graph::{ColumnId, Event, Flow, Host, HostKey, Kind, Model, Query, Side, Sink, Time, Trace};
use serde::Serialize;

use super::delay::{Delays, Percentiles};
use super::line::FlowLine;
use super::owner::OwnerDetails;
use super::probe::{ProbeLine, Probes};
use crate::pipeline::clock;
use crate::report::{Out, Report};

/// One line of the report.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Flow {
        #[serde(flatten)]
        flow: FlowLine,
        #[serde(flatten)]
        owner: Option<Box<OwnerDetails>>,
        tags: BTreeMap<String, String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        seen_by: Vec<SeenBy>,
    },
    Host {
        addr: IpAddr,
        name: Option<&'a str>,
        packets: u64,
        bytes_sent: u64,
        bytes_received: u64,
    },
    Trace {
        at_us: u64,
        src: IpAddr,
        dst: IpAddr,
        proto: String,
        complete: bool,
        hops: Vec<Hop>,
    },
    /// What an extension tells: its own module and kind, and the payload as hexadecimal digits.
    Event {
        at_us: u64,
        module: u8,
        kind: u8,
        payload: String,
    },
    Probe(ProbeLine),
    Summary {
        packets: u64,
        bytes: u64,
        no_ip: u64,
        malformed: u64,
        filtered: u64,
        flows: u64,
        first_us: Option<u64>,
        last_us: Option<u64>,
        lost: Lost,
        /// From when something happened to when it was known here, where probes tell of it; milliseconds.
        delay_ms: Option<Percentiles>,
        /// Datagrams that came where probes are heard and were not taken, by cause.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_taken: Option<BTreeMap<&'static str, u64>>,
    },
}

/// What one origin says of a flow, where there is more to say than that it saw it. Bytes are unscaled.
#[derive(Serialize)]
struct SeenBy {
    origin: String,
    interfaces: Vec<String>,
    bytes: u64,
    sampling: u32,
}

impl From<graph::SeenBy> for SeenBy {
    fn from(seen: graph::SeenBy) -> SeenBy {
        SeenBy { origin: seen.name, interfaces: seen.interfaces, bytes: seen.bytes, sampling: seen.sampling }
    }
}

/// One hop of a traced way; without address and round trip where it is silent.
#[derive(Serialize)]
struct Hop {
    ttl: u8,
    addr: Option<IpAddr>,
    rtt_us: Option<u64>,
}

/// Every loss by its cause, the zeros too.
#[derive(Serialize)]
struct Lost {
    kernel: u64,
    interface: u64,
    queue: u64,
    process: u64,
    owner: u64,
    dissection: u64,
    flows_evicted: u64,
    hosts_evicted: u64,
    /// Of flows that nobody told of.
    tags: u64,
    /// Slices that closed before everybody had told of them.
    slices_incomplete: u64,
}

pub(super) struct Json<W> {
    out: Out<W>,
    columns: Vec<ColumnId>,
    probes: Option<Probes>,
    delays: Delays,
    query: Arc<Query>,
    /// Whose flows matched, where not all do.
    hosts: HashSet<HostKey>,
}

impl<W: Write> Json<W> {
    /// Where probes are heard, how each of them is stands on the board.
    pub(super) fn new(out: W, board: Option<Board>, query: Arc<Query>) -> Self {
        Json {
            out: Out::new(out),
            columns: Vec::new(),
            probes: board.map(Probes::new),
            delays: Delays::new(),
            query,
            hosts: HashSet::new(),
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        self.out.write(|out| {
            serde_json::to_writer(&mut *out, line)?;
            out.write_all(b"\n")
        });
    }
}

impl<W: Write> Sink for Json<W> {
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        if !model.matches(&self.query, flow) {
            return;
        }
        if !self.query.is_all() {
            self.hosts.extend([Side::A, Side::B].map(|side| flow.key.host(side)));
        }
        let tags = graph::tags_in_words(model, &self.columns, flow).into_iter().collect();
        let seen_by = model.seen_by(std::iter::once(flow));
        let special = seen_by.len() > 1 || seen_by.iter().any(graph::SeenBy::is_special);
        let seen_by = seen_by.into_iter().filter(|_| special).map(SeenBy::from).collect();
        self.line(&Line::Flow { flow: FlowLine::new(flow, model), owner: OwnerDetails::new(flow, model).map(Box::new), tags, seen_by });
    }

    fn host_gone(&mut self, host: &Host) {
        if !self.query.is_all() && !self.hosts.contains(&host.key) {
            return;
        }
        self.line(&Line::Host {
            addr: host.key.addr,
            name: host.names.best().map(|name| &**name),
            packets: host.sent.packets.saturating_add(host.received.packets),
            bytes_sent: host.sent.bytes,
            bytes_received: host.received.bytes,
        });
    }

    fn traced(&mut self, at: Time, trace: &Trace) {
        let hop = |hop: &graph::Hop| Hop {
            ttl: hop.ttl,
            addr: hop.answer.map(|answer| answer.addr),
            rtt_us: hop.answer.map(|answer| u64::try_from(answer.rtt.as_micros()).unwrap_or(u64::MAX)),
        };
        self.line(&Line::Trace {
            at_us: at.micros(),
            src: trace.src,
            dst: trace.dst,
            proto: trace.proto.to_string(),
            complete: trace.complete,
            hops: trace.hops.iter().map(hop).collect(),
        });
    }
}

impl<W: Write> Report for Json<W> {
    fn begin(&mut self, model: &Model) -> io::Result<()> {
        self.columns = model.own_columns().map(|(id, _)| id).collect();
        Ok(())
    }

    fn hear(&mut self, _model: &Model, events: &[Event]) -> io::Result<()> {
        for event in events {
            if let Kind::Module { module, kind, payload } = &event.kind {
                let payload = payload.iter().map(|byte| format!("{byte:02x}")).collect();
                self.line(&Line::Event { at_us: event.at.micros(), module: *module, kind: *kind, payload });
            }
        }
        if self.probes.is_some() {
            let now = clock();
            let of_packets = events.iter().filter(|event| matches!(event.kind, Kind::Open { .. } | Kind::Data { .. } | Kind::Close { .. }));
            of_packets.for_each(|event| self.delays.count(event.at, now));
        }
        Ok(())
    }

    /// A live report is read while it grows.
    fn refresh(&mut self, _model: &Model) -> io::Result<()> {
        let news = self.probes.as_mut().map(Probes::news).unwrap_or_default();
        news.into_iter().for_each(|probe| self.line(&Line::Probe(probe)));
        self.out.write(|out| out.flush());
        Ok(())
    }

    fn end(&mut self, model: &Model) -> io::Result<()> {
        let probes = self.probes.as_ref().map(Probes::all).unwrap_or_default();
        probes.into_iter().for_each(|probe| self.line(&Line::Probe(probe)));
        let (totals, ledger) = (model.totals(), model.totals().ledger());
        self.line(&Line::Summary {
            packets: ledger.packets,
            bytes: ledger.bytes,
            no_ip: ledger.no_ip,
            malformed: ledger.malformed,
            filtered: ledger.filtered,
            flows: totals.flows_ever,
            first_us: ledger.first.map(Time::micros),
            last_us: ledger.last.map(Time::micros),
            lost: Lost {
                kernel: ledger.lost_kernel,
                interface: ledger.lost_interface,
                queue: ledger.lost_queue,
                process: ledger.lost_process,
                owner: ledger.lost_owner,
                dissection: ledger.lost_dissection,
                flows_evicted: totals.flows_evicted,
                hosts_evicted: totals.hosts_evicted,
                tags: totals.tags_unmatched,
                slices_incomplete: totals.slices_incomplete,
            },
            delay_ms: self.delays.percentiles(),
            not_taken: self.probes.as_ref().map(Probes::not_taken),
        });
        self.out.write(|out| out.flush());
        self.out.finish()
    }

    fn error(&mut self) -> Option<io::Error> {
        self.out.take_error()
    }
}
