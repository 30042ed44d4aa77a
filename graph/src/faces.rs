//! Second faces of flows: where addresses are translated on the way (NAT), a flow's packets have another tuple beyond that, and are no flow of their own.

use hashbrown::HashMap;
use slotmap::SparseSecondaryMap;

use crate::{Both, FlowId, FlowKey, Place, Side, Tag, Total};

/// The flows that have a second face. One without costs nothing.
#[derive(Debug, Default)]
pub(crate) struct Faces {
    meant: HashMap<FlowKey, Facing>,
    keys: SparseSecondaryMap<FlowId, FlowKey>,
}

/// A flow, and which of its faces was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facing {
    pub(crate) flow: FlowId,
    /// Whether it is the second one.
    pub(crate) translated: bool,
    /// Whether what is side A of that face is side B of the flow.
    flipped: bool,
}

impl Facing {
    /// The flow as its own tuple says.
    pub(crate) const fn straight(flow: FlowId) -> Facing {
        Facing { flow, translated: false, flipped: false }
    }

    /// What was counted of that face, as the flow's.
    pub(crate) const fn total(self, seen: &Total) -> Total {
        let Both { ab, ba } = seen.0;
        Total(if self.flipped { Both { ab: ba, ba: ab } } else { seen.0 })
    }

    /// An end of that face, as the flow's.
    pub(crate) const fn side(self, seen: Side) -> Side {
        if self.flipped { seen.other() } else { seen }
    }

    /// What is said of that face, as of the flow.
    pub(crate) fn tag(self, tag: &Tag) -> Tag {
        match tag.place {
            Place::End(side) => tag.clone().at(self.side(side)),
            Place::Flow => tag.clone(),
        }
    }
}

impl Faces {
    /// The flow whose second face that is.
    pub(crate) fn find(&self, key: &FlowKey) -> Option<Facing> {
        if self.meant.is_empty() { None } else { self.meant.get(key).copied() }
    }

    /// A flow has that second face from now on; what was said before of either is forgotten.
    pub(crate) fn set(&mut self, key: FlowKey, flow: FlowId, flipped: bool) {
        self.forget(flow);
        if let Some(before) = self.meant.insert(key, Facing { flow, translated: true, flipped }) {
            self.keys.remove(before.flow);
        }
        self.keys.insert(flow, key);
    }

    /// A flow is over.
    pub(crate) fn forget(&mut self, flow: FlowId) {
        if let Some(key) = self.keys.remove(flow) {
            self.meant.remove(&key);
        }
    }
}
