//! A share: the part of a link that is known to be certain processes'.

use crate::{Both, Cast, HostId, LinkId, Node, ProcessKey, Rate, Service, Time};

slotmap::new_key_type! {
    /// A share's identity; never used again for another.
    pub struct ShareId;
}

/// The flows of one link whose two ends have the same processes, and their sum. It lives as long as one of them does.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Its identity.
    pub id: ShareId,
    /// The link it is part of.
    pub link: LinkId,
    /// The hosts on side A and on side B of that link.
    pub hosts: [HostId; 2],
    /// Whose the flows are on side A and on side B; at least one is known.
    pub owners: [Option<ProcessKey>; 2],
    /// What its flows moved since it began, what they moved before their processes were known included.
    pub total: Both,
    /// Bytes a second from A to B.
    pub rate_ab: Rate,
    /// Bytes a second from B to A.
    pub rate_ba: Rate,
    /// Live flows.
    pub flows: u32,
    /// The service that moves the most of late.
    pub service: Service,
    /// By how many bytes it leads.
    pub(crate) lead: u64,
}

impl Share {
    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rate_ab.at(now) + self.rate_ba.at(now)
    }

    /// Between which nodes it runs where those processes stand for themselves; none where neither of its own does.
    pub fn ends(&self, cast: &Cast) -> Option<[Node; 2]> {
        let [a, b] = self.owners.map(|owner| owner.filter(|key| cast.members.contains_key(key)));
        let [at_a, at_b] = self.hosts.map(Node::Host);
        (a.is_some() || b.is_some()).then(|| [a.map_or(at_a, Node::Process), b.map_or(at_b, Node::Process)])
    }
}
