//! A load of made-up flows, as many and as fast as asked for: what probes, relays and viewers are measured with.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use graph::{Basis, Both, ConnId, Counts, Endpoint, Event, Initiator, Kind, Ledger, OriginId, Proto, Side, Time, Total, Tuple};

use crate::source::{BATCH_EVENTS, Batch, Context, Ended, Source, SourceError};

/// How often it tells.
const TICK: Duration = Duration::from_millis(50);
/// A probe tells of a flow four times a second: for more events there are more flows.
const PER_FLOW: u32 = 4;
/// No more flows than a probe keeps.
const MAX_FLOWS: u32 = 250_000;
/// Bytes of each packet.
const PACKET: u32 = 1_000;

/// The first client, and the server.
const CLIENTS: Ipv4Addr = Ipv4Addr::new(10, 64, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 63, 0, 1);
/// Ports that a client has before the server has another one.
const PORTS: u32 = 60_000;

/// How much.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Hosts that talk to one server.
    pub hosts: u32,
    /// Events a second.
    pub rate: u32,
}

impl Config {
    /// What makes them.
    pub fn open(self) -> Dummy {
        let flows = (self.rate / PER_FLOW).clamp(1, MAX_FLOWS).max(self.hosts.min(MAX_FLOWS));
        Dummy { hosts: self.hosts.max(1), rate: self.rate.max(1), flows, packets: vec![0; flows as usize], next: 0 }
    }
}

/// The load.
#[derive(Debug)]
pub struct Dummy {
    hosts: u32,
    rate: u32,
    flows: u32,
    /// Of each flow, so far.
    packets: Vec<u64>,
    /// Whose turn it is.
    next: u32,
}

impl Source for Dummy {
    fn name(&self) -> String {
        format!("{} made-up flows", self.flows)
    }

    fn run(mut self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let (begun, mut told) = (Instant::now(), 0);
        loop {
            match context.commands.recv_timeout(TICK) {
                Ok(command) => {
                    if command.stops("made-up flows have no packets to filter") {
                        return Ok(Ended::Stopped);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Ended::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = (context.clock)();
            let mut is_heard = true;
            let due = (begun.elapsed().as_secs_f64() * f64::from(self.rate)) as u64;
            while told < due {
                let events = self.some(due - told, now, context.origin);
                told += events.len() as u64;
                // Who sends waits here, where nothing is lost: less is made then.
                is_heard = context.outlet.send(Batch { now, events }, || !context.commands.is_empty());
                if !is_heard {
                    break;
                }
            }
            told = told.max(due);
            // What was not told is not counted either: the next of its flow tells it, if there is a next.
            if !is_heard {
                continue;
            }
            let packets = self.packets.iter().sum::<u64>();
            let ledger = Ledger { packets, bytes: packets * u64::from(PACKET), ..Ledger::default() };
            let events = vec![Event { at: now, origin: context.origin, kind: Kind::Ledger(ledger) }];
            let _said_again_soon = context.outlet.offer(Batch { now, events });
        }
    }
}

impl Dummy {
    /// So many events, or as many as a batch has: the next one of each flow, in turn.
    fn some(&mut self, count: u64, now: Time, origin: OriginId) -> Vec<Event> {
        let next = |_| {
            let kind = self.kind(self.next, now);
            self.next = (self.next + 1) % self.flows;
            Event { at: now, origin, kind }
        };
        (0..count).take(BATCH_EVENTS).map(next).collect()
    }

    /// What a flow tells next: that it is there, then of one more packet each time.
    fn kind(&mut self, flow: u32, now: Time) -> Kind {
        let ((tuple, side), conn) = (self.tuple(flow), ConnId(flow + 1));
        let packets = self.packets.get_mut(flow as usize).map_or(1, |packets| {
            *packets += 1;
            *packets
        });
        if packets == 1 {
            return Kind::Open { tuple, conn, start: now, initiator: Initiator { side, basis: Basis::Handshake } };
        }
        let sent = Counts { packets, bytes: packets * u64::from(PACKET), ip_bytes: packets * u64::from(PACKET - 14) };
        let mut total = Both::default();
        *total.from_mut(side) = sent;
        Kind::Data { tuple, conn, total: Total(total), last: now }
    }

    /// Of which hosts, of which ports; and which side is the client's.
    fn tuple(&self, flow: u32) -> (Tuple, Side) {
        let (host, nth) = (flow % self.hosts, flow / self.hosts);
        let client = IpAddr::V4(Ipv4Addr::from_bits(CLIENTS.to_bits().wrapping_add(host)));
        let port = |first: u32, n: u32| u16::try_from(first + n).unwrap_or(u16::MAX);
        let src = Endpoint { addr: client, port: port(1_024, nth % PORTS) };
        Tuple::new(Proto::TCP, src, Endpoint { addr: SERVER.into(), port: port(443, nth / PORTS) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_told_as_are_due_and_each_flow_has_its_turn() {
        let mut dummy = Config { hosts: 2, rate: 20 }.open();
        let mut conns = |count| -> Vec<u32> {
            let events = dummy.some(count, Time::ZERO, OriginId(0));
            let conn = |event: Event| match event.kind {
                Kind::Open { conn, .. } | Kind::Data { conn, .. } => conn.0,
                other => panic!("{other:?}"),
            };
            events.into_iter().map(conn).collect()
        };
        assert_eq!([conns(1), conns(3), conns(2)], [vec![1], vec![2, 3, 4], vec![5, 1]]);
        assert_eq!(conns(1_000).len(), BATCH_EVENTS);
        assert_eq!(dummy.packets.iter().sum::<u64>(), 6 + BATCH_EVENTS as u64);
    }
}
