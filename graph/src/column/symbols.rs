//! Words of which there are few, stored once for all tags of a model.

use arcstr::ArcStr;
use hashbrown::HashSet;

use super::Value;

/// How many symbols are shared; beyond that, those that nobody has any more are forgotten, and where all are in use a new one stands alone.
const CAPACITY: usize = 65_536;

/// The symbols of one model.
#[derive(Debug, Default)]
pub(crate) struct Symbols(HashSet<ArcStr>);

impl Symbols {
    /// The same value, its symbols shared with all that are equal.
    pub(crate) fn share(&mut self, value: &mut Value) {
        match value {
            Value::Symbol(symbol) => *symbol = self.shared(symbol),
            Value::List(values) if values.iter().any(|value| matches!(value, Value::Symbol(_))) => {
                let shared = values.iter().cloned().map(|mut value| {
                    self.share(&mut value);
                    value
                });
                *value = Value::List(shared.collect());
            }
            _ => {}
        }
    }

    /// The same words, shared with all that are equal.
    pub(crate) fn shared(&mut self, symbol: &ArcStr) -> ArcStr {
        if let Some(known) = self.0.get(symbol) {
            return known.clone();
        }
        if self.0.len() >= CAPACITY {
            self.0.retain(|symbol| ArcStr::strong_count(symbol).is_some_and(|count| count > 1));
        }
        if self.0.len() < CAPACITY {
            self.0.insert(symbol.clone());
        }
        symbol.clone()
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
        assert!(symbols.0.len() <= CAPACITY && symbols.0.contains("FR"));
    }
}
