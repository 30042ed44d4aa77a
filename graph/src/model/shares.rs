//! Shares of links: which processes' flows they are, and how these are counted.

use hashbrown::HashMap;
use slotmap::SlotMap;

use super::Model;
use super::changed::Marked;
use crate::link::vote;
use crate::{Both, Difference, Flow, FlowId, LinkId, Owners, ProcessKey, Rate, Service, Share, ShareId, Total};

/// The processes at the two ends of a flow, lower and higher.
pub(super) type Ends = [Option<ProcessKey>; 2];

/// Shares by identity, and by what they are of. There are never more than flows: each has one, at least.
#[derive(Debug, Default)]
pub(super) struct Shares {
    shares: SlotMap<ShareId, Marked<Share>>,
    ids: HashMap<(LinkId, Ends), ShareId>,
}

impl Shares {
    /// A share that is told.
    pub(super) fn unmark(&mut self, id: ShareId) -> Option<Share> {
        Some(self.shares.get_mut(id)?.unmark().clone())
    }

    /// Whose its flows are.
    pub(super) fn ends(&self, id: ShareId) -> Ends {
        self.shares.get(id).map_or([None; 2], |share| share.it.owners)
    }

    /// The owners of a flow's ends.
    pub(super) fn owners(&self, flow: &Flow) -> Owners {
        flow.share.map_or(Owners::default(), |share| Owners::new(self.ends(share), flow.how))
    }
}

impl Model {
    /// The shares of all links, in no particular order.
    pub fn shares(&self) -> impl Iterator<Item = &Share> {
        self.shares.shares.values().map(|share| &share.it)
    }

    /// The owners of a flow's ends.
    pub fn owners(&self, flow: &Flow) -> Owners {
        self.shares.owners(flow)
    }

    /// A flow of it moved something.
    pub(super) fn count_share(&mut self, id: ShareId, service: Service, more: &Both) {
        let now = self.now;
        let Some(share) = self.touch_share(id) else { return };
        share.total = Total(share.total).plus(&Difference(*more)).0;
        share.rate_ab.add(more.ab.bytes, now);
        share.rate_ba.add(more.ba.bytes, now);
        vote(&mut share.service, &mut share.lead, service, more.sum().bytes);
    }

    /// A flow of it is over.
    pub(super) fn let_share_go(&mut self, id: ShareId) {
        let Some(share) = self.touch_share(id) else { return };
        share.flows = share.flows.saturating_sub(1);
        if share.flows > 0 {
            return;
        }
        let of = (share.link, share.owners);
        self.shares.shares.remove(id);
        self.shares.ids.remove(&of);
        self.changed.gone_shares.push(id);
    }

    /// The owners of a flow changed: with all it moved it goes from the share of those before to that of those now.
    pub(super) fn share_anew(&mut self, id: FlowId, owners: Ends) {
        let Some(flow) = self.flows.get_mut(id) else { return };
        let before = flow.share.take();
        let (link, service, total, rates) = (flow.link, flow.service, flow.total(), flow.rates());
        if let Some(before) = before {
            self.take_out(before, &total, &rates);
        }
        let share = self.share_for(link, owners, service);
        self.put_in(share, service, &total, &rates);
        if let Some(flow) = self.flows.get_mut(id) {
            flow.share = share;
        }
    }

    fn touch_share(&mut self, id: ShareId) -> Option<&mut Share> {
        Some(self.shares.shares.get_mut(id)?.mark(id, &mut self.changed.shares))
    }

    fn share_for(&mut self, link: LinkId, owners: Ends, service: Service) -> Option<ShareId> {
        if let Some(id) = self.shares.ids.get(&(link, owners)) {
            return Some(*id);
        }
        let ends = self.link(link)?;
        let hosts = [ends.a, ends.b];
        let id = self.shares.shares.insert_with_key(|id| {
            let (total, rate_ab, rate_ba) = Default::default();
            Marked::new(Share { id, link, hosts, owners, total, rate_ab, rate_ba, flows: 0, service, lead: 0 })
        });
        self.shares.ids.insert((link, owners), id);
        Some(id)
    }

    fn put_in(&mut self, id: Option<ShareId>, service: Service, total: &Total, [ab, ba]: &[Rate; 2]) {
        let now = self.now;
        let Some(share) = id.and_then(|id| self.touch_share(id)) else { return };
        share.flows += 1;
        share.total = Total(share.total).plus(&Difference(total.0)).0;
        share.rate_ab.join(ab, now);
        share.rate_ba.join(ba, now);
        vote(&mut share.service, &mut share.lead, service, total.0.sum().bytes);
    }

    pub(super) fn take_out(&mut self, id: ShareId, total: &Total, [ab, ba]: &[Rate; 2]) {
        let now = self.now;
        if let Some(share) = self.touch_share(id) {
            share.total = Total(share.total).since(total).0;
            share.rate_ab.part(ab, now);
            share.rate_ba.part(ba, now);
        }
        self.let_share_go(id);
    }
}
