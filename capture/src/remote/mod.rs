//! What probes tell of other machines: events as records of the glouglou protocol, and back.

pub mod board;
mod codes;
mod decode;
mod encode;
#[cfg(test)]
mod exchange;
pub mod helper;
#[cfg(test)]
mod hostile;
pub mod keys;
pub mod line;
pub mod probe;
mod receiver;
pub mod relay;
pub mod resolver;
mod sender;
mod socket;
#[cfg(test)]
mod speed;
#[cfg(test)]
mod tests;
pub mod viewer;

pub use decode::{decode, loss_of};
pub use encode::{About, encode};
pub use receiver::{Probe, Received, Receiver};
pub use sender::{Sender, SenderConfig, Terms};

/// The module of connections and names.
const NETWORK: u8 = 0;
/// The module of processes.
const PROCESS: u8 = 1;
/// Those that a snapshot can be of.
const MODULES: [u8; 2] = [NETWORK, PROCESS];

/// Random bytes of the operating system.
pub fn os_random() -> impl FnMut(&mut [u8]) {
    |bytes: &mut [u8]| {
        if getrandom::fill(bytes).is_err() {
            // Without randomness nothing is safe, and nothing is said.
            std::process::abort();
        }
    }
}
