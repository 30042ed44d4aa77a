//! Which origins saw a thing, and how much of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::{Flow, Model, OriginId};

/// One origin that saw a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenBy {
    /// Who.
    pub origin: OriginId,
    /// What it is called.
    pub name: String,
    /// On which of its interfaces, where it says so; by name.
    pub interfaces: Vec<String>,
    /// The bytes on the wire that it counted, both ways, unscaled.
    pub bytes: u64,
    /// It looked at one packet in so many; 1 is all.
    pub sampling: u32,
}

impl SeenBy {
    /// Whether there is more to say than that it saw it, and how much of it.
    pub fn is_special(&self) -> bool {
        !self.interfaces.is_empty() || self.sampling > 1
    }
}

#[derive(Default)]
struct Sum {
    interfaces: BTreeSet<String>,
    bytes: u64,
    sampling: u32,
}

impl Model {
    /// Every origin that saw one of these flows; who counted the most first, then by name.
    pub fn seen_by<'a>(&self, flows: impl Iterator<Item = &'a Flow>) -> Vec<SeenBy> {
        let mut sums: BTreeMap<OriginId, Sum> = BTreeMap::new();
        for seen in flows.flat_map(Flow::seen) {
            let sum = sums.entry(seen.origin).or_default();
            sum.bytes = sum.bytes.saturating_add(seen.total.0.sum().bytes);
            sum.sampling = sum.sampling.max(seen.sampling);
            sum.interfaces.extend(seen.via.iter().flat_map(|via| via.split(", ").map(str::to_owned)));
        }
        let seen_by = |(origin, Sum { interfaces, bytes, sampling })| {
            let name = self.totals().origin(origin).unwrap_or_default().to_owned();
            SeenBy { origin, name, interfaces: interfaces.into_iter().collect(), bytes, sampling }
        };
        let mut all: Vec<SeenBy> = sums.into_iter().map(seen_by).collect();
        all.sort_by(|a, b| (Reverse(a.bytes), &a.name, a.origin).cmp(&(Reverse(b.bytes), &b.name, b.origin)));
        all
    }
}
