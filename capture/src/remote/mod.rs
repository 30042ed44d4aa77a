//! What probes tell of other machines: events as records of the glouglou protocol, and back.

mod codes;
mod decode;
mod encode;
pub mod keys;
#[cfg(test)]
mod tests;

pub use decode::{decode, loss_of};
pub use encode::{About, encode};

/// Random bytes of the operating system.
pub(crate) fn os_random() -> impl FnMut(&mut [u8]) {
    |bytes: &mut [u8]| {
        if getrandom::fill(bytes).is_err() {
            // Without randomness nothing is safe, and nothing is said.
            std::process::abort();
        }
    }
}
