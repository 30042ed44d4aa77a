//! What matches a query: flows, and by them or by themselves hosts, links, shares, processes and services.

use std::hash::Hash;
use std::marker::PhantomData;

use hashbrown::HashSet;
use slotmap::Key;

use super::naive::Row;
use super::{Expr, Query};
use crate::{Flow, FlowId, HostId, LinkId, Model, ProcessKey, Service, ShareId, Side, Table};

/// Which of what has a place of its own: a bit each.
#[derive(Clone, Debug)]
pub(crate) struct Slots<K> {
    /// None: all.
    bits: Option<Vec<u64>>,
    of: PhantomData<K>,
}

impl<K: Key> Slots<K> {
    pub(crate) const fn all() -> Self {
        Slots { bits: None, of: PhantomData }
    }

    pub(crate) const fn none() -> Self {
        Slots { bits: Some(Vec::new()), of: PhantomData }
    }

    pub(crate) const fn of(bits: Vec<u64>) -> Self {
        Slots { bits: Some(bits), of: PhantomData }
    }

    pub(crate) const fn is_all(&self) -> bool {
        self.bits.is_none()
    }

    /// Whether a living one is among them.
    pub(crate) fn has(&self, key: K) -> bool {
        let Some(bits) = &self.bits else { return true };
        let slot = slot(key);
        bits.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    pub(crate) fn put(&mut self, key: K) {
        let Some(bits) = &mut self.bits else { return };
        let slot = slot(key);
        if bits.len() <= slot / 64 {
            bits.resize(slot / 64 + 1, 0);
        }
        if let Some(word) = bits.get_mut(slot / 64) {
            *word |= 1 << (slot % 64);
        }
    }

    /// The places of all, if it is not just all.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        let words = self.bits.iter().flatten().enumerate();
        words.flat_map(|(at, word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
            let all = std::iter::successors(Some(*word).filter(|word| *word != 0), rest);
            all.map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

/// The place of a key; another one has it when this one is gone.
pub(crate) fn slot<K: Key>(key: K) -> usize {
    (key.data().as_ffi() & u64::from(u32::MAX)) as usize
}

/// Which of what has no place of its own.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<K>(Option<HashSet<K>>);

impl<K: Eq + Hash> Wanted<K> {
    pub(crate) const fn is_all(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn has(&self, key: K) -> bool {
        self.0.as_ref().is_none_or(|wanted| wanted.contains(&key))
    }
}

/// What of a model matches a query, at one instant: a view of it shows these, and says how many it hides.
#[derive(Clone, Debug)]
pub struct Selection {
    flows: Slots<FlowId>,
    hosts: Slots<HostId>,
    links: Slots<LinkId>,
    shares: Slots<ShareId>,
    processes: Wanted<ProcessKey>,
    /// How many live flows do not match.
    pub hidden_flows: usize,
    /// How many hosts do not.
    pub hidden_hosts: usize,
    /// How many processes do not.
    pub hidden_processes: usize,
}

impl Selection {
    /// Whether nothing is hidden because nothing was asked.
    pub const fn is_all(&self) -> bool {
        self.flows.is_all()
    }

    /// Whether a live flow matches.
    pub fn has_flow(&self, flow: FlowId) -> bool {
        self.flows.has(flow)
    }

    /// Whether a host matches: by itself, where all that is asked can be asked of hosts, else by one of its flows.
    pub fn has_host(&self, host: HostId) -> bool {
        self.hosts.has(host)
    }

    /// Whether one of a link's flows matches.
    pub fn has_link(&self, link: LinkId) -> bool {
        self.links.has(link)
    }

    /// Whether one of the flows of a share matches.
    pub fn has_share(&self, share: ShareId) -> bool {
        self.shares.has(share)
    }

    /// Whether a process matches: by itself, where all that is asked can be asked of processes, else by one of its flows.
    pub fn has_process(&self, process: ProcessKey) -> bool {
        self.processes.has(process)
    }
}

impl Model {
    /// What matches a query.
    pub fn select(&self, query: &Query) -> Selection {
        let flows = self.wanted_flows(query);
        let (mut links, mut shares) = (Slots::all(), Slots::all());
        let mut matching = self.flows().count();
        let all = matching;
        if !flows.is_all() {
            (links, shares, matching) = (Slots::none(), Slots::none(), 0);
            for flow in self.flows_in(&flows) {
                matching += 1;
                links.put(flow.link);
                flow.share.into_iter().for_each(|share| shares.put(share));
            }
        }
        let hosts = self.wanted_hosts_by(query, &flows);
        let processes = self.wanted_processes_by(query, &flows);
        Selection {
            hidden_flows: all - matching,
            hidden_hosts: self.hosts().filter(|host| !hosts.has(host.id)).count(),
            hidden_processes: self.processes().filter(|process| !processes.has(process.key)).count(),
            flows,
            hosts,
            links,
            shares,
            processes,
        }
    }

    /// Whether one flow matches, live or just ended.
    pub fn matches(&self, query: &Query, flow: &Flow) -> bool {
        query.filter.as_ref().is_none_or(|filter| filter.holds(self, self.schema(), &Row::Flow(flow)))
    }

    /// The live flows that match.
    pub(crate) fn wanted_flows(&self, query: &Query) -> Slots<FlowId> {
        let Some(filter) = &query.filter else { return Slots::all() };
        self.wanted_flows_one_by_one(filter)
    }

    /// The same, found by asking every flow: slow, and plain.
    fn wanted_flows_one_by_one(&self, filter: &Expr) -> Slots<FlowId> {
        let mut wanted = Slots::none();
        for flow in self.flows().filter(|flow| filter.holds(self, self.schema(), &Row::Flow(flow))) {
            wanted.put(flow.id);
        }
        wanted
    }

    /// Live flows, in no particular order.
    pub(crate) fn flows_in<'a>(&'a self, wanted: &'a Slots<FlowId>) -> impl Iterator<Item = &'a Flow> {
        self.flows().filter(|flow| wanted.has(flow.id))
    }

    /// The hosts that match.
    pub(crate) fn wanted_hosts(&self, query: &Query) -> Slots<HostId> {
        if query.is_of(Table::Hosts) {
            self.wanted_hosts_by(query, &Slots::none())
        } else {
            self.wanted_hosts_by(query, &self.wanted_flows(query))
        }
    }

    fn wanted_hosts_by(&self, query: &Query, flows: &Slots<FlowId>) -> Slots<HostId> {
        let Some(filter) = &query.filter else { return Slots::all() };
        let mut wanted = Slots::none();
        if query.is_of(Table::Hosts) {
            let hosts = self.hosts().filter(|host| filter.holds(self, self.schema(), &Row::Host(host)));
            hosts.for_each(|host| wanted.put(host.id));
        } else {
            for link in self.flows_in(flows).filter_map(|flow| self.link(flow.link)) {
                wanted.put(link.a);
                wanted.put(link.b);
            }
        }
        wanted
    }

    /// The processes that match.
    pub(crate) fn wanted_processes(&self, query: &Query) -> Wanted<ProcessKey> {
        if query.is_of(Table::Processes) {
            self.wanted_processes_by(query, &Slots::none())
        } else {
            self.wanted_processes_by(query, &self.wanted_flows(query))
        }
    }

    fn wanted_processes_by(&self, query: &Query, flows: &Slots<FlowId>) -> Wanted<ProcessKey> {
        let Some(filter) = &query.filter else { return Wanted(None) };
        Wanted(Some(if query.is_of(Table::Processes) {
            let processes = self.processes().filter(|process| filter.holds(self, self.schema(), &Row::Process(process)));
            processes.map(|process| process.key).collect()
        } else {
            let owners = self.flows_in(flows).flat_map(|flow| [Side::A, Side::B].map(|side| flow.owners.at(side)));
            owners.flatten().map(|owner| owner.process).collect()
        }))
    }

    /// The services that match.
    pub(crate) fn wanted_services(&self, query: &Query) -> Wanted<Service> {
        let Some(filter) = &query.filter else { return Wanted(None) };
        Wanted(Some(if query.is_of(Table::Services) {
            let sums = crate::listing::sums(self);
            let wanted = sums.iter().filter(|(service, sum)| filter.holds(self, self.schema(), &Row::Service(**service, sum)));
            wanted.map(|(service, _)| *service).collect()
        } else {
            self.flows_in(&self.wanted_flows(query)).map(|flow| flow.service).collect()
        }))
    }
}
