//! A link: two hosts that talk, and the sum of their flows.

use crate::{Both, HostId, Observers, Rate, Service, Time};

slotmap::new_key_type! {
    /// A link's identity; never used again for another.
    pub struct LinkId;
}

/// A link as the graph holds it and views see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its identity.
    pub id: LinkId,
    /// The host on side A: the one with the lower key.
    pub a: HostId,
    /// The host on side B; the same as `a` where a host talks to itself.
    pub b: HostId,
    /// The sum of its flows.
    pub total: Both,
    /// Bytes a second from A to B.
    pub rate_ab: Rate,
    /// Bytes a second from B to A.
    pub rate_ba: Rate,
    /// Who counted it.
    pub observers: Observers,
    /// Live flows.
    pub flows: u32,
    /// The service that moves the most of late.
    pub service: Service,
    /// By how many bytes it leads.
    pub(crate) lead: u64,
    /// When it was first seen.
    pub first: Time,
    /// When it was last seen.
    pub last: Time,
}

impl Link {
    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rate_ab.at(now) + self.rate_ba.at(now)
    }

    /// Bytes of one service went over it: a majority vote, in constant space.
    pub(crate) fn vote(&mut self, service: Service, bytes: u64) {
        vote(&mut self.service, &mut self.lead, service, bytes);
    }
}

/// Bytes of a service went by: it leads by more, or another by less.
pub(crate) fn vote(leader: &mut Service, lead: &mut u64, service: Service, bytes: u64) {
    if *leader == service {
        *lead = lead.saturating_add(bytes);
    } else if bytes > *lead {
        *leader = service;
        *lead = bytes - *lead;
    } else {
        *lead -= bytes;
    }
}
