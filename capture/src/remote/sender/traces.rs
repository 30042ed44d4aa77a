//! Traced ways, the newest to each address, kept to be told again.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use graph::{Kind, Time, Trace};

/// By destination; where there is no room the one that was traced first is forgotten.
#[derive(Debug, Clone)]
pub(super) struct Traces {
    newest: BTreeMap<IpAddr, (Time, Arc<Trace>)>,
    capacity: usize,
}

impl Traces {
    pub(super) fn new(capacity: usize) -> Traces {
        Traces { newest: BTreeMap::new(), capacity }
    }

    pub(super) fn hear(&mut self, at: Time, trace: &Arc<Trace>) {
        self.newest.insert(trace.dst, (at, trace.clone()));
        // A trace takes longer than this look.
        if self.newest.len() > self.capacity
            && let Some(oldest) = self.newest.iter().min_by_key(|(_, (at, _))| *at).map(|(dst, _)| *dst)
        {
            self.newest.remove(&oldest);
        }
    }

    /// All of them.
    pub(super) fn each(&self, mut tell: impl FnMut(Time, &Kind)) {
        for (at, trace) in self.newest.values() {
            tell(*at, &Kind::Trace(trace.clone()));
        }
    }
}
