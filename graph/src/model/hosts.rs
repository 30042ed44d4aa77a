//! Hosts and the links between them: how they come, are counted, fade and go.

use std::sync::Arc;

use arcstr::ArcStr;

use super::Model;
use super::changed::Marked;
use crate::host::Name;
use crate::{
    Counts, Happening, Host, HostId, HostKey, Link, LinkId, MAX_HOPS, NameOrigin, OriginId, Rate, Realms, Route, Service, Sink, Stop, Time,
    Trace,
};

/// A host, and what only the model needs of it.
#[derive(Debug)]
pub(super) struct HostState {
    pub(super) host: Host,
    /// The model's time when it last heard of it: what expiry goes by.
    pub(super) heard: Time,
    /// Whether it stands in the queue of hosts to look at; it does at most once.
    pub(super) queued: bool,
}

impl Model {
    /// A host that is about to change.
    pub(super) fn touch_host(&mut self, id: HostId) -> Option<&mut HostState> {
        Some(self.hosts.get_mut(id)?.mark(id, &mut self.changed.hosts))
    }

    /// A link that is about to change.
    pub(super) fn touch_link(&mut self, id: LinkId) -> Option<&mut Link> {
        Some(self.links.get_mut(id)?.mark(id, &mut self.changed.links))
    }

    pub(super) fn count_host(&mut self, id: HostId, sent: Option<Counts>, received: Option<Counts>, last: Time) {
        let now = self.now;
        let Some(state) = self.touch_host(id) else { return };
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
    }

    /// An origin counted so many bytes of it.
    pub(super) fn observe(&mut self, id: HostId, origin: OriginId, bytes: u64) {
        if let Some(state) = self.touch_host(id) {
            state.host.observers.count(origin, bytes);
        }
    }

    /// One of its flows is over.
    pub(super) fn let_host_go(&mut self, id: HostId) {
        let host_idle = self.limits.host_idle;
        let Some(state) = self.touch_host(id) else { return };
        state.host.flows = state.host.flows.saturating_sub(1);
        if state.host.flows == 0 && !state.queued {
            state.queued = true;
            let due = state.heard.plus(host_idle);
            self.hosts_due.put(id, due);
        }
    }

    pub(super) fn hear_name(&mut self, key: HostKey, name: Name) {
        self.names.hear(key, name.clone());
        if let Some(id) = self.host_ids.get(&key)
            && let Some(state) = self.hosts.get_mut(*id)
            && state.it.host.names.hear(name)
        {
            state.mark(*id, &mut self.changed.hosts);
            self.happened.note(Happening::HostNamed(*id));
        }
    }

    /// A computation names an address.
    pub(crate) fn name_host(&mut self, key: HostKey, text: ArcStr, origin: NameOrigin, until: Time) {
        let name = Name { text, origin, heard: self.now, until };
        self.hear_name(key, name);
    }

    /// A traced way. It makes nobody a host: who passes packets on does not talk.
    pub(super) fn hear_trace(&mut self, at: Time, trace: &Arc<Trace>, realms: Realms, sink: &mut dyn Sink) {
        if trace.hops.len() > MAX_HOPS {
            self.totals.events_refused += 1;
            self.changed.totals = true;
        } else if self.traces.hear(at, trace, realms) {
            let key = HostKey { realm: realms.of(trace.dst), addr: trace.dst };
            if let Some(id) = self.host_ids.get(&key).copied() {
                self.touch_host(id);
            }
            sink.traced(at, trace);
        }
    }

    /// The newest traced way to a host, from whichever origin.
    pub fn route(&self, to: &HostKey) -> Option<Route> {
        let known = self.traces.of(to)?;
        let stops = known.trace.hops.iter().map(|hop| {
            let Some(answer) = hop.answer else { return Stop::default() };
            let key = HostKey { realm: known.realms.of(answer.addr), addr: answer.addr };
            Stop { name: self.names.of(&key).best().cloned(), host: self.host_of(&key).map(|host| host.id) }
        });
        Some(Route { at: known.at, trace: known.trace.clone(), stops: stops.collect() })
    }

    /// The host of a key, made if it is new. Where there are too many the one that has been silent the longest makes room, but not `keep`.
    pub(super) fn host_for(&mut self, key: HostKey, at: Time, keep: Option<HostId>, sink: &mut dyn Sink) -> HostId {
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
            let host = Host {
                id,
                key,
                names,
                sent,
                received,
                rate_sent,
                rate_received,
                first: at,
                last: at,
                observers: Default::default(),
                flows: 0,
                fading: None,
                tags: Default::default(),
            };
            Marked::new(HostState { host, heard: now, queued: true })
        });
        self.host_ids.insert(key, id);
        self.graph.add_node(id);
        self.touch_host(id);
        self.happened.note(Happening::Host(id));
        self.hosts_due.put(id, now.plus(self.limits.host_idle));
        id
    }

    fn evict_host(&mut self, id: HostId, keep: Option<HostId>, sink: &mut dyn Sink) {
        let Some(Marked { it: state, .. }) = self.hosts.get_mut(id) else { return };
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

    pub(super) fn look_at_host(&mut self, id: HostId, sink: &mut dyn Sink) {
        let Some(Marked { it: state, .. }) = self.hosts.get_mut(id) else { return };
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
            self.touch_host(id);
        }
    }

    fn remove_host(&mut self, id: HostId, sink: &mut dyn Sink) {
        let links: Vec<LinkId> = self.graph.edges(id).map(|(_, _, link)| *link).collect();
        for link in links {
            self.links.remove(link);
            self.changed.gone_links.push(link);
        }
        self.graph.remove_node(id);
        if let Some(Marked { it: HostState { host, .. }, .. }) = self.hosts.remove(id) {
            self.host_ids.remove(&host.key);
            self.traces.forget(&host.key);
            self.changed.gone_hosts.push(id);
            sink.host_gone(&host);
        }
    }

    pub(super) fn link_for(&mut self, a: HostId, b: HostId, service: Service, at: Time) -> LinkId {
        if let Some(id) = self.graph.edge_weight(a, b) {
            return *id;
        }
        let id = self.links.insert_with_key(|id| {
            let (total, rate_ab, rate_ba) = Default::default();
            Marked::new(Link {
                id,
                a,
                b,
                total,
                rate_ab,
                rate_ba,
                observers: Default::default(),
                flows: 0,
                service,
                lead: 0,
                first: at,
                last: at,
            })
        });
        self.graph.add_edge(a, b, id);
        self.touch_link(id);
        id
    }
}
