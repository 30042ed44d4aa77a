//! Which nodes are in a share together.

use std::collections::BTreeMap;
use std::ops::Range;

use super::By;
use crate::graph::{BySlot, Graph, Slot};

/// The nodes of every part beside each other, and where each part begins and ends.
pub(super) struct Part {
    pub(super) members: Vec<Slot>,
    pub(super) parts: Vec<Range<usize>>,
}

/// Parts by their least id, and nodes in a part by id.
pub(super) fn partition(graph: &Graph, by: By) -> Part {
    let mut union = Union(BySlot::default());
    graph.iter().for_each(|(_, slot)| union.0.set(slot, slot.number()));
    match by {
        By::Component => graph.links().for_each(|(a, b, _)| union.unite(a, b)),
        By::Cluster => {
            let alone = |slot| graph.member(slot).cluster.is_none();
            graph.links().filter(|(a, b, _)| alone(*a) && alone(*b)).for_each(|(a, b, _)| union.unite(a, b));
            let mut first: BTreeMap<u64, Slot> = BTreeMap::new();
            for (_, slot) in graph.iter() {
                if let Some(cluster) = graph.member(slot).cluster {
                    union.unite(slot, *first.entry(cluster).or_insert(slot));
                }
            }
        }
    }
    let mut number = BySlot::filled(u32::MAX, graph.slots());
    let mut sizes: Vec<usize> = Vec::new();
    let mut of: Vec<(usize, Slot)> = Vec::with_capacity(graph.len());
    for (_, slot) in graph.iter() {
        let root = union.root(slot);
        if number.get(root) == u32::MAX {
            number.set(root, sizes.len() as u32);
            sizes.push(0);
        }
        let part = number.get(root) as usize;
        sizes.iter_mut().skip(part).take(1).for_each(|size| *size += 1);
        of.push((part, slot));
    }
    of.sort_by_key(|(part, _)| *part);
    let mut end = 0;
    let parts = sizes.into_iter().map(|size| {
        end += size;
        end - size..end
    });
    Part { parts: parts.collect(), members: of.into_iter().map(|(_, slot)| slot).collect() }
}

/// A forest: who leads to the same root is together.
struct Union(BySlot<u32>);

impl Union {
    fn root(&mut self, slot: Slot) -> Slot {
        let mut at = slot;
        loop {
            let parent = Slot::of(self.0.get(at));
            if parent == at {
                return at;
            }
            // Every second one on the way is hung higher.
            let next = self.0.get(parent);
            self.0.set(at, next);
            at = Slot::of(next);
        }
    }

    fn unite(&mut self, a: Slot, b: Slot) {
        let (a, b) = (self.root(a), self.root(b));
        self.0.set(a.max(b), a.min(b).number());
    }
}
