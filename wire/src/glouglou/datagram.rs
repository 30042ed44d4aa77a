//! The datagrams: four messages of the handshake, and two that carry content.

use super::Fault;
use super::fields::{Append, Fields};

/// Version 3, the first byte of each.
pub const VERSION: u8 = 3;
/// No datagram is longer, in bytes: it passes every IPv6 path whole.
pub const MAX_DATAGRAM: usize = 1232;
/// A sealed content is so much shorter than its datagram: the head, the receiver's index, the number, and the tag.
pub const SEALED_OVERHEAD: usize = 4 + 4 + 8 + 16;
/// HELLO is as long as nothing it asks for: who answers sends less than it got.
pub const HELLO_LEN: usize = 96;
/// As much of AUTH is the prologue of the Noise handshake.
pub const PROLOGUE_LEN: usize = 40;

const SESSION: u8 = 0xFF;
const HELLO: u8 = 0x00;
const HELLO_RES: u8 = 0x01;
const AUTH: u8 = 0x02;
const AUTH_RES: u8 = 0x03;
const SEALED: u8 = 0x30;
const PLAIN: u8 = 0x31;

/// What HELLO_RES gives and AUTH gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// Who wants a session.
    pub probe_id: u32,
    /// The initiator's random number.
    pub random_i: u64,
    /// The listener's.
    pub random_r: u64,
    /// The listener's proof that it gave this to that address.
    pub cookie: [u8; 16],
}

/// One datagram, as a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datagram<'a> {
    /// The initiator asks for a cookie.
    Hello {
        /// Who wants a session.
        probe_id: u32,
        /// A random number of its own.
        random_i: u64,
    },
    /// The listener gives one.
    HelloRes(Challenge),
    /// The initiator gives it back, with the first message of the Noise handshake.
    Auth {
        /// As it was given.
        challenge: Challenge,
        /// The bytes that both mix into the handshake: the first forty of this datagram.
        prologue: &'a [u8],
        /// Noise message 1.
        noise: &'a [u8],
    },
    /// The listener agrees, with Noise message 2, or refuses, without.
    AuthRes {
        /// 0 is agreed, 1 refused.
        status: u8,
        /// The initiator's index, which it gave within AUTH.
        index_i: u32,
        /// Noise message 2.
        noise: &'a [u8],
    },
    /// Content that only the other end can read.
    Sealed {
        /// The index that the receiver gave.
        receiver_index: u32,
        /// The number of the datagram, which is the nonce.
        seq: u64,
        /// Ciphertext and tag.
        sealed: &'a [u8],
    },
    /// Content that anybody can read, where the listener allows it.
    Plain {
        /// Who sends it.
        probe_id: u32,
        /// The number of the datagram.
        seq: u64,
        /// The content.
        content: &'a [u8],
    },
}

impl<'a> Datagram<'a> {
    /// Reads what was received.
    ///
    /// # Errors
    /// [`Fault::Short`], [`Fault::Version`], [`Fault::Type`], [`Fault::Long`].
    pub fn parse(bytes: &'a [u8]) -> Result<Datagram<'a>, Fault> {
        if bytes.len() > MAX_DATAGRAM {
            return Err(Fault::Long);
        }
        let mut fields = Fields::new(bytes);
        let [version, module, kind, _flags] = fields.array()?;
        if version != VERSION {
            return Err(Fault::Version);
        }
        if module != SESSION {
            return Err(Fault::Type);
        }
        Ok(match kind {
            HELLO if bytes.len() < HELLO_LEN => return Err(Fault::Short),
            HELLO => Datagram::Hello { probe_id: fields.u32()?, random_i: fields.u64()? },
            HELLO_RES => Datagram::HelloRes(Challenge::parse(&mut fields)?),
            AUTH => {
                let challenge = Challenge::parse(&mut fields)?;
                Datagram::Auth { challenge, prologue: bytes.get(..PROLOGUE_LEN).ok_or(Fault::Short)?, noise: fields.rest() }
            }
            AUTH_RES => {
                let [status, _, _, _] = fields.array()?;
                Datagram::AuthRes { status, index_i: fields.u32()?, noise: fields.rest() }
            }
            SEALED => Datagram::Sealed { receiver_index: fields.u32()?, seq: fields.u64()?, sealed: fields.rest() },
            PLAIN => Datagram::Plain { probe_id: fields.u32()?, seq: fields.u64()?, content: fields.rest() },
            _ => return Err(Fault::Type),
        })
    }

    /// The bytes to send. Of AUTH the prologue stands for the challenge.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_DATAGRAM);
        let head = |bytes: &mut Vec<u8>, kind| bytes.extend([VERSION, SESSION, kind, 0]);
        match *self {
            Datagram::Hello { probe_id, random_i } => {
                head(&mut bytes, HELLO);
                bytes.u32(probe_id).u64(random_i).resize(HELLO_LEN, 0);
            }
            Datagram::HelloRes(challenge) => {
                head(&mut bytes, HELLO_RES);
                challenge.emit(&mut bytes);
            }
            Datagram::Auth { prologue, noise, .. } => {
                bytes.bytes(prologue).bytes(noise);
            }
            Datagram::AuthRes { status, index_i, noise } => {
                head(&mut bytes, AUTH_RES);
                bytes.bytes(&[status, 0, 0, 0]).u32(index_i).bytes(noise);
            }
            Datagram::Sealed { receiver_index, seq, sealed } => {
                head(&mut bytes, SEALED);
                bytes.u32(receiver_index).u64(seq).bytes(sealed);
            }
            Datagram::Plain { probe_id, seq, content } => {
                head(&mut bytes, PLAIN);
                bytes.u32(probe_id).u64(seq).bytes(content);
            }
        }
        bytes
    }
}

impl Challenge {
    fn parse(fields: &mut Fields<'_>) -> Result<Challenge, Fault> {
        Ok(Challenge { probe_id: fields.u32()?, random_i: fields.u64()?, random_r: fields.u64()?, cookie: fields.array()? })
    }

    fn emit(&self, to: &mut Vec<u8>) {
        to.u32(self.probe_id).u64(self.random_i).u64(self.random_r).bytes(&self.cookie);
    }

    /// The first bytes of the AUTH that gives it back: the prologue of its Noise handshake.
    pub fn prologue(&self) -> [u8; PROLOGUE_LEN] {
        let mut bytes = Vec::with_capacity(PROLOGUE_LEN);
        bytes.extend([VERSION, SESSION, AUTH, 0]);
        self.emit(&mut bytes);
        let mut prologue = [0; PROLOGUE_LEN];
        prologue.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        prologue
    }
}

/// What one end offers: bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps(pub u32);

impl Caps {
    /// It sends events.
    pub const SENDS: Caps = Caps(1);
    /// It wants them.
    pub const WANTS: Caps = Caps(1 << 1);
    /// It forwards what others send.
    pub const RELAYS: Caps = Caps(1 << 2);
    /// It tells of the network.
    pub const NETWORK: Caps = Caps(1 << 8);
    /// It tells of processes.
    pub const PROCESS: Caps = Caps(1 << 9);

    /// These and those.
    pub const fn and(self, other: Caps) -> Caps {
        Caps(self.0 | other.0)
    }

    /// Whether all of those are among these.
    pub const fn has(self, other: Caps) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What Noise message 1 carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthPayload {
    /// Another one each time the probe's program starts.
    pub boot_id: u64,
    /// The initiator's clock, microseconds since the epoch.
    pub t_us: u64,
    /// By which it will know the session's datagrams.
    pub index_i: u32,
    /// What it offers.
    pub caps: Caps,
}

impl AuthPayload {
    /// Reads it.
    ///
    /// # Errors
    /// [`Fault::Short`].
    pub fn parse(bytes: &[u8]) -> Result<AuthPayload, Fault> {
        let mut fields = Fields::new(bytes);
        Ok(AuthPayload { boot_id: fields.u64()?, t_us: fields.u64()?, index_i: fields.u32()?, caps: Caps(fields.u32()?) })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.u64(self.boot_id).u64(self.t_us).u32(self.index_i).u32(self.caps.0);
        bytes
    }
}

/// What Noise message 2 carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthResPayload {
    /// By which the listener will know the session's datagrams.
    pub index_r: u32,
    /// After so many seconds of silence each end says that it is there.
    pub keepalive_secs: u16,
    /// No longer datagrams, in bytes.
    pub max_datagram: u16,
    /// No more events.
    pub max_events_per_sec: u32,
    /// What it offers.
    pub caps: Caps,
}

impl AuthResPayload {
    /// Reads it.
    ///
    /// # Errors
    /// [`Fault::Short`].
    pub fn parse(bytes: &[u8]) -> Result<AuthResPayload, Fault> {
        let mut fields = Fields::new(bytes);
        Ok(AuthResPayload {
            index_r: fields.u32()?,
            keepalive_secs: fields.u16()?,
            max_datagram: fields.u16()?,
            max_events_per_sec: fields.u32()?,
            caps: Caps(fields.u32()?),
        })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.u32(self.index_r).u16(self.keepalive_secs).u16(self.max_datagram).u32(self.max_events_per_sec).u32(self.caps.0);
        bytes
    }
}
