//! Names that packets tell, each told on once in a while.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::Duration;

use graph::{NameOrigin, Time};
use hashbrown::{DefaultHashBuilder, HashMap};

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
