//! What a source counts, by name: for whoever looks at it while it runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Names that come from outside are as many at most; the rest is one.
const MAX_NAMES: usize = 64;
/// What further names are counted as.
const OTHERS: &str = "others";
/// The longest name, in bytes.
const MAX_NAME: usize = 48;

/// What a counter is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// What was heard, and how the source is.
    #[default]
    Heard,
    /// What came and could not be read or kept, by reason.
    Refused,
    /// What did not come, and should have.
    Lost,
}

/// One counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// What is counted.
    pub name: Arc<str>,
    /// What that is of.
    pub of: Of,
    /// How many there are.
    pub count: u64,
}

/// Counters by name. They outlive the source, which may be started anew.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Counters>>);

/// Each by its name.
type Counters = BTreeMap<Arc<str>, (Of, u64)>;

impl Tally {
    /// Counts so many more that were heard.
    pub fn add(&self, name: &str, more: u64) {
        self.count(name, Of::Heard, more);
    }

    /// Counts so many more that were refused, by reason.
    pub fn refuse(&self, reason: &str, more: u64) {
        self.count(reason, Of::Refused, more);
    }

    /// Counts so many more that were lost.
    pub fn lose(&self, what: &str, more: u64) {
        self.count(what, Of::Lost, more);
    }

    fn count(&self, name: &str, of: Of, more: u64) {
        if more == 0 {
            return;
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or_default();
        let name = if counts.len() < MAX_NAMES || counts.contains_key(name) { name } else { OTHERS };
        match counts.get_mut(name) {
            Some((_, count)) => *count = count.saturating_add(more),
            None => drop(counts.insert(name.into(), (of, more))),
        }
    }

    /// Says how many there are now.
    pub fn set(&self, name: &str, count: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.into(), (Of::Heard, count));
    }

    /// One of them; 0 where nothing was counted.
    pub fn get(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).map_or(0, |(_, count)| *count)
    }

    /// All, by name.
    pub fn read(&self) -> Vec<Count> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(name, (of, count))| Count { name: name.clone(), of: *of, count: *count }).collect()
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
        assert_eq!(long.read()[0].name.len(), MAX_NAME);
    }

    #[test]
    fn what_was_heard_refused_and_lost_is_told_apart() {
        let tally = Tally::default();
        tally.add("records", 3);
        tally.refuse("lines too long", 1);
        tally.refuse("lines too long", 1);
        tally.lose("overflows", 1);
        tally.lose("nothing", 0);
        let all: Vec<(String, Of, u64)> = tally.read().into_iter().map(|count| (count.name.to_string(), count.of, count.count)).collect();
        assert_eq!(all, [("lines too long".into(), Of::Refused, 2), ("overflows".into(), Of::Lost, 1), ("records".into(), Of::Heard, 3)]);
    }
}
