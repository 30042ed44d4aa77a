//! Filters over a million flows: what they ask stands in arrays, a place a flow, and is compared a few thousand places at a time.
//!
//! Arrays are made when a filter first needs them, and brought up to date from the flows that changed since. What few things have, such as hosts,
//! services and the values of tags, is compared once a thing: an array says which one each flow has.

mod array;
mod arrays;
mod dictionary;
mod kept;
mod kernel;
mod plan;
#[cfg(test)]
mod tests;
mod walk;

pub(super) use array::Source;
pub(crate) use arrays::Arrays;
pub(super) use arrays::Matched;
pub(super) use walk::{Passed, Reading};
