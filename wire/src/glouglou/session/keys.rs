//! Keys, and who has them.

use std::fmt;

use super::noise;

/// What nobody else may know. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A listener's key that everybody may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// A listener's keys.
#[derive(Debug, Clone)]
pub struct Keys {
    pub(super) secret: Secret,
    public: PublicKey,
}

impl Keys {
    /// Those that are made of 32 random bytes.
    pub fn new(secret: [u8; 32]) -> Keys {
        Keys { public: noise::public_key(&secret), secret: Secret(secret) }
    }

    /// What probes must know.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// What must be kept.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}

/// What a probe knows of itself and of its listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub probe_id: u32,
    /// The key that it shares with the listener.
    pub shared: Secret,
    /// The listener's.
    pub listener: PublicKey,
}
