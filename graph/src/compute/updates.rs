//! What a computation says.

use arcstr::ArcStr;

use crate::{FlowId, HostId, HostKey, NameOrigin, Tag, Time};

/// One thing that a computation says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Update {
    Flow(FlowId, Tag),
    Host(HostId, Tag),
    Name { host: HostKey, text: ArcStr, origin: NameOrigin, until: Time },
}

/// What a computation says, while it is called. It is taken in once it returned, as said by its own origin.
#[derive(Debug, Default)]
pub struct Updates(pub(super) Vec<Update>);

impl Updates {
    /// Tags a flow, or one of its ends.
    pub fn tag_flow(&mut self, flow: FlowId, tag: Tag) {
        self.0.push(Update::Flow(flow, tag));
    }

    /// Tags a host, in an endpoint column: that is one of all its flows.
    pub fn tag_host(&mut self, host: HostId, tag: Tag) {
        self.0.push(Update::Host(host, tag));
    }

    /// Names an address, until then.
    pub fn name_host(&mut self, host: HostKey, text: ArcStr, origin: NameOrigin, until: Time) {
        self.0.push(Update::Name { host, text, origin, until });
    }
}
