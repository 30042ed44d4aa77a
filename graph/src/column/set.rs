//! Sets of columns.

use super::ColumnId;

/// A set of columns: a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnSet(Vec<u64>);

impl ColumnSet {
    /// Adds one. Whether it was not in it.
    pub(crate) fn add(&mut self, column: ColumnId) -> bool {
        let (word, bit) = (column.index() / 64, 1 << (column.index() % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(bits) = self.0.get_mut(word) else { return false };
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }

    pub(crate) fn add_all(&mut self, other: &ColumnSet) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(bits, more)| *bits |= more);
    }

    pub(crate) fn has(&self, column: ColumnId) -> bool {
        self.0.get(column.index() / 64).is_some_and(|bits| bits & 1 << (column.index() % 64) != 0)
    }
}

impl Extend<ColumnId> for ColumnSet {
    fn extend<I: IntoIterator<Item = ColumnId>>(&mut self, columns: I) {
        for column in columns {
            self.add(column);
        }
    }
}
