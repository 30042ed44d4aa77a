//! Which program talks, and what started it.

use std::time::Duration;

use crate::{Attribution, Flow, Model, ProcessKey, Side};

/// What is told of a flow and the process that has its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The process.
    pub process: ProcessKey,
    /// The end of the flow that it has.
    pub side: Side,
    /// How it is known that the flow is its own.
    pub how: Attribution,
    /// What runs there, then what began that, and so on, as far as is remembered.
    pub lineage: Vec<String>,
    /// How old the process is, or became; none where its beginning was not seen.
    pub age: Option<Duration>,
    /// Whether it lives.
    pub alive: bool,
    /// Bytes that it sent in this flow.
    pub sent: u64,
    /// Bytes that it received.
    pub received: u64,
    /// Whom it talks with: a name, or an address.
    pub peer: String,
}

impl Model {
    /// The story of a flow, told of the end that began it where that one's process is known, else of the other; none where neither is.
    pub fn story(&self, flow: &Flow) -> Option<Story> {
        let (side, owner) = self.owner(flow)?;
        let process = self.process(owner.process)?;
        let peer = flow.key.host(side.other());
        let name = self.host_of(&peer).and_then(|host| host.names.best()).map(|name| name.to_string());
        Some(Story {
            process: process.key,
            side,
            how: owner.how,
            lineage: self.lineage(process.key).map(|process| process.label()).collect(),
            age: self.age(process),
            alive: process.is_alive(),
            sent: flow.total().0.from(side).bytes,
            received: flow.total().0.from(side.other()).bytes,
            peer: name.unwrap_or_else(|| peer.addr.to_string()),
        })
    }

    /// The end of a flow whose process is known, and that process: rather the end that began it.
    pub(super) fn owner(&self, flow: &Flow) -> Option<(Side, crate::Owner)> {
        let (from, owners) = (flow.initiator.side, self.owners(flow));
        [from, from.other()].into_iter().find_map(|side| Some((side, owners.at(side)?)))
    }
}
