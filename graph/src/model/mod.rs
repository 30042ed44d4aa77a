//! The model: told events, it keeps hosts, links and flows, and says what changed.

mod averages;
mod changed;
mod faces;
mod flows;
mod hosts;
mod processes;
mod shares;
mod slices;
mod tags;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::DefaultHashBuilder;
use petgraph::Undirected;
use petgraph::graphmap::GraphMap;
use slotmap::SlotMap;

use self::changed::Changed;
pub(crate) use self::changed::Marked;
use self::hosts::HostState;
pub(crate) use self::processes::MAX_LINEAGE;
use self::shares::Shares;
use self::slices::Heard;
use crate::column::{ColumnSet, Symbols};
use crate::compute::{Happened, Happening};
use crate::counted::Observer;
use crate::deadlines::Deadlines;
use crate::faces::{Faces, Facing};
use crate::fold::Folder;
use crate::host::Name;
use crate::names::NameBook;
use crate::process::ProcessTable;
use crate::query::Arrays;
use crate::route::TraceBook;
use crate::slice::{Sink, Slice};
use crate::table::{Due, FlowTable};
use crate::waiting::Waiting;
use crate::{
    Delta, EndReason, Event, Flow, FlowId, FlowKey, Host, HostId, HostKey, Kind, Ledger, Limits, Link, LinkId, ModuleEvent, Modules,
    OriginId, Realms, Registry, Round, Schema, Snapshot, Time, Totals, Vicinity,
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
    /// One packet in so many is looked at.
    sampling: u32,
    /// Of who tells of everything once a slice: as what time it did so last.
    round: Option<Time>,
}

/// The model. One thread owns it; there is no lock around it.
///
/// [`Model::apply`] and [`Model::advance`] mark what they touch; [`Model::delta`] takes everything that was marked since it was
/// last asked. So an event costs no allocation, and a viewer pays once a frame.
#[derive(Debug)]
pub struct Model {
    registry: Registry,
    schema: Arc<Schema>,
    limits: Limits,
    now: Time,
    origins: Vec<OriginState>,
    flows: FlowTable,
    faces: Faces,
    waiting: Waiting,
    graph: GraphMap<HostId, LinkId, Undirected, DefaultHashBuilder>,
    hosts: SlotMap<HostId, Marked<HostState>>,
    host_ids: hashbrown::HashMap<HostKey, HostId>,
    hosts_due: Deadlines<HostId>,
    links: SlotMap<LinkId, Marked<Link>>,
    shares: Shares,
    processes: ProcessTable,
    names: NameBook,
    modules: Modules,
    traces: TraceBook,
    symbols: Symbols,
    /// The columns of which anything ever had a value.
    told_columns: ColumnSet,
    pub(crate) folder: Folder,
    slice: Slice,
    heard: Heard,
    /// Whether rates are averages.
    averaged: bool,
    totals: Totals,
    changed: Changed,
    arrays: RefCell<Arrays>,
    /// What computations are to be told of.
    pub(crate) happened: Happened,
}

impl Model {
    /// An empty model. The registry is frozen: no column comes after the first event.
    pub fn new(registry: Registry, limits: Limits) -> Self {
        Model {
            schema: Arc::new(Schema::new(&registry)),
            registry,
            limits,
            now: Time::ZERO,
            origins: Vec::new(),
            flows: FlowTable::default(),
            faces: Faces::default(),
            waiting: Waiting::default(),
            graph: GraphMap::default(),
            hosts: SlotMap::with_key(),
            host_ids: hashbrown::HashMap::new(),
            hosts_due: Deadlines::default(),
            links: SlotMap::with_key(),
            shares: Shares::default(),
            processes: ProcessTable::default(),
            names: NameBook::new(limits.max_names),
            modules: Modules::default(),
            traces: TraceBook::new(limits.max_traces),
            symbols: Symbols::default(),
            told_columns: ColumnSet::default(),
            folder: Folder::default(),
            slice: Slice { start: Time::ZERO, rows: Vec::new(), incomplete: Vec::new(), ledgers: Vec::new() },
            heard: Heard::default(),
            averaged: false,
            totals: Totals::default(),
            changed: Changed::default(),
            arrays: RefCell::default(),
            happened: Happened::default(),
        }
    }

    /// Makes an origin known; its events carry the number. At most 65,536.
    pub fn add_origin(&mut self, origin: Origin) -> Option<OriginId> {
        let id = OriginId(u16::try_from(self.origins.len()).ok()?);
        self.totals.origins.push((id, origin.name.clone(), Ledger::default()));
        self.totals.meet_machine(origin.realms.local, &origin.name);
        self.origins.push(OriginState { origin, ledger: Ledger::default(), sampling: 1, round: None });
        self.changed.totals = true;
        Some(id)
    }

    /// In which realms the addresses of an origin stand.
    pub fn realms_of(&self, origin: OriginId) -> Option<Realms> {
        self.origins.get(usize::from(origin.0)).map(|state| state.origin.realms)
    }

    /// Makes the origin of that number known, and those before it that nobody has told of yet, or gives it another name.
    fn set_origin(&mut self, id: OriginId, told: &Origin) {
        while self.origins.len() <= usize::from(id.0) && self.add_origin(told.clone()).is_some() {}
        if let Some(state) = self.origins.get_mut(usize::from(id.0)) {
            state.origin = told.clone();
        }
        self.totals.meet_machine(told.realms.local, &told.name);
        if let Some((_, name, _)) = self.totals.origins.get_mut(usize::from(id.0)) {
            name.clone_from(&told.name);
        }
        self.changed.totals = true;
    }

    /// Sets other bounds.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.flows.reschedule_all(&limits);
        self.hosts_due = Deadlines::default();
        for (id, state) in &mut self.hosts {
            state.it.queued = true;
            self.hosts_due.put(id, state.it.heard.plus(limits.host_idle));
        }
    }

    /// The columns.
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What can be asked of rows.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The latest time that was passed in.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The live flows, in no particular order.
    pub fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.flows.iter()
    }

    pub(crate) const fn flow_table(&self) -> &FlowTable {
        &self.flows
    }

    /// What queries ask of flows.
    pub(crate) const fn arrays(&self) -> &RefCell<Arrays> {
        &self.arrays
    }

    /// A live flow.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.flows.get(id)
    }

    /// The hosts, in no particular order.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values().map(|state| &state.it.host)
    }

    /// A host.
    pub fn host(&self, id: HostId) -> Option<&Host> {
        self.hosts.get(id).map(|state| &state.it.host)
    }

    /// The host of that key.
    pub fn host_of(&self, key: &HostKey) -> Option<&Host> {
        self.host(*self.host_ids.get(key)?)
    }

    /// How many hosts there are.
    pub fn host_count(&self) -> usize {
        self.hosts.len()
    }

    /// The links, in no particular order.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.links.values().map(|link| &link.it)
    }

    /// A link.
    pub fn link(&self, id: LinkId) -> Option<&Link> {
        self.links.get(id).map(|link| &link.it)
    }

    /// The links of a host, as petgraph holds them.
    pub fn links_of(&self, host: HostId) -> impl Iterator<Item = &Link> {
        self.graph.edges(host).filter_map(|(_, _, link)| self.link(*link))
    }

    /// What this machine's addresses and networks are from now on; whether they are others than before. Hosts that are nearer or farther then
    /// are as if they came.
    pub fn set_vicinity(&mut self, vicinity: Vicinity) -> bool {
        if *self.totals.vicinity == vicinity {
            return false;
        }
        let before = std::mem::replace(&mut self.totals.vicinity, Arc::new(vicinity));
        self.changed.totals = true;
        self.folder.look_again();
        for (id, host) in &mut self.hosts {
            let key = host.it.host.key;
            if before.scope(key.addr) != self.totals.vicinity.scope(key.addr) && self.totals.elsewhere(key.realm).is_none() {
                host.mark(id, &mut self.changed.hosts);
                self.happened.note(Happening::Host(id));
            }
        }
        true
    }

    /// The totals.
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Takes in one event. `now` is the source's time; a time before the latest one counts as the latest.
    pub fn apply(&mut self, now: Time, event: &Event, sink: &mut dyn Sink) {
        self.pass(now, sink);
        if let Kind::Origin(origin) = &event.kind {
            return self.set_origin(event.origin, origin);
        }
        let Some(realms) = self.realms_of(event.origin) else {
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
                let facing = self.flow_for(FlowKey::new(*tuple, &realms), *last, sink);
                let observer = Observer { origin: event.origin, translated: facing.translated };
                self.count(facing.flow, observer, *conn, &facing.total(total), *last);
            }
            Kind::Close { tuple, conn, reason, total, last } => {
                let key = FlowKey::new(*tuple, &realms);
                // An end that counts nothing says nothing of a flow that is gone already.
                if total.0.is_zero() && self.meant(&key).is_none() {
                    return;
                }
                let facing = self.flow_for(key, *last, sink);
                let observer = Observer { origin: event.origin, translated: facing.translated };
                self.count(facing.flow, observer, *conn, &facing.total(total), *last);
                self.close(facing.flow, *reason);
            }
            Kind::Tags { tuple, conn: _, tags } => {
                let key = FlowKey::new(*tuple, &realms);
                match self.meant(&key).or_else(|| self.flows.find_icmp(&key).map(Facing::straight)) {
                    Some(facing) => {
                        self.tag_flow_all(facing.flow, tags.iter().map(|tag| facing.tag(tag)), event.origin);
                    }
                    None => {
                        let lost = self.waiting.put(key, tags, event.origin, self.now);
                        self.miss_tags(lost);
                    }
                }
            }
            Kind::Translated { tuple, other, flipped } => {
                if let Some(id) = self.flows.find(&FlowKey::new(*tuple, &realms)) {
                    self.translate(id, FlowKey::new(*other, &realms), *flipped);
                }
            }
            Kind::Round(round) => {
                if let Some(state) = self.origins.get_mut(usize::from(event.origin.0)) {
                    state.round = (*round == Round::Told).then_some(event.at);
                }
            }
            Kind::Name { addr, origin, ttl_secs, name } => {
                let until = event.at.plus(Duration::from_secs(u64::from(*ttl_secs)));
                let name = Name { text: name.clone(), origin: *origin, heard: event.at, until };
                self.hear_name(HostKey { realm: realms.of(*addr), addr: *addr }, name);
            }
            Kind::Via { tuple, conn, interfaces } => {
                let facing = self.meant(&FlowKey::new(*tuple, &realms));
                if let Some((facing, flow)) = facing.and_then(|facing| Some((facing, self.flows.get_mut(facing.flow)?))) {
                    let observer = Observer { origin: event.origin, translated: facing.translated };
                    flow.counted.see_via(observer, *conn, self.symbols.shared(interfaces));
                }
            }
            Kind::Sampling(n) => {
                if let Some(state) = self.origins.get_mut(usize::from(event.origin.0)) {
                    state.sampling = (*n).max(1);
                }
            }
            Kind::Trace(trace) => self.hear_trace(event.at, trace, realms, sink),
            Kind::Outer { src, dst, packets, bytes } => {
                let counts = crate::Counts { packets: *packets, bytes: *bytes, ip_bytes: *bytes };
                let src = self.host_for(HostKey { realm: realms.of(*src), addr: *src }, event.at, None, sink);
                let dst = self.host_for(HostKey { realm: realms.of(*dst), addr: *dst }, event.at, Some(src), sink);
                self.count_host(src, Some(counts), None, event.at);
                self.count_host(dst, None, Some(counts), event.at);
                for id in [src, dst] {
                    self.observe(id, event.origin, *bytes);
                }
            }
            Kind::Ledger(ledger) => self.account(event.origin, *ledger),
            Kind::Module { module, kind, payload } => {
                let (at, origin, payload) = (event.at, event.origin, payload.clone());
                self.modules.hear(ModuleEvent { at, origin, module: *module, kind: *kind, payload });
            }
            Kind::Origin(_) => {}
            Kind::User { .. }
            | Kind::Booted { .. }
            | Kind::Fork { .. }
            | Kind::Exec { .. }
            | Kind::Change { .. }
            | Kind::Usage { .. }
            | Kind::Exit { .. }
            | Kind::Owner { .. } => self.apply_process(event, &realms),
        }
    }

    /// What extensions told.
    pub const fn modules(&self) -> &Modules {
        &self.modules
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
        self.processes.forget(self.now, &self.limits);
        if self.arrays.get_mut().forget(self.now) {
            self.flows.rest();
        }
        let lost = self.waiting.expire(self.now);
        self.miss_tags(lost);
    }

    /// Ends every flow and the slice that is open: the source is done.
    pub fn finish(&mut self, sink: &mut dyn Sink) {
        while let Some(id) = self.flows.pop_first() {
            self.close(id, EndReason::Finished);
            self.end(id, sink);
        }
        self.close_slice(sink);
        let lost = std::mem::take(&mut self.waiting).len() as u64;
        self.miss_tags(lost);
        for state in self.hosts.values() {
            sink.host_gone(&state.it.host);
        }
    }

    /// The whole graph: where a viewer starts.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            now: self.now,
            hosts: self.hosts.iter().map(|(id, state)| (id, state.it.host.clone())).collect(),
            links: self.links.iter().map(|(id, l)| (id, l.it.clone())).collect(),
            shares: self.shares().map(|share| (share.id, share.clone())).collect(),
            processes: self.processes.iter().map(|process| (process.key, process.clone())).collect(),
            totals: self.totals.clone(),
        }
    }

    /// What changed since this was last called.
    pub fn delta(&mut self) -> Delta {
        let hosts = std::mem::take(&mut self.changed.hosts);
        let links = std::mem::take(&mut self.changed.links);
        let shares = std::mem::take(&mut self.changed.shares);
        let (processes, gone_processes) = self.processes.take_changes();
        Delta {
            now: self.now,
            hosts: hosts.into_iter().filter_map(|id| Some((id, self.hosts.get_mut(id)?.unmark().host.clone()))).collect(),
            gone_hosts: std::mem::take(&mut self.changed.gone_hosts),
            links: links.into_iter().filter_map(|id| Some((id, self.links.get_mut(id)?.unmark().clone()))).collect(),
            gone_links: std::mem::take(&mut self.changed.gone_links),
            shares: shares.into_iter().filter_map(|id| Some((id, self.shares.unmark(id)?))).collect(),
            gone_shares: std::mem::take(&mut self.changed.gone_shares),
            processes: processes.into_iter().collect(),
            gone_processes,
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

    /// Nobody ever told of the flows of so many tags.
    fn miss_tags(&mut self, lost: u64) {
        self.totals.tags_unmatched += lost;
        self.changed.totals |= lost > 0;
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
}
