//! Tags of flows and hosts: how they come, and where a column's value is found.

use std::sync::Arc;

use super::Model;
use crate::{ColumnId, Flow, FlowId, HostId, OriginId, Place, Side, Tag, Value};

impl Model {
    /// Hears a tag of a flow. One that is not of its column's type is not heard. Returns whether what holds changed.
    pub(super) fn tag_flow(&mut self, id: FlowId, tag: &Tag, origin: OriginId) -> bool {
        let Some(tag) = self.shared(tag) else { return false };
        self.flows.get_mut(id).is_some_and(|flow| flow.tags.set(tag, origin))
    }

    /// Hears a tag of a host, of an endpoint column; it is one of every flow of the host as well. One that is not of its column's type is not heard.
    /// Returns whether what holds changed.
    pub fn tag_host(&mut self, id: HostId, tag: &Tag, origin: OriginId) -> bool {
        let Some(tag) = self.shared(tag) else { return false };
        let Some(state) = self.hosts.get(id) else { return false };
        let mut tags = state.it.host.tags.clone();
        let changed = Arc::make_mut(&mut tags).set(tag, origin);
        if let Some(state) = self.touch_host(id) {
            state.host.tags = tags;
        }
        changed
    }

    fn shared(&mut self, tag: &Tag) -> Option<Tag> {
        let column = self.registry.column(tag.column).filter(|column| column.takes(&tag.value))?;
        if !self.totals.columns.contains(column.name) {
            Arc::make_mut(&mut self.totals.columns).insert(column.name);
            self.changed.totals = true;
        }
        let mut tag = tag.clone();
        self.symbols.share(&mut tag.value);
        Some(tag)
    }

    /// The value of a column for a flow; of an end it is that of the host there, where nobody said it of the flow alone.
    pub fn tag<'a>(&'a self, flow: &'a Flow, column: ColumnId, place: Place) -> Option<&'a Value> {
        flow.tags.get(column, place).or_else(|| match place {
            Place::End(side) => self.host_at(flow, side)?.tags.get(column, Place::Flow),
            Place::Flow => None,
        })
    }

    /// The host at an end of a flow.
    pub fn host_at(&self, flow: &Flow, side: Side) -> Option<&crate::Host> {
        let link = self.link(flow.link)?;
        let key = flow.key.host(side);
        [link.a, link.b].into_iter().filter_map(|id| self.host(id)).find(|host| host.key == key)
    }
}
