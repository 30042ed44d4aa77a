//! Values of a column that has many, as they are heard.

use graph::{ColumnId, MAX_LIST, Value};

use super::Found;

/// Different values, the first ones that were heard.
#[derive(Debug, Default)]
pub(super) struct Collected(Vec<Value>);

impl Collected {
    fn add(&mut self, value: Value) {
        if self.0.len() < MAX_LIST && !self.0.contains(&value) {
            self.0.push(value);
        }
    }

    /// Hears some, and tells all that there are where one is news.
    pub(super) fn tell(&mut self, column: ColumnId, values: impl IntoIterator<Item = Value>, found: &mut Found) {
        let known = self.0.len();
        for value in values {
            self.add(value);
        }
        if self.0.len() > known {
            found.certain(column, Value::list(self.0.iter().cloned()));
        }
    }
}
