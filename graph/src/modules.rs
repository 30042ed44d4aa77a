//! Events of modules that are not the protocol's own: what extensions tell.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::{OriginId, Time};

/// How many of them a model keeps, the newest.
pub const MAX_MODULE_EVENTS: usize = 1024;

/// What an extension tells, whether or not anybody here knows its module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleEvent {
    /// When it was seen.
    pub at: Time,
    /// Who saw it.
    pub origin: OriginId,
    /// The module, 0x40 to 0x7F.
    pub module: u8,
    /// What the module calls its kind.
    pub kind: u8,
    /// All of it.
    pub payload: Arc<[u8]>,
}

/// The newest of them, and how many there were of each module.
///
/// ```
/// use graph::{ModuleEvent, Modules, OriginId, Time};
///
/// let mut modules = Modules::default();
/// modules.hear(ModuleEvent { at: Time(1), origin: OriginId(0), module: 0x40, kind: 1, payload: [7].into() });
/// assert_eq!(modules.counts().collect::<Vec<_>>(), [(0x40, 1)]);
/// assert_eq!(modules.newest().count(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Modules {
    newest: VecDeque<ModuleEvent>,
    counts: BTreeMap<u8, u64>,
}

impl Modules {
    /// Takes one in; the oldest makes room.
    pub fn hear(&mut self, event: ModuleEvent) {
        *self.counts.entry(event.module).or_default() += 1;
        if self.newest.len() >= MAX_MODULE_EVENTS {
            self.newest.pop_front();
        }
        self.newest.push_back(event);
    }

    /// Those that are kept, in the order in which they came.
    pub fn newest(&self) -> impl Iterator<Item = &ModuleEvent> {
        self.newest.iter()
    }

    /// How many there were of each module, by its number.
    pub fn counts(&self) -> impl Iterator<Item = (u8, u64)> {
        self.counts.iter().map(|(module, count)| (*module, *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_all_are_counted() {
        let mut modules = Modules::default();
        for n in 0..MAX_MODULE_EVENTS as u64 + 9 {
            let module = if n % 2 == 0 { 0x7F } else { 0x40 };
            modules.hear(ModuleEvent { at: Time(n), origin: OriginId(0), module, kind: 0, payload: Arc::from([]) });
        }
        let kept: Vec<u64> = modules.newest().map(|event| event.at.micros()).collect();
        assert_eq!((kept.len(), kept.first(), kept.last()), (MAX_MODULE_EVENTS, Some(&9), Some(&(MAX_MODULE_EVENTS as u64 + 8))));
        let half = MAX_MODULE_EVENTS as u64 / 2;
        assert_eq!(modules.counts().collect::<Vec<_>>(), [(0x40, half + 4), (0x7F, half + 5)]);
    }
}
