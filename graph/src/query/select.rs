//! What matches a query: flows, and by them or by themselves hosts, links, shares, processes and services.

use std::hash::Hash;
use std::marker::PhantomData;

use hashbrown::HashSet;
use slotmap::Key;

use super::Query;
use super::fast::{Arrays, Matched, Passed, Source};
use super::naive::Row;
use crate::field::End;
use crate::{Flow, FlowId, HostId, LinkId, Model, ProcessKey, Service, ShareId, Table};

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

    fn put(&mut self, key: K) {
        let Some(bits) = &mut self.bits else { return };
        let slot = slot(key);
        if bits.len() <= slot / 64 {
            bits.resize(slot / 64 + 1, 0);
        }
        bits.get_mut(slot / 64).into_iter().for_each(|word| *word |= 1 << (slot % 64));
    }
}

/// The live flows that match.
#[derive(Clone, Debug)]
pub(crate) struct Flows {
    slots: Slots<FlowId>,
    /// Which they are, where not all are.
    keys: Vec<FlowId>,
}

impl Flows {
    const fn all() -> Flows {
        Flows { slots: Slots::all(), keys: Vec::new() }
    }

    pub(crate) fn has(&self, flow: FlowId) -> bool {
        self.slots.has(flow)
    }

    const fn bits(&self) -> Option<&Vec<u64>> {
        self.slots.bits.as_ref()
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
        let mut hidden_flows = 0;
        if let Some(bits) = flows.bits() {
            hidden_flows = self.flow_table().len() - flows.keys.len();
            links = Slots::of(self.with_arrays(|arrays| arrays.places(self, Source::Link, bits)));
            shares = Slots::of(self.with_arrays(|arrays| arrays.places(self, Source::Share, bits)));
        }
        let hosts = self.wanted_hosts_by(query, &flows);
        let processes = self.wanted_processes_by(query, &flows);
        Selection {
            hidden_flows,
            hidden_hosts: if hosts.is_all() { 0 } else { self.hosts().filter(|host| !hosts.has(host.id)).count() },
            hidden_processes: self.processes().filter(|process| !processes.has(process.key)).count(),
            flows: flows.slots,
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

    /// The arrays of this model. Nobody has them while somebody else does: all that is done with them is done at once.
    fn with_arrays<T: Default>(&self, ask: impl FnOnce(&mut Arrays) -> T) -> T {
        self.arrays().try_borrow_mut().map(|mut arrays| ask(&mut arrays)).unwrap_or_default()
    }

    /// The live flows that match.
    pub(crate) fn wanted_flows(&self, query: &Query) -> Flows {
        let Some(filter) = &query.filter else { return Flows::all() };
        let Matched { bits, keys } = self.with_arrays(|arrays| arrays.matched(self, filter));
        Flows { slots: Slots::of(bits), keys }
    }

    /// Goes over live flows with what arrays have of each.
    pub(super) fn walk(&self, wanted: &Flows, sources: &[Source], see: impl FnMut(&Passed<'_>)) {
        self.with_arrays(|arrays| arrays.walk(self, wanted.bits().map(Vec::as_slice), sources, see));
    }

    /// The live flows that match, found by asking each of them: slow, and plain.
    pub fn matching_one_by_one(&self, query: &Query) -> Vec<FlowId> {
        self.flows().filter(|flow| self.matches(query, flow)).map(|flow| flow.id).collect()
    }

    /// The live flows that match, in no particular order.
    pub fn matching(&self, query: &Query) -> Vec<FlowId> {
        let wanted = self.wanted_flows(query);
        if wanted.slots.is_all() { self.flows().map(|flow| flow.id).collect() } else { wanted.keys }
    }

    /// Live flows, in no particular order.
    pub(crate) fn flows_in<'a>(&'a self, wanted: &'a Flows) -> impl Iterator<Item = &'a Flow> {
        let all = wanted.slots.is_all().then(|| self.flows());
        all.into_iter().flatten().chain(wanted.keys.iter().filter_map(|id| self.flow(*id)))
    }

    /// The hosts that match.
    pub(crate) fn wanted_hosts(&self, query: &Query) -> Slots<HostId> {
        let flows = if query.is_of(Table::Hosts) { Flows::all() } else { self.wanted_flows(query) };
        self.wanted_hosts_by(query, &flows)
    }

    fn wanted_hosts_by(&self, query: &Query, flows: &Flows) -> Slots<HostId> {
        let Some(filter) = &query.filter else { return Slots::all() };
        if !query.is_of(Table::Hosts) {
            let Some(bits) = flows.bits() else { return Slots::all() };
            let at = |end| self.with_arrays(|arrays| arrays.places(self, Source::Host(end), bits));
            let (mut ones, others) = (at(End::Src), at(End::Dst));
            ones.resize(ones.len().max(others.len()), 0);
            ones.iter_mut().zip(others).for_each(|(one, other)| *one |= other);
            return Slots::of(ones);
        }
        let mut wanted = Slots::of(Vec::new());
        let hosts = self.hosts().filter(|host| filter.holds(self, self.schema(), &Row::Host(host)));
        hosts.for_each(|host| wanted.put(host.id));
        wanted
    }

    /// The processes that match.
    pub(crate) fn wanted_processes(&self, query: &Query) -> Wanted<ProcessKey> {
        let flows = if query.is_of(Table::Processes) { Flows::all() } else { self.wanted_flows(query) };
        self.wanted_processes_by(query, &flows)
    }

    fn wanted_processes_by(&self, query: &Query, flows: &Flows) -> Wanted<ProcessKey> {
        let Some(filter) = &query.filter else { return Wanted(None) };
        Wanted(Some(match flows.bits() {
            Some(bits) if !query.is_of(Table::Processes) => {
                let at = |end| self.with_arrays(|arrays| arrays.owners(self, Source::Owner(end), bits));
                at(End::Src).into_iter().chain(at(End::Dst)).collect()
            }
            _ => {
                let processes = self.processes().filter(|process| filter.holds(self, self.schema(), &Row::Process(process)));
                processes.map(|process| process.key).collect()
            }
        }))
    }

    /// The services that match.
    pub(crate) fn wanted_services(&self, query: &Query) -> Wanted<Service> {
        let Some(filter) = &query.filter else { return Wanted(None) };
        if query.is_of(Table::Services) {
            let sums = crate::listing::sums(self);
            let wanted = sums.iter().filter(|(service, sum)| filter.holds(self, self.schema(), &Row::Service(**service, sum)));
            return Wanted(Some(wanted.map(|(service, _)| *service).collect()));
        }
        let flows = self.wanted_flows(query);
        let bits = flows.bits().cloned().unwrap_or_default();
        Wanted(Some(self.with_arrays(|arrays| arrays.services(self, &bits)).into_iter().collect()))
    }
}
