//! What probes tell of other machines: events as records of the glouglou protocol, and back.

use std::time::Duration;

use graph::Time;

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

/// A clock that goes back by less was not set: two threads looked at it.
const UNSET: Duration = Duration::from_secs(1);

/// By how much a clock was set back since `before`; none where it was not.
fn set_back(before: Time, now: Time) -> Option<Duration> {
    Some(before.since(now)).filter(|by| *by > UNSET)
}

/// Random bytes of the operating system.
pub fn os_random() -> impl FnMut(&mut [u8]) {
    |bytes: &mut [u8]| {
        if getrandom::fill(bytes).is_err() {
            // Without randomness nothing is safe, and nothing is said.
            std::process::abort();
        }
    }
}
