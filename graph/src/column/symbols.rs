//! Words of which there are few, stored once for all tags of a model.

use std::hash::Hash;

use arcstr::ArcStr;
use hashbrown::HashSet;

use super::{List, Value};

/// How many symbols, and how many lists, are shared; beyond that, those that nobody has any more are forgotten, and where all are in use a new one
/// stands alone.
const CAPACITY: usize = 65_536;
/// Where there is no room, nobody looks for any until so many more were told.
const PAUSE: usize = CAPACITY / 8;

/// The symbols of one model, and its lists of anything but texts: what protocols a client offers, say.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    words: Shared<ArcStr>,
    lists: Shared<List>,
}

impl Symbols {
    /// The same value, what of it is told again and again shared with all that are equal.
    pub(crate) fn share(&mut self, value: &mut Value) {
        match value {
            Value::Symbol(symbol) => *symbol = self.shared(symbol),
            Value::List(values) if !values.iter().any(|value| matches!(value, Value::Text(_))) => {
                if let Some(known) = self.lists.known(values) {
                    *values = known;
                    return;
                }
                let shared = values.iter().cloned().map(|mut value| {
                    self.share(&mut value);
                    value
                });
                *values = shared.collect();
                self.lists.keep(values, List::is_shared);
            }
            _ => {}
        }
    }

    /// The same words, shared with all that are equal.
    pub(crate) fn shared(&mut self, symbol: &ArcStr) -> ArcStr {
        self.words.known(symbol).unwrap_or_else(|| {
            self.words.keep(symbol, |symbol| ArcStr::strong_count(symbol).is_some_and(|count| count > 1));
            symbol.clone()
        })
    }
}

/// Things of which each is kept once.
#[derive(Debug)]
struct Shared<T> {
    all: HashSet<T>,
    /// So many more are not kept before anybody looks for room.
    pause: usize,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared { all: HashSet::new(), pause: 0 }
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    fn known(&self, thing: &T) -> Option<T> {
        self.all.get(thing).cloned()
    }

    /// Keeps one that is not known yet, if there is room for it without any that is used.
    fn keep(&mut self, thing: &T, mut is_used: impl FnMut(&T) -> bool) {
        if self.all.len() >= CAPACITY && self.pause == 0 {
            self.all.retain(|thing| is_used(thing));
            self.pause = PAUSE;
        }
        self.pause = self.pause.saturating_sub(1);
        if self.all.len() < CAPACITY {
            self.all.insert(thing.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_symbols_are_one_and_the_unused_are_forgotten() {
        let mut symbols = Symbols::default();
        let (mut a, mut b) = (Value::symbol("FR"), Value::list([Value::symbol("FR")]));
        symbols.share(&mut a);
        symbols.share(&mut b);
        assert!(ArcStr::ptr_eq(a.words().unwrap(), b.each()[0].words().unwrap()));
        for n in 0..CAPACITY + 9 {
            symbols.share(&mut Value::symbol(&n.to_string()));
        }
        assert!(symbols.words.all.len() <= CAPACITY && symbols.words.all.contains("FR"));
    }

    #[test]
    fn equal_lists_are_one_unless_they_are_texts() {
        let mut symbols = Symbols::default();
        let mut told = |value: &dyn Fn(&str) -> Value| {
            let mut list = Value::list([value("h2"), value("http/1.1")]);
            symbols.share(&mut list);
            if let Value::List(list) = list { list } else { List::default() }
        };
        let [a, b] = [told(&Value::symbol), told(&Value::symbol)];
        assert!(a.is_same(&b) && a.len() == 2);
        let [a, b] = [told(&Value::text), told(&Value::text)];
        assert!(a == b && !a.is_same(&b));
    }

    #[test]
    fn where_all_are_used_room_is_seldom_looked_for() {
        let (mut shared, mut looks) = (Shared::default(), 0);
        for n in 0..CAPACITY + PAUSE {
            shared.keep(&n, |_| {
                looks += 1;
                true
            });
        }
        assert_eq!((shared.all.len(), looks), (CAPACITY, CAPACITY));
        shared.keep(&usize::MAX, |n| *n > 9);
        assert_eq!(shared.all.len(), CAPACITY - 9, "then those that nobody has make room");
    }
}
