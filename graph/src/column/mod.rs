//! What can be known of a flow or a host beside its counters: columns, registered at start, and tags, their values.

mod list;
mod registry;
mod said;
mod set;
mod symbols;
mod tags;
mod value;

pub use list::List;
pub use registry::{Column, ColumnId, Meaning, Registry, RegistryBuilder, RegistryError, Rule};
pub use said::Said;
pub(crate) use set::ColumnSet;
pub(crate) use symbols::Symbols;
pub use tags::{Confidence, MAX_SAID, MAX_TAGS, Place, Tag, Tags};
pub use value::{MAX_LIST, MAX_LIST_BYTES, MAX_TEXT_BYTES, Value, ValueType, order};
