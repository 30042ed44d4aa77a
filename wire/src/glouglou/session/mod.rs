//! Sessions: who may talk, that nobody else reads it, and that nothing is heard twice.
//!
//! State machines without I/O: datagrams, time and randomness are arguments. An [`Initiator`] dials and keeps one session up; a [`Listener`] has many, and
//! holds nothing of anybody who has not shown a cookie and a key. Time is since any beginning, and never goes back.
//!
//! ```
//! use std::time::Duration;
//! use wire::glouglou::Caps;
//! use wire::glouglou::session::{Heard, Identity, Initiator, InitiatorConfig, Keys, Listener, ListenerConfig, Received, Secret};
//!
//! // Real randomness comes from the operating system.
//! let mut next = 0u8;
//! let mut random = |bytes: &mut [u8]| bytes.fill_with(|| { next = next.wrapping_mul(5).wrapping_add(3); next });
//! let (keys, shared) = (Keys::new([7; 32]), Secret([9; 32]));
//! let mut listener = Listener::new(ListenerConfig::new(keys.clone()), Duration::ZERO, &mut random);
//! listener.admit(1, shared.clone());
//! let identity = Identity { probe_id: 1, shared, listener: keys.public() };
//! let mut probe = Initiator::new(InitiatorConfig { identity, boot_id: 5, caps: Caps::SENDS }, Duration::ZERO);
//!
//! let (from, now) = ("192.0.2.1:4000".parse().unwrap(), Duration::from_millis(1));
//! while !probe.is_up() {
//!     let asked = probe.poll(now, 0, &mut random).unwrap();
//!     let Ok(Heard::Reply(answer)) = listener.receive(now, from, &asked, &mut random) else { unreachable!() };
//!     probe.receive(now, &answer).unwrap();
//! }
//! let sealed = probe.seal(now, b"content").unwrap();
//! let Ok(Heard::Content { content, .. }) = listener.receive(now, from, &sealed, &mut random) else { unreachable!() };
//! assert_eq!(content, b"content");
//! ```

mod channel;
mod cookie;
mod initiator;
mod invitation;
mod keys;
mod limits;
mod listener;
mod noise;
mod reject;
#[cfg(test)]
mod tests;
mod window;

use std::time::Duration;

pub use initiator::{Initiator, InitiatorConfig, Received};
pub use invitation::{Invitation, InvitationError, NoPlace, place, place_or};
pub use keys::{Identity, Keys, PublicKey, Secret};
pub use listener::{Heard, Listener, ListenerConfig, Peer, Plain, SessionId};
pub use reject::{Reject, Rejects};

/// Where random bytes come from: the operating system, or a test.
pub trait Random {
    /// Fills all of it.
    fn fill(&mut self, bytes: &mut [u8]);

    /// A number.
    fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    /// A key, or what one is made of.
    fn key(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        bytes
    }
}

impl<F: FnMut(&mut [u8])> Random for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// After so long a silence one asks whether the other is there.
const KEEPALIVE: Duration = Duration::from_secs(2);
/// So many questions without an answer, and it is not there.
const MAX_UNANSWERED: u32 = 3;
/// A listener forgets who is silent for so long.
const IDLE: Duration = Duration::from_secs(45);
/// A session is made anew after so long.
const REKEY: Duration = Duration::from_secs(3600);
