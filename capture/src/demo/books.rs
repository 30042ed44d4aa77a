//! What a model would know after events, and whether they can be true.

mod census;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use graph::{Attribution, Event, Kind, Ledger, ProcessId, Side, Total, Tuple};

use census::Census;
pub(super) use census::Known;

/// The books of one origin. Entering an event that contradicts those before it panics.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) events: u64,
    pub(super) opened: u64,
    pub(super) closed: u64,
    pub(super) names: u64,
    pub(super) tags: u64,
    pub(super) ledger: Ledger,
    pub(super) census: Census,
    /// Who has which end of the flows that live; and of all, how many had it that began the flow.
    pub(super) owned: BTreeMap<Tuple, (Side, ProcessId)>,
    pub(super) owned_ever: [u64; 2],
    live: BTreeMap<(Tuple, u32), Total>,
    opened_last: Option<(Tuple, Side)>,
    tuples: BTreeSet<Tuple>,
    hosts: BTreeSet<IpAddr>,
    packets: u64,
    bytes: u64,
}

impl Books {
    /// Flows that have begun and not ended.
    pub(super) fn open(&self) -> usize {
        self.live.len()
    }

    /// Addresses that had a flow.
    pub(super) fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Notes who is there, and nothing else.
    pub(super) fn note_hosts(&mut self, event: &Event) {
        if let Kind::Open { tuple, .. } | Kind::Data { tuple, .. } | Kind::Close { tuple, .. } = &event.kind {
            self.hosts.extend([tuple.a().addr, tuple.b().addr]);
        }
    }

    /// Enters the next event.
    pub(super) fn enter(&mut self, event: &Event) {
        self.events += 1;
        self.note_hosts(event);
        self.census.note(&event.kind);
        let opened_last = self.opened_last.take();
        match &event.kind {
            Kind::Open { tuple, conn, start, initiator } => {
                self.opened_last = Some((*tuple, initiator.side));
                assert_eq!(*start, event.at);
                assert!(self.tuples.insert(*tuple), "{tuple:?} is there already");
                self.live.insert((*tuple, conn.0), Total::default());
                self.opened += 1;
            }
            Kind::Data { tuple, conn, total, last } => {
                assert_eq!(*last, event.at);
                self.count(*tuple, conn.0, total);
                if let Some((_, owner)) = self.owned.get(tuple) {
                    self.census.alive(*owner);
                }
            }
            Kind::Close { tuple, conn, total, last, .. } => {
                assert!(*last <= event.at);
                assert!(total.0.sum().packets > 0);
                self.count(*tuple, conn.0, total);
                self.live.remove(&(*tuple, conn.0));
                self.tuples.remove(tuple);
                self.owned.remove(tuple);
                self.closed += 1;
            }
            Kind::Tags { tuple, conn, tags } => {
                assert!(self.live.contains_key(&(*tuple, conn.0)) && !tags.is_empty());
                self.tags += 1;
            }
            Kind::Name { .. } => self.names += 1,
            Kind::Ledger(ledger) => self.ledger = *ledger,
            Kind::Owner { tuple, conn, side, process, how } => {
                assert!(self.live.contains_key(&(*tuple, conn.0)) && *how == Attribution::Exact);
                self.census.alive(*process);
                let (opened, initiator) = opened_last.expect("an owner right after a flow's beginning");
                assert_eq!(opened, *tuple);
                self.owned.insert(*tuple, (*side, *process));
                let [began, answered] = &mut self.owned_ever;
                *(if *side == initiator { began } else { answered }) += 1;
            }
            Kind::Outer { .. }
            | Kind::Via { .. }
            | Kind::Sampling(_)
            | Kind::Trace(_)
            | Kind::User { .. }
            | Kind::Booted { .. }
            | Kind::Fork { .. }
            | Kind::Exec { .. }
            | Kind::Change { .. }
            | Kind::Usage { .. }
            | Kind::Exit { .. }
            | Kind::Origin(_)
            | Kind::Module { .. }
            | Kind::Round(_)
            | Kind::Translated { .. } => {}
        }
    }

    fn count(&mut self, tuple: Tuple, conn: u32, total: &Total) {
        let before = self.live.get_mut(&(tuple, conn)).expect("a flow that is open");
        let more = total.since(before);
        assert_eq!(before.plus(&more), *total, "a counter went back");
        let more = more.0.sum();
        assert!(more.ip_bytes < more.bytes || more.packets == 0);
        self.packets += more.packets;
        self.bytes += more.bytes;
        *before = *total;
    }

    /// Checks that the last ledger is the sum of all flows and of all that happened to processes.
    pub(super) fn balance(&self) {
        let process_events = self.census.events;
        assert_eq!(self.ledger, Ledger { packets: self.packets, bytes: self.bytes, process_events, ..Ledger::default() });
        self.census.balance();
    }
}
