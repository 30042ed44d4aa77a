//! Things that many flows have in common, each with a number.

use std::hash::Hash;

use hashbrown::HashMap;

/// Numbers from 1 on, in the order in which things came; 0 is nothing.
#[derive(Debug)]
pub(super) struct Dictionary<K> {
    numbers: HashMap<K, u32>,
    things: Vec<K>,
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Dictionary { numbers: HashMap::new(), things: Vec::new() }
    }
}

impl<K: Hash + Eq + Clone> Dictionary<K> {
    /// The number of a thing.
    pub(super) fn number(&mut self, thing: &K) -> u32 {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = u32::try_from(self.things.len() + 1).unwrap_or(0);
        self.things.push(thing.clone());
        self.numbers.insert(thing.clone(), number);
        number
    }

    /// All things, in the order of their numbers.
    pub(super) fn things(&self) -> &[K] {
        &self.things
    }
}
