//! Several values of one type, behind a thin pointer.

use std::ops::Deref;
use std::sync::Arc;

use super::Value;

/// Several values, in the order in which they were told. To copy it costs a counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List(Arc<Box<[Value]>>);

impl List {
    /// Whether another one stands in the same place.
    #[cfg(test)]
    pub(super) fn is_same(&self, other: &List) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether anybody else has it.
    pub(super) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> List {
        List(Arc::new(values.into_iter().collect()))
    }
}
