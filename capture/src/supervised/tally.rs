//! What a source counts, by name: for whoever looks at it while it runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Names that come from outside are as many at most; the rest is one.
const MAX_NAMES: usize = 64;
/// What further names are counted as.
const OTHERS: &str = "others";
/// The longest name, in bytes.
const MAX_NAME: usize = 48;

/// Counters by name. They outlive the source, which may be started anew.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<Arc<str>, u64>>>);

impl Tally {
    /// Counts so many more.
    pub fn add(&self, name: &str, more: u64) {
        if more == 0 {
            return;
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
        let name = if counts.len() < MAX_NAMES || counts.contains_key(name) { name } else { OTHERS };
        match counts.get_mut(name) {
            Some(count) => *count = count.saturating_add(more),
            None => drop(counts.insert(name.into(), more)),
        }
    }

    /// Says how many there are now.
    pub fn set(&self, name: &str, count: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), count);
    }

    /// One of them; 0 where nothing was counted.
    pub fn get(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
    }

    /// All, by name.
    pub fn read(&self) -> Vec<(Arc<str>, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(name, count)| (name.clone(), *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_bounded() {
        let tally = Tally::default();
        (0..1_000).for_each(|n| tally.add(&format!("type {n}"), 1));
        tally.add("type 3", 4);
        tally.add(&"é".repeat(100), 0);
        assert_eq!((tally.get("type 3"), tally.get(OTHERS)), (5, 1_000 - MAX_NAMES as u64));
        assert_eq!(tally.read().len(), MAX_NAMES + 1);
        let long = Tally::default();
        long.add(&"é".repeat(100), 1);
        assert_eq!(long.read()[0].0.len(), MAX_NAME);
    }
}
