//! The flow table: find, expire, bound.

use std::cell::RefCell;
use std::hash::BuildHasher;

use hashbrown::HashMap;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::deadlines::Deadlines;
use crate::pieces::Pieces;
use crate::query::slot;
use crate::touched::{Again, Part, Touched};
use crate::{Endpoint, Flow, FlowId, FlowKey, Limits, Proto, State, Time, Tuple};

/// Flows by key and by identity, and when each is to be looked at.
#[derive(Debug, Default)]
pub(crate) struct FlowTable {
    flows: Pieces<FlowId, Flow>,
    /// The places of flows, by their keys.
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
    due: Deadlines<FlowId>,
    /// The newest flow of ICMP between two hosts: whoever tells of one may know no more of it.
    icmp: HashMap<FlowKey, FlowId>,
    /// The one that was asked for last: what is said of a flow often comes together.
    recent: FlowId,
    touched: RefCell<Touched>,
}

/// A flow whose time has come.
pub(crate) enum Due {
    /// It was idle for too long.
    Idle(FlowId),
    /// It was closed, and no straggler came.
    Lingered(FlowId),
}

impl FlowTable {
    pub(crate) fn len(&self) -> usize {
        self.flows.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Flow> {
        self.flows.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Flow> {
        self.touched.get_mut().everything();
        self.flows.iter_mut()
    }

    pub(crate) fn get(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.touched.get_mut().mark(id, Part::Whole);
        self.flows.get_mut(id)
    }

    /// A flow that is counted: nothing else of it changes.
    pub(crate) fn get_counted(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.touched.get_mut().mark(id, Part::Counts);
        self.flows.get_mut(id)
    }

    /// A flow of which nothing changes that anybody could ask.
    pub(crate) fn get_unasked(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.flows.get_mut(id)
    }

    pub(crate) fn find(&mut self, key: &FlowKey) -> Option<FlowId> {
        if self.flows.get(self.recent).is_none_or(|flow| flow.key != *key) {
            let is = |place: &u32| self.flows.at(*place).is_some_and(|flow| flow.key == *key);
            let place = *self.by_key.find(self.hasher.hash_one(key), is)?;
            self.recent = self.flows.at(place)?.id;
        }
        Some(self.recent)
    }

    /// The newest flow of ICMP between the same hosts, where the key says no more than these.
    pub(crate) fn find_icmp(&self, key: &FlowKey) -> Option<FlowId> {
        self.icmp.get(key).copied()
    }

    pub(crate) fn insert(&mut self, make: impl FnOnce(FlowId) -> Flow, limits: &Limits) -> FlowId {
        let id = self.flows.insert(make);
        if let Some(flow) = self.flows.get(id) {
            let (flows, hasher) = (&self.flows, &self.hasher);
            let rehash = |place: &u32| flows.at(*place).map_or(0, |flow| hasher.hash_one(flow.key));
            self.by_key.insert_unique(hasher.hash_one(flow.key), slot(id) as u32, rehash);
            self.due.put(id, deadline(flow, limits));
            if let Some(key) = hosts_of_icmp(&flow.key) {
                self.icmp.insert(key, id);
            }
        }
        self.touched.get_mut().turn(id, self.flows.len());
        self.recent = id;
        id
    }

    /// What changed since this was last asked.
    pub(crate) fn take_touched(&self) -> Again {
        self.touched.try_borrow_mut().map_or(Again::All, |mut touched| touched.take())
    }

    /// Nobody asks what changed any more.
    pub(crate) fn rest(&mut self) {
        self.touched.get_mut().rest();
    }

    pub(crate) fn remove(&mut self, id: FlowId) -> Option<Flow> {
        let flow = self.flows.get(id)?;
        self.touched.get_mut().turn(id, self.flows.len());
        if let Ok(entry) = self.by_key.find_entry(self.hasher.hash_one(flow.key), |other| *other as usize == slot(id)) {
            entry.remove();
        }
        if let Some(key) = hosts_of_icmp(&flow.key).filter(|key| self.icmp.get(key) == Some(&id)) {
            self.icmp.remove(&key);
        }
        self.flows.remove(id)
    }

    /// A flow's deadline came nearer.
    pub(crate) fn reschedule(&mut self, id: FlowId, limits: &Limits) {
        if let Some(flow) = self.flows.get(id) {
            self.due.put(id, deadline(flow, limits));
        }
    }

    /// Every deadline is another one.
    pub(crate) fn reschedule_all(&mut self, limits: &Limits) {
        self.due = Deadlines::default();
        for flow in self.flows.iter() {
            self.due.put(flow.id, deadline(flow, limits));
        }
    }

    /// The next flow whose time has come.
    pub(crate) fn pop_due(&mut self, now: Time, limits: &Limits) -> Option<Due> {
        while let Some(id) = self.due.pop_due(now) {
            let Some(flow) = self.flows.get(id) else { continue };
            let deadline = deadline(flow, limits);
            if deadline > now {
                self.due.put(id, deadline);
            } else if flow.state == State::Open {
                return Some(Due::Idle(id));
            } else {
                return Some(Due::Lingered(id));
            }
        }
        None
    }

    /// The flow that is the nearest to its deadline.
    pub(crate) fn pop_oldest(&mut self, limits: &Limits) -> Option<FlowId> {
        // Entries are promises to look: put back those that moved on, at most once each.
        for _ in 0..=self.flows.len() {
            let (second, id) = self.due.pop_first_with_second()?;
            let Some(flow) = self.flows.get(id) else { continue };
            let deadline = deadline(flow, limits);
            if deadline.micros().div_ceil(1_000_000) <= second {
                return Some(id);
            }
            self.due.put(id, deadline);
        }
        self.due.pop_first()
    }

    /// Any flow.
    pub(crate) fn pop_first(&mut self) -> Option<FlowId> {
        while let Some(id) = self.due.pop_first() {
            if self.flows.get(id).is_some() {
                return Some(id);
            }
        }
        None
    }
}

/// What is known of a flow of ICMP by whoever knows its hosts alone; none of another protocol.
pub(crate) fn hosts_of_icmp(key: &FlowKey) -> Option<FlowKey> {
    let proto = key.tuple.proto();
    let end = |end: Endpoint| Endpoint { port: 0, ..end };
    let (a, b) = (end(key.tuple.a()), end(key.tuple.b()));
    matches!(proto, Proto::ICMP | Proto::ICMPV6).then(|| FlowKey { tuple: Tuple::new(proto, a, b).0, ..*key })
}

fn deadline(flow: &Flow, limits: &Limits) -> Time {
    match flow.state {
        State::Open => flow.active().plus(limits.idle(flow.key.tuple.proto())),
        State::Closed(_) => flow.active().plus(limits.linger),
    }
}
