//! The source `proc`.

pub mod mask;
pub mod reader;
#[cfg(test)]
pub(crate) mod testing;
