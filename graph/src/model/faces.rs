//! Which flow is meant, where addresses are translated on the way.

use super::Model;
use crate::counted::Observer;
use crate::faces::Facing;
use crate::{FlowId, FlowKey, Side, Total};

impl Model {
    /// The flow that is meant by a tuple, as one of its faces.
    pub(super) fn meant(&mut self, key: &FlowKey) -> Option<Facing> {
        self.faces.find(key).or_else(|| self.flows.find(key).map(Facing::straight))
    }

    /// A flow's packets have another tuple beyond whoever translates them. What was taken for a flow of that tuple until now was this one.
    pub(super) fn translate(&mut self, id: FlowId, other: FlowKey, flipped: bool) {
        let Some(key) = self.flows.get(id).map(|flow| flow.key) else { return };
        if key == other || self.faces.find(&other).is_some_and(|known| known.flow == id) {
            return;
        }
        let taken = self.flows.find(&other);
        self.faces.set(other, id, flipped);
        if let Some(taken) = taken {
            self.absorb(taken, &other);
        }
    }

    /// A flow turns out to be another one's second face: what was counted of it is that one's, and was never its own.
    fn absorb(&mut self, taken: FlowId, face: &FlowKey) {
        let Some(facing) = self.faces.find(face) else { return };
        let Some(gone) = self.flows.remove(taken) else { return };
        self.faces.forget(taken);
        self.totals.flows = self.totals.flows.saturating_sub(1);
        self.totals.flows_ever = self.totals.flows_ever.saturating_sub(1);
        self.changed.totals = true;
        let moved = gone.total().0;
        if let Some(link) = self.touch_link(gone.link) {
            link.flows = link.flows.saturating_sub(1);
            link.total = Total(link.total).since(&Total(moved)).0;
            let (a, b) = (link.a, link.b);
            for (id, side) in [(a, Side::A), (b, Side::B)].into_iter().take(if a == b { 1 } else { 2 }) {
                self.let_host_go(id);
                if let Some(state) = self.touch_host(id) {
                    state.host.sent = state.host.sent.minus(moved.from(side));
                    state.host.received = state.host.received.minus(moved.from(side.other()));
                }
            }
        }
        if let Some(share) = gone.share {
            self.disown(self.shares.ends(share), &moved);
            self.take_out(share, &Total(moved), &gone.rates());
        }
        for tag in gone.tags.all() {
            let (tag, origin) = (facing.tag(&tag.tag()), tag.origin());
            self.tag_flow(facing.flow, tag, origin);
        }
        for seen in gone.seen() {
            let observer = Observer { origin: seen.origin, translated: true };
            self.count(facing.flow, observer, seen.conn, &facing.total(&seen.total), gone.last);
        }
    }
}
