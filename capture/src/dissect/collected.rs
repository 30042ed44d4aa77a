//! Values of a column that has many, as they are heard.

use graph::{ColumnId, MAX_LIST, Value};

use super::Found;

/// Different values, the first ones that were heard.
#[derive(Debug, Default)]
pub(super) struct Collected(Vec<Value>);

impl Collected {
    /// Hears one; whether it is news.
    pub(super) fn add(&mut self, value: Value) -> bool {
        let is_news = self.0.len() < MAX_LIST && !self.0.contains(&value);
        if is_news {
            self.0.push(value);
        }
        is_news
    }

    /// Hears some, and tells all that there are where one is news.
    pub(super) fn tell(&mut self, column: ColumnId, values: impl IntoIterator<Item = Value>, found: &mut Found) {
        let news = values.into_iter().fold(false, |news, value| self.add(value) || news);
        if news {
            found.certain(column, Value::list(self.0.iter().cloned()));
        }
    }
}
