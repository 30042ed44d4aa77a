//! Names that packets tell, each told on once in a while.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::Duration;

use graph::{NameOrigin, Time};
use hashbrown::{DefaultHashBuilder, HashMap};
use wire::packet::Transport;
use wire::packet::names::{self, Origin};

/// A name that is heard again within this time is no news.
const NEWS_AFTER: Duration = Duration::from_secs(60);
/// Names remembered as told; when they are that many all are forgotten, and told again when heard again.
const CAPACITY: usize = 16_384;

#[derive(Debug, Default)]
pub(super) struct Heard {
    told: HashMap<u64, Time>,
    hasher: DefaultHashBuilder,
}

impl Heard {
    pub(super) fn is_news(&mut self, addr: IpAddr, origin: NameOrigin, name: &str, at: Time) -> bool {
        let hash = self.hasher.hash_one((addr, origin, name));
        if self.told.get(&hash).is_some_and(|told| at.since(*told) < NEWS_AFTER) {
            return false;
        }
        if self.told.len() >= CAPACITY {
            self.told.clear();
        }
        self.told.insert(hash, at);
        true
    }
}

/// Whether a packet may tell names: nearly none does, and this is asked of each.
#[inline]
pub(super) fn may_tell(transport: &Transport<'_>) -> bool {
    const PORTS: [u16; 3] = [53, 5353, 5355];
    transport.ports().is_some_and(|(src, dst)| PORTS.contains(&src) || PORTS.contains(&dst))
}

/// What a packet's DNS, mDNS or LLMNR answers tell.
pub(super) fn told_by(transport: &Transport<'_>) -> impl Iterator<Item = (IpAddr, NameOrigin, u32, String)> {
    names::from_transport(transport).into_iter().map(|learned| {
        let origin = match learned.origin {
            Origin::Dns => NameOrigin::Dns,
            Origin::Mdns => NameOrigin::Mdns,
            Origin::Ptr => NameOrigin::Ptr,
        };
        (learned.addr, origin, learned.ttl_secs, learned.name)
    })
}
