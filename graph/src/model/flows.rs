//! Flows: how they begin, are counted and end.

use std::iter::once;

use super::Model;
use crate::counted::Observer;
use crate::faces::Facing;
use crate::table::hosts_of_icmp;
use crate::{
    Basis, ConnId, Difference, EndReason, Flow, FlowId, FlowKey, Happening, HostId, Initiator, OriginId, Service, Side, Sink, State, Time,
    Total,
};

impl Model {
    pub(super) fn open(&mut self, key: FlowKey, origin: OriginId, conn: ConnId, start: Time, initiator: Initiator, sink: &mut dyn Sink) {
        // What is the second face of a flow begins with that one.
        if let Some(facing) = self.faces.find(&key) {
            if let Some(flow) = self.flows.get_mut(facing.flow) {
                flow.hear(self.now);
            }
            return;
        }
        if let Some(id) = self.flows.find(&key) {
            let again = self.flows.get(id).is_some_and(|f| f.state != State::Open && start > f.last && is_new(f, origin, conn));
            if again {
                self.end(id, sink);
            } else if let Some(flow) = self.flows.get_mut(id) {
                flow.hear(self.now);
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
    pub(super) fn flow_for(&mut self, key: FlowKey, at: Time, sink: &mut dyn Sink) -> Facing {
        self.meant(&key).unwrap_or_else(|| {
            let initiator = Initiator { side: Side::A, basis: Basis::FirstSeen };
            Facing::straight(self.insert(key, at, initiator, sink))
        })
    }

    pub(super) fn insert(&mut self, key: FlowKey, start: Time, initiator: Initiator, sink: &mut dyn Sink) -> FlowId {
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
        if let Some(link) = self.touch_link(link) {
            link.flows += 1;
        }
        for id in ends(a, b) {
            if let Some(state) = self.touch_host(id) {
                state.host.flows += 1;
                state.host.fading = None;
            }
        }
        self.totals.flows += 1;
        self.totals.flows_ever += 1;
        self.changed.totals = true;
        let id = self.flows.insert(|id| Flow::new(id, key, link, initiator, service, start, self.now), &self.limits);
        self.happened.note(Happening::Flow(id));
        let hosts = hosts_of_icmp(&key);
        for (tag, origin) in once(key).chain(hosts).flat_map(|key| self.waiting.take(&key)).collect::<Vec<_>>() {
            self.tag_flow(id, tag, origin);
        }
        id
    }

    pub(super) fn count(&mut self, id: FlowId, observer: Observer, conn: ConnId, total: &Total, last: Time) {
        let (now, origin) = (self.now, observer.origin);
        let sampling = self.origins.get(usize::from(origin.0)).map_or(1, |state| state.sampling);
        let Some(flow) = self.flows.get_counted(id) else { return };
        if flow.in_slice.is_none() {
            flow.in_slice = self.heard.put(id, flow.total());
            self.happened.note(Happening::FlowCounted(id));
        }
        let (Difference(more), Difference(own)) = flow.counted.count(observer, conn, total, sampling);
        let own = own.sum().bytes;
        flow.last = flow.last.max(last);
        flow.move_on([more.ab.bytes, more.ba.bytes], now);
        let (link, service, share) = (flow.link, flow.service, flow.share);
        let Some(link) = self.touch_link(link) else { return };
        link.total = Total(link.total).plus(&Difference(more)).0;
        link.rate_ab.add(more.ab.bytes, now);
        link.rate_ba.add(more.ba.bytes, now);
        link.vote(service, more.sum().bytes);
        link.observers.count(origin, own);
        link.last = link.last.max(last);
        let (a, b) = (link.a, link.b);
        if let Some(share) = share {
            self.count_owners(self.shares.ends(share), &more);
            self.count_share(share, service, &more);
        }
        self.count_host(a, Some(more.ab), Some(more.ba), last);
        self.count_host(b, Some(more.ba), Some(more.ab), last);
        for id in ends(a, b) {
            self.observe(id, origin, own);
        }
    }

    pub(super) fn close(&mut self, id: FlowId, reason: EndReason) {
        if let Some(flow) = self.flows.get_mut(id)
            && flow.state == State::Open
        {
            flow.state = State::Closed(reason);
            flow.hear(self.now);
            self.flows.reschedule(id, &self.limits);
            self.happened.note(Happening::FlowClosed(id));
        }
    }

    /// A flow leaves the table, and its link and hosts let it go.
    pub(super) fn end(&mut self, id: FlowId, sink: &mut dyn Sink) {
        let Some(mut flow) = self.flows.remove(id) else { return };
        self.faces.forget(id);
        self.slice.rows.extend(self.heard.row(&mut flow, &self.shares));
        self.totals.flows = self.totals.flows.saturating_sub(1);
        self.changed.totals = true;
        if let Some(link) = self.touch_link(flow.link) {
            link.flows = link.flows.saturating_sub(1);
            let (a, b) = (link.a, link.b);
            for id in ends(a, b) {
                self.let_host_go(id);
            }
        }
        if let Some(share) = flow.share {
            self.let_owners_go(self.shares.ends(share));
        }
        // Whose it was stands in its share.
        sink.flow_ended(&flow, self);
        if let Some(share) = flow.share {
            self.let_share_go(share);
        }
    }
}

/// Whether this origin does not yet know the flow by that connection.
fn is_new(flow: &Flow, origin: OriginId, conn: ConnId) -> bool {
    !flow.counted.knows(origin, conn)
}

fn service(key: &FlowKey, initiator: Initiator) -> Service {
    let from = key.tuple.end(initiator.side);
    let to = key.tuple.end(initiator.side.other());
    Service::of(key.tuple.proto(), from.port, to.port, initiator.basis)
}

/// The two ends, once if they are the same.
fn ends(a: HostId, b: HostId) -> impl Iterator<Item = HostId> {
    once(a).chain((a != b).then_some(b))
}
