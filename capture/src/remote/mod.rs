//! What probes tell of other machines: events as records of the glouglou protocol, and back.

mod codes;
mod decode;
mod encode;
pub mod keys;
#[cfg(test)]
mod tests;

pub use decode::{decode, loss_of};
pub use encode::{About, encode};
