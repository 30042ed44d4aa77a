//! What is due when: the queue behind every timeout.

use std::collections::{BTreeMap, VecDeque};

use crate::Time;

/// Keys by the second in which they fall due. An entry is a promise to look, not a verdict: a key whose deadline moved on
/// meanwhile is put back when its old one comes, so that moving a deadline costs nothing.
#[derive(Clone, Debug)]
pub struct Deadlines<K> {
    seconds: BTreeMap<u64, VecDeque<K>>,
}

impl<K> Default for Deadlines<K> {
    fn default() -> Self {
        Deadlines { seconds: BTreeMap::new() }
    }
}

impl<K> Deadlines<K> {
    /// Looks at `key` no earlier than `due`, and less than a second later.
    pub fn put(&mut self, key: K, due: Time) {
        self.seconds.entry(due.micros().div_ceil(1_000_000)).or_default().push_back(key);
    }

    /// The next key that falls due until `now`.
    pub fn pop_due(&mut self, now: Time) -> Option<K> {
        let second = *self.seconds.first_key_value()?.0;
        if second > now.micros() / 1_000_000 { None } else { self.pop_from(second) }
    }

    /// The key that falls due first, whenever that is.
    pub fn pop_first(&mut self) -> Option<K> {
        self.pop_first_with_second().map(|(_, key)| key)
    }

    /// The key that falls due first, and the second since the epoch in which it does.
    pub fn pop_first_with_second(&mut self) -> Option<(u64, K)> {
        let second = *self.seconds.first_key_value()?.0;
        Some((second, self.pop_from(second)?))
    }

    fn pop_from(&mut self, second: u64) -> Option<K> {
        let keys = self.seconds.get_mut(&second)?;
        let key = keys.pop_front();
        if keys.is_empty() {
            self.seconds.remove(&second);
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_falls_due_early() {
        let mut d = Deadlines::default();
        d.put('b', Time(1_500_000));
        d.put('a', Time(1_000_000));
        assert_eq!(d.pop_due(Time(999_999)), None);
        assert_eq!(d.pop_due(Time(1_900_000)), Some('a'));
        assert_eq!(d.pop_due(Time(1_900_000)), None);
        assert_eq!(d.pop_first(), Some('b'));
        assert_eq!(d.pop_first(), None);
    }
}
