//! Which origins saw a thing, and how much of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Subject;
use crate::{Model, OriginId};

/// One origin that saw a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenBy {
    /// Who.
    pub origin: OriginId,
    /// What it is called.
    pub name: String,
    /// The bytes on the wire that it counted, both ways.
    pub bytes: u64,
}

impl Model {
    /// Every origin that saw a flow, or the live flows of anything else; who counted the most first, then by name.
    pub(super) fn seen_by(&self, subject: Subject) -> Vec<SeenBy> {
        let mut bytes: BTreeMap<OriginId, u64> = BTreeMap::new();
        for seen in self.flows_of(subject).flat_map(|flow| &flow.seen) {
            let sum = bytes.entry(seen.origin).or_default();
            *sum = sum.saturating_add(seen.total().0.sum().bytes);
        }
        let name = |origin| self.totals().origin(origin).unwrap_or_default().to_owned();
        let mut all: Vec<SeenBy> = bytes.into_iter().map(|(origin, bytes)| SeenBy { origin, name: name(origin), bytes }).collect();
        all.sort_by(|a, b| (Reverse(a.bytes), &a.name, a.origin).cmp(&(Reverse(b.bytes), &b.name, b.origin)));
        all
    }
}
