//! The model: told events, it keeps hosts, links and flows, and says what changed.

use std::time::Duration;

use petgraph::graphmap::UnGraphMap;
use slotmap::SlotMap;

use crate::deadlines::Deadlines;
use crate::host::Name;
use crate::names::NameBook;
use crate::slice::{Sink, Slice, SliceRow};
use crate::table::{Due, FlowTable};
use crate::{
    ConnId, Delta, Difference, EndReason, Event, Flow, FlowId, FlowKey, Host, HostId, HostKey, Initiator, Kind, Ledger, Limits, Link,
    LinkId, OriginId, Rate, Realms, Registry, Service, Side, Snapshot, State, Time, Total, Totals,
};

/// The length of a slice.
pub const SLICE: Duration = Duration::from_secs(1);

/// Who sends events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What the user reads: an interface, a file, a probe.
    pub name: String,
    /// In which realms its addresses stand.
    pub realms: Realms,
}

#[derive(Debug)]
struct OriginState {
    origin: Origin,
    ledger: Ledger,
}

/// A host, and what only the model needs of it.
#[derive(Debug)]
struct HostState {
    host: Host,
    /// The model's time when it last heard of it: what expiry goes by.
    heard: Time,
    /// Whether it stands in the queue of hosts to look at; it does at most once.
    queued: bool,
}

/// The model. One thread owns it; there is no lock around it.
///
/// [`Model::apply`] and [`Model::advance`] mark what they touch; [`Model::delta`] takes everything that was marked since it was
/// last asked. So an event costs no allocation, and a viewer pays once a frame.
#[derive(Debug)]
pub struct Model {
    registry: Registry,
    limits: Limits,
    now: Time,
    origins: Vec<OriginState>,
    flows: FlowTable,
    graph: UnGraphMap<HostId, LinkId>,
    hosts: SlotMap<HostId, HostState>,
    host_ids: hashbrown::HashMap<HostKey, HostId>,
    hosts_due: Deadlines<HostId>,
    links: SlotMap<LinkId, Link>,
    names: NameBook,
    slice: Slice,
    slice_flows: Vec<FlowId>,
    totals: Totals,
    changed: Changed,
}

/// What was touched since the last delta.
#[derive(Debug, Default)]
struct Changed {
    hosts: Marks<HostId>,
    links: Marks<LinkId>,
    gone_hosts: Vec<HostId>,
    gone_links: Vec<LinkId>,
    totals: bool,
}

/// A set of keys, kept as a list: whether a key is in it stands in a parallel slot map.
#[derive(Debug)]
struct Marks<K: slotmap::Key> {
    list: Vec<K>,
    marked: slotmap::SecondaryMap<K, ()>,
}

impl<K: slotmap::Key> Default for Marks<K> {
    fn default() -> Self {
        Marks { list: Vec::new(), marked: slotmap::SecondaryMap::new() }
    }
}

impl<K: slotmap::Key> Marks<K> {
    fn mark(&mut self, key: K) {
        if self.marked.insert(key, ()).is_none() {
            self.list.push(key);
        }
    }

    fn take(&mut self) -> Vec<K> {
        let list = std::mem::take(&mut self.list);
        for key in &list {
            self.marked.remove(*key);
        }
        list
    }
}

impl Model {
    /// An empty model. The registry is frozen: no column comes after the first event.
    pub fn new(registry: Registry, limits: Limits) -> Self {
        Model {
            registry,
            limits,
            now: Time::ZERO,
            origins: Vec::new(),
            flows: FlowTable::default(),
            graph: UnGraphMap::new(),
            hosts: SlotMap::with_key(),
            host_ids: hashbrown::HashMap::new(),
            hosts_due: Deadlines::default(),
            links: SlotMap::with_key(),
            names: NameBook::new(limits.max_names),
            slice: Slice { start: Time::ZERO, rows: Vec::new(), ledgers: Vec::new() },
            slice_flows: Vec::new(),
            totals: Totals::default(),
            changed: Changed::default(),
        }
    }

    /// Makes an origin known; its events carry the number. At most 65,536.
    pub fn add_origin(&mut self, origin: Origin) -> Option<OriginId> {
        let id = OriginId(u16::try_from(self.origins.len()).ok()?);
        self.totals.origins.push((id, origin.name.clone(), Ledger::default()));
        self.origins.push(OriginState { origin, ledger: Ledger::default() });
        self.changed.totals = true;
        Some(id)
    }

    /// Sets other bounds.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.flows.reschedule_all(&limits);
        self.hosts_due = Deadlines::default();
        for (id, state) in &mut self.hosts {
            state.queued = true;
            self.hosts_due.put(id, state.heard.plus(limits.host_idle));
        }
    }

    /// The columns.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The latest time that was passed in.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The live flows, in no particular order.
    pub fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.flows.iter()
    }

    /// A live flow.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(id)
    }

    /// The hosts, in no particular order.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values().map(|state| &state.host)
    }

    /// A host.
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id).map(|state| &state.host)
    }

    /// The host of that key.
    pub fn host_of(&self, key: &HostKey) -> Option<&Host> {
        self.host(*self.host_ids.get(key)?)
    }

    /// A link.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id)
    }

    /// The links of a host, as petgraph holds them.
    pub fn links_of(&self, host: HostId) -> impl Iterator<Item = &Link> {
        self.graph.edges(host).filter_map(|(_, _, link)| self.links.get(*link))
    }

    /// The totals.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Takes in one event. `now` is the source's time; a time before the latest one counts as the latest.
    pub fn apply(&mut self, now: Time, event: &Event, sink: &mut dyn Sink) {
        self.pass(now, sink);
        let Some(realms) = self.origins.get(usize::from(event.origin.0)).map(|o| o.origin.realms) else {
            self.totals.events_refused += 1;
            self.changed.totals = true;
            return;
        };
        match &event.kind {
            Kind::Open { tuple, conn, start, initiator } => {
                let key = FlowKey::new(*tuple, &realms);
                self.open(key, event.origin, *conn, *start, *initiator, sink);
            }
            Kind::Data { tuple, conn, total, last } => {
                let id = self.flow_for(FlowKey::new(*tuple, &realms), *last, sink);
                self.count(id, event.origin, *conn, total, *last);
            }
            Kind::Close { tuple, conn, reason, total, last } => {
                let id = self.flow_for(FlowKey::new(*tuple, &realms), *last, sink);
                self.count(id, event.origin, *conn, total, *last);
                self.close(id, *reason);
            }
            Kind::Tags { tuple, conn: _, tags } => {
                let id = self.flow_for(FlowKey::new(*tuple, &realms), event.at, sink);
                if let Some(flow) = self.flows.get_mut(id) {
                    for tag in tags {
                        flow.tags.set(tag.clone());
                    }
                }
            }
            Kind::Name { addr, origin, ttl_secs, name } => {
                let until = event.at.plus(Duration::from_secs(u64::from(*ttl_secs)));
                let name = Name { text: name.clone(), origin: *origin, heard: event.at, until };
                self.hear_name(HostKey { realm: realms.of(*addr), addr: *addr }, name);
            }
            Kind::Outer { src, dst, packets, bytes } => {
                let counts = crate::Counts { packets: *packets, bytes: *bytes, ip_bytes: *bytes };
                let src = self.host_for(HostKey { realm: realms.of(*src), addr: *src }, event.at, None, sink);
                let dst = self.host_for(HostKey { realm: realms.of(*dst), addr: *dst }, event.at, Some(src), sink);
                self.count_host(src, Some(counts), None, event.at);
                self.count_host(dst, None, Some(counts), event.at);
            }
            Kind::Ledger(ledger) => self.account(event.origin, *ledger),
        }
    }

    /// Lets time pass: closes slices, ends what is idle, fades and removes hosts.
    pub fn advance(&mut self, now: Time, sink: &mut dyn Sink) {
        self.pass(now, sink);
        while let Some(id) = self.flows.pop_due(self.now, &self.limits) {
            match id {
                Due::Idle(id) => {
                    self.close(id, EndReason::Idle);
                    self.end(id, sink);
                }
                Due::Lingered(id) => self.end(id, sink),
            }
        }
        while let Some(id) = self.hosts_due.pop_due(self.now) {
            self.look_at_host(id, sink);
        }
    }

    /// Ends every flow and the slice that is open: the source is done.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        while let Some(id) = self.flows.pop_first() {
            self.close(id, EndReason::Finished);
            self.end(id, sink);
        }
        self.close_slice(sink);
        for state in self.hosts.values() {
            sink.host_gone(&state.host);
        }
    }

    /// The whole graph: where a viewer starts.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            now: self.now,
            hosts: self.hosts.iter().map(|(id, state)| (id, state.host.clone())).collect(),
            links: self.links.iter().map(|(id, l)| (id, l.clone())).collect(),
            totals: self.totals.clone(),
        }
    }

    /// What changed since this was last called.
    pub fn delta(&mut self) -> Delta {
        let hosts = self.changed.hosts.take().into_iter().filter_map(|id| Some((id, self.host(id)?.clone()))).collect();
        let links = self.changed.links.take().into_iter().filter_map(|id| Some((id, self.links.get(id)?.clone()))).collect();
        Delta {
            now: self.now,
            hosts,
            gone_hosts: std::mem::take(&mut self.changed.gone_hosts),
            links,
            gone_links: std::mem::take(&mut self.changed.gone_links),
            totals: std::mem::take(&mut self.changed.totals).then(|| self.totals.clone()),
        }
    }

    fn pass(&mut self, now: Time, sink: &mut dyn Sink) {
        if now <= self.now {
            return;
        }
        self.now = now;
        let start = now.floor(SLICE);
        if start > self.slice.start {
            self.close_slice(sink);
            self.slice.start = start;
        }
    }

    fn close_slice(&mut self, sink: &mut dyn Sink) {
        for id in std::mem::take(&mut self.slice_flows) {
            if let Some(flow) = self.flows.get_mut(id) {
                self.slice.rows.extend(slice_row(flow));
            }
        }
        if !self.slice.rows.is_empty() || self.slice.start > Time::ZERO {
            self.slice.ledgers = self.totals.origins.iter().map(|(id, _, ledger)| (*id, *ledger)).collect();
            sink.slice(&self.slice);
        }
        self.slice.rows.clear();
    }

    fn open(&mut self, key: FlowKey, origin: OriginId, conn: ConnId, start: Time, initiator: Initiator, sink: &mut dyn Sink) {
        if let Some(id) = self.flows.find(&key) {
            let again = self.flows.get(id).is_some_and(|f| f.state != State::Open && start > f.last && is_new(f, origin, conn));
            if again {
                self.end(id, sink);
            } else if let Some(flow) = self.flows.get_mut(id) {
                flow.active = self.now;
                if initiator.basis > flow.initiator.basis {
                    flow.initiator = initiator;
                    flow.service = service(&key, initiator);
                }
                flow.first = flow.first.min(start);
                return;
            }
        }
        self.insert(key, start, initiator, sink);
    }

    /// The flow of an event; one whose beginning was missed begins here.
    fn flow_for(&mut self, key: FlowKey, at: Time, sink: &mut dyn Sink) -> FlowId {
        match self.flows.find(&key) {
            Some(id) => id,
            None => {
                let initiator = Initiator { side: Side::A, basis: crate::Basis::FirstSeen };
                self.insert(key, at, initiator, sink)
            }
        }
    }

    fn insert(&mut self, key: FlowKey, start: Time, initiator: Initiator, sink: &mut dyn Sink) -> FlowId {
        while self.flows.len() >= self.limits.max_flows.max(1) {
            let Some(oldest) = self.flows.pop_oldest(&self.limits) else { break };
            self.totals.flows_evicted += 1;
            self.close(oldest, EndReason::Evicted);
            self.end(oldest, sink);
        }
        let a = self.host_for(key.host(Side::A), start, None, sink);
        let b = self.host_for(key.host(Side::B), start, Some(a), sink);
        let service = service(&key, initiator);
        let link = self.link_for(a, b, service, start);
        if let Some(link) = self.links.get_mut(link) {
            link.flows += 1;
        }
        self.changed.links.mark(link);
        for id in ends(a, b) {
            if let Some(state) = self.hosts.get_mut(id) {
                state.host.flows += 1;
                state.host.fading = None;
            }
            self.changed.hosts.mark(id);
        }
        self.totals.flows += 1;
        self.totals.flows_ever += 1;
        self.changed.totals = true;
        self.flows.insert(
            |id| Flow {
                id,
                key,
                link,
                initiator,
                service,
                state: State::Open,
                total: Total::default(),
                rates: Default::default(),
                first: start,
                last: start,
                tags: Default::default(),
                seen: Default::default(),
                active: self.now,
                slice_base: None,
            },
            &self.limits,
        )
    }

    fn count(&mut self, id: FlowId, origin: OriginId, conn: ConnId, total: &Total, last: Time) {
        let now = self.now;
        let Some(flow) = self.flows.get_mut(id) else { return };
        if flow.slice_base.is_none() {
            flow.slice_base = Some(flow.total);
            self.slice_flows.push(id);
        }
        let Difference(more) = flow.count(origin, conn, *total);
        flow.last = flow.last.max(last);
        flow.active = now;
        let [rate_ab, rate_ba] = &mut flow.rates;
        rate_ab.add(more.ab.bytes, now);
        rate_ba.add(more.ba.bytes, now);
        let (link, service) = (flow.link, flow.service);
        let Some(link) = self.links.get_mut(link) else { return };
        link.total = Total(link.total).plus(&Difference(more)).0;
        link.rate_ab.add(more.ab.bytes, now);
        link.rate_ba.add(more.ba.bytes, now);
        link.vote(service, more.sum().bytes);
        link.last = link.last.max(last);
        let (id, a, b) = (link.id, link.a, link.b);
        self.changed.links.mark(id);
        self.count_host(a, Some(more.ab), Some(more.ba), last);
        self.count_host(b, Some(more.ba), Some(more.ab), last);
    }

    fn count_host(&mut self, id: HostId, sent: Option<crate::Counts>, received: Option<crate::Counts>, last: Time) {
        let now = self.now;
        let Some(state) = self.hosts.get_mut(id) else { return };
        state.heard = now;
        let host = &mut state.host;
        if let Some(counts) = sent {
            host.sent = host.sent.plus(&counts);
            host.rate_sent.add(counts.bytes, now);
        }
        if let Some(counts) = received {
            host.received = host.received.plus(&counts);
            host.rate_received.add(counts.bytes, now);
        }
        host.last = host.last.max(last);
        host.fading = None;
        self.changed.hosts.mark(id);
    }

    fn account(&mut self, origin: OriginId, ledger: Ledger) {
        let Some(state) = self.origins.get_mut(usize::from(origin.0)) else { return };
        if state.ledger == ledger {
            return;
        }
        let (packets, bytes) = (ledger.packets.saturating_sub(state.ledger.packets), ledger.bytes.saturating_sub(state.ledger.bytes));
        state.ledger = ledger;
        if let Some((_, _, shown)) = self.totals.origins.get_mut(usize::from(origin.0)) {
            *shown = ledger;
        }
        self.totals.rate_packets.add(packets, self.now);
        self.totals.rate_bytes.add(bytes, self.now);
        self.changed.totals = true;
    }

    fn hear_name(&mut self, key: HostKey, name: Name) {
        self.names.hear(key, name.clone());
        if let Some(state) = self.host_ids.get(&key).and_then(|id| self.hosts.get_mut(*id))
            && state.host.names.hear(name)
        {
            self.changed.hosts.mark(state.host.id);
        }
    }

    fn close(&mut self, id: FlowId, reason: EndReason) {
        if let Some(flow) = self.flows.get_mut(id)
            && flow.state == State::Open
        {
            flow.state = State::Closed(reason);
            flow.active = self.now;
            self.flows.reschedule(id, &self.limits);
        }
    }

    /// A flow leaves the table, and its link and hosts let it go.
    fn end(&mut self, id: FlowId, sink: &mut dyn Sink) {
        let Some(mut flow) = self.flows.remove(id) else { return };
        self.slice.rows.extend(slice_row(&mut flow));
        self.totals.flows = self.totals.flows.saturating_sub(1);
        self.changed.totals = true;
        if let Some(link) = self.links.get_mut(flow.link) {
            link.flows = link.flows.saturating_sub(1);
            let (id, a, b) = (link.id, link.a, link.b);
            self.changed.links.mark(id);
            for id in ends(a, b) {
                if let Some(state) = self.hosts.get_mut(id) {
                    state.host.flows = state.host.flows.saturating_sub(1);
                    if state.host.flows == 0 && !state.queued {
                        state.queued = true;
                        self.hosts_due.put(id, state.heard.plus(self.limits.host_idle));
                    }
                    self.changed.hosts.mark(id);
                }
            }
        }
        sink.flow_ended(&flow);
    }

    /// The host of a key, made if it is new. Where there are too many the one that has been silent the longest makes room, but not `keep`.
    fn host_for(&mut self, key: HostKey, at: Time, keep: Option<HostId>, sink: &mut dyn Sink) -> HostId {
        if let Some(id) = self.host_ids.get(&key) {
            return *id;
        }
        let mut looks = self.hosts.len();
        while self.hosts.len() >= self.limits.max_hosts.max(1) && looks > 0 {
            looks -= 1;
            let Some(id) = self.hosts_due.pop_first() else { break };
            self.evict_host(id, keep, sink);
        }
        let names = self.names.of(&key);
        let now = self.now;
        let id = self.hosts.insert_with_key(|id| {
            let (sent, received) = Default::default();
            let (rate_sent, rate_received) = (Rate::default(), Rate::default());
            let host = Host { id, key, names, sent, received, rate_sent, rate_received, first: at, last: at, flows: 0, fading: None };
            HostState { host, heard: now, queued: true }
        });
        self.host_ids.insert(key, id);
        self.graph.add_node(id);
        self.changed.hosts.mark(id);
        self.hosts_due.put(id, now.plus(self.limits.host_idle));
        id
    }

    fn evict_host(&mut self, id: HostId, keep: Option<HostId>, sink: &mut dyn Sink) {
        let Some(state) = self.hosts.get_mut(id) else { return };
        state.queued = false;
        if keep == Some(id) {
            state.queued = true;
            self.hosts_due.put(id, state.heard.plus(self.limits.host_idle));
        } else if state.host.flows == 0 {
            self.totals.hosts_evicted += 1;
            self.changed.totals = true;
            self.remove_host(id, sink);
        } // else its last flow's end puts it back in the queue
    }

    fn look_at_host(&mut self, id: HostId, sink: &mut dyn Sink) {
        let Some(state) = self.hosts.get_mut(id) else { return };
        state.queued = false;
        if state.host.flows > 0 {
            return; // its last flow's end puts it back in the queue
        }
        let idle = state.heard.plus(self.limits.host_idle);
        let gone = idle.plus(self.limits.host_fade);
        if self.now >= gone {
            return self.remove_host(id, sink);
        }
        state.queued = true;
        if self.now < idle {
            self.hosts_due.put(id, idle);
        } else {
            state.host.fading = Some(state.host.fading.unwrap_or(self.now));
            self.hosts_due.put(id, gone);
            self.changed.hosts.mark(id);
        }
    }

    fn remove_host(&mut self, id: HostId, sink: &mut dyn Sink) {
        let links: Vec<LinkId> = self.graph.edges(id).map(|(_, _, link)| *link).collect();
        for link in links {
            self.links.remove(link);
            self.changed.gone_links.push(link);
        }
        self.graph.remove_node(id);
        if let Some(HostState { host, .. }) = self.hosts.remove(id) {
            self.host_ids.remove(&host.key);
            self.changed.gone_hosts.push(id);
            sink.host_gone(&host);
        }
    }

    fn link_for(&mut self, a: HostId, b: HostId, service: Service, at: Time) -> LinkId {
        if let Some(id) = self.graph.edge_weight(a, b) {
            return *id;
        }
        let id = self.links.insert_with_key(|id| Link {
            id,
            a,
            b,
            total: Default::default(),
            rate_ab: Rate::default(),
            rate_ba: Rate::default(),
            flows: 0,
            service,
            lead: 0,
            first: at,
            last: at,
        });
        self.graph.add_edge(a, b, id);
        self.changed.links.mark(id);
        id
    }
}

/// Whether this origin does not yet know the flow by that connection.
fn is_new(flow: &Flow, origin: OriginId, conn: ConnId) -> bool {
    !flow.seen.iter().any(|s| s.origin == origin && s.conn == conn)
}

fn service(key: &FlowKey, initiator: Initiator) -> Service {
    let from = key.tuple.end(initiator.side);
    let to = key.tuple.end(initiator.side.other());
    Service::of(key.tuple.proto(), from.port, to.port, initiator.basis)
}

fn slice_row(flow: &mut Flow) -> Option<SliceRow> {
    let base = flow.slice_base.take()?;
    Some(SliceRow { flow: flow.id, key: flow.key, link: flow.link, service: flow.service, moved: flow.total.since(&base) })
}

/// The two ends, once if they are the same.
fn ends(a: HostId, b: HostId) -> impl Iterator<Item = HostId> {
    std::iter::once(a).chain((a != b).then_some(b))
}
