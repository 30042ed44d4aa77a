//! Names of addresses, kept to be told again.

use std::collections::VecDeque;
use std::net::IpAddr;

use graph::{ArcStr, Kind, NameOrigin, Time};
use hashbrown::HashMap;

type Key = (IpAddr, NameOrigin, ArcStr);

/// Names, the one that was heard of first forgotten first.
#[derive(Debug, Clone)]
pub(super) struct Names {
    heard: HashMap<Key, (Time, u32)>,
    order: VecDeque<Key>,
    capacity: usize,
}

impl Names {
    pub(super) fn new(capacity: usize) -> Names {
        Names { heard: HashMap::new(), order: VecDeque::new(), capacity }
    }

    pub(super) fn hear(&mut self, at: Time, addr: IpAddr, origin: NameOrigin, ttl_secs: u32, name: &ArcStr) {
        let key = (addr, origin, name.clone());
        if self.heard.insert(key.clone(), (at, ttl_secs)).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.heard.remove(&oldest);
        }
    }

    /// All of them, in the order in which they were first heard.
    pub(super) fn each(&self, mut tell: impl FnMut(Time, &Kind)) {
        for key in &self.order {
            if let Some((at, ttl_secs)) = self.heard.get(key).copied() {
                let (addr, origin, name) = key.clone();
                tell(at, &Kind::Name { addr, origin, ttl_secs, name });
            }
        }
    }
}
