//! Tags of flows and hosts: how they come, and where a column's value is found.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Model;
use crate::{ColumnId, Flow, FlowId, Happening, Host, HostId, OriginId, Place, Side, Tag, Value};

impl Model {
    /// Hears a tag of a flow. One that is not of its column's type is not heard. Returns whether what holds changed.
    pub(crate) fn tag_flow(&mut self, id: FlowId, tag: Tag, origin: OriginId) -> bool {
        let Some(tag) = self.shared(tag) else { return false };
        let column = tag.column;
        let changed = self.flows.get_mut(id).is_some_and(|flow| flow.tags.set(tag, origin));
        if changed {
            self.happened.note(Happening::FlowTagged(id, column));
        }
        changed
    }

    /// Hears tags of a flow, as one by one.
    pub(crate) fn tag_flow_all(&mut self, id: FlowId, tags: impl IntoIterator<Item = Tag>, origin: OriginId) {
        let tags: SmallVec<[Tag; 4]> = tags.into_iter().filter_map(|tag| self.shared(tag)).collect();
        let Model { flows, happened, .. } = self;
        if let Some(flow) = flows.get_mut(id) {
            flow.tags.set_all(tags.into_iter(), origin, |column| happened.note(Happening::FlowTagged(id, column)));
        }
    }

    /// Hears a tag of a host, of an endpoint column; it is one of every flow of the host as well. One that is not of its column's type is not heard.
    /// Returns whether what holds changed.
    pub fn tag_host(&mut self, id: HostId, tag: &Tag, origin: OriginId) -> bool {
        let Some(tag) = self.shared(tag.clone()) else { return false };
        let column = tag.column;
        let Some(state) = self.touch_host(id) else { return false };
        let changed = Arc::make_mut(&mut state.host.tags).set(tag, origin);
        if changed {
            self.happened.note(Happening::HostTagged(id, column));
        }
        changed
    }

    /// Forgets all that an origin said of flows and hosts. It looks at all of them.
    pub(crate) fn take_back(&mut self, origin: OriginId) {
        for flow in self.flows.iter_mut() {
            for column in flow.tags.take_back(origin) {
                self.happened.note(Happening::FlowTagged(flow.id, column));
            }
        }
        let of_it = |id: &HostId| self.host(*id).is_some_and(|host| host.tags.all().any(|said| said.origin() == origin));
        let hosts: Vec<HostId> = self.hosts.keys().filter(of_it).collect();
        for id in hosts {
            let Some(state) = self.touch_host(id) else { continue };
            for column in Arc::make_mut(&mut state.host.tags).take_back(origin) {
                self.happened.note(Happening::HostTagged(id, column));
            }
        }
    }

    fn shared(&mut self, mut tag: Tag) -> Option<Tag> {
        let column = self.registry.column(tag.column).filter(|column| column.takes(&tag.value))?;
        if self.told_columns.add(tag.column) {
            Arc::make_mut(&mut self.totals.columns).insert(column.name);
            self.changed.totals = true;
        }
        self.symbols.share(&mut tag.value);
        Some(tag)
    }

    /// The value of a column for a flow; of an end it is that of the host there, where nobody said it of the flow alone.
    pub fn tag(&self, flow: &Flow, column: ColumnId, place: Place) -> Option<Value> {
        flow.tags.get(column, place).or_else(|| match place {
            Place::End(side) => self.host_at(flow, side)?.tags.get(column, Place::Flow),
            Place::Flow => None,
        })
    }

    /// The identity of the host at an end of a flow. The ends of a link stand in the order of their addresses, as those of its flows do.
    pub(crate) fn host_id_at(&self, flow: &Flow, side: Side) -> Option<HostId> {
        let link = self.link(flow.link)?;
        Some(if side == Side::A { link.a } else { link.b })
    }

    /// The host at an end of a flow.
    pub fn host_at(&self, flow: &Flow, side: Side) -> Option<&Host> {
        self.host(self.host_id_at(flow, side)?)
    }
}
