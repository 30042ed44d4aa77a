//! Symbols that are said again and again.

use hashbrown::HashMap;

use crate::Value;

/// As many are kept; when there are more all are forgotten.
const MOST: usize = 1_024;

/// Values of symbols, each made once: whoever hears it knows it by its place.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<Box<str>, Value>);

impl Words {
    /// The symbol of these words.
    pub(super) fn symbol(&mut self, words: &str) -> Value {
        if let Some(value) = self.0.get(words) {
            return value.clone();
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let value = Value::symbol(words);
        self.0.insert(words.into(), value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use arcstr::ArcStr;

    #[test]
    fn what_is_said_again_is_said_with_the_same_words_and_of_many_few_are_kept() {
        let mut words = Words::default();
        let (a, b) = (words.symbol("FR"), words.symbol("FR"));
        assert!(ArcStr::ptr_eq(a.words().unwrap(), b.words().unwrap()));
        (0..MOST + 9).for_each(|n| assert_eq!(words.symbol(&n.to_string()), Value::symbol(&n.to_string())));
        assert!(words.0.len() <= MOST);
    }
}
