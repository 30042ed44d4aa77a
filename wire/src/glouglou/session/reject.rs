//! Why a datagram was not taken, and how often each.

use super::super::Fault;

/// Why. Nothing is answered; each is counted by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Reject {
    /// It is no datagram of this protocol.
    #[error("no such datagram: {0}")]
    Fault(#[from] Fault),
    /// More of them came than are answered.
    #[error("too many at a time")]
    Limited,
    /// The cookie is not ours, of another address, or too old.
    #[error("a cookie that is not valid")]
    Cookie,
    /// A handshake that was there before.
    #[error("a handshake that was there before")]
    Replayed,
    /// The probe's key is another one, or none is known of it.
    #[error("a key that is not known")]
    Key,
    /// No session has that index, or no handshake asked for this.
    #[error("of no session")]
    Unknown,
    /// What was sealed was changed, or sealed with another key.
    #[error("not sealed with the session's key")]
    Seal,
    /// It was heard before, or is too old to know.
    #[error("heard before")]
    Repeated,
    /// Plain content where none is allowed.
    #[error("plain content is not allowed")]
    Plain,
}

/// How often each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rejects {
    /// No datagram of this protocol.
    pub faults: u64,
    /// Too many at a time.
    pub limited: u64,
    /// A cookie that is not valid.
    pub cookie: u64,
    /// A handshake that was there before.
    pub replayed: u64,
    /// A key that is not known.
    pub key: u64,
    /// Of no session.
    pub unknown: u64,
    /// Not sealed with the session's key.
    pub seal: u64,
    /// Heard before.
    pub repeated: u64,
    /// Plain content where none is allowed.
    pub plain: u64,
}

impl Rejects {
    /// Each by what it is called, those that are zero too.
    pub const fn causes(&self) -> [(&'static str, u64); 9] {
        [
            ("no such datagram", self.faults),
            ("too many at a time", self.limited),
            ("cookie not valid", self.cookie),
            ("handshake seen before", self.replayed),
            ("key not known", self.key),
            ("of no session", self.unknown),
            ("seal not valid", self.seal),
            ("heard before", self.repeated),
            ("not sealed", self.plain),
        ]
    }

    /// One more.
    pub(super) fn count(&mut self, why: Reject) {
        let counter = match why {
            Reject::Fault(_) => &mut self.faults,
            Reject::Limited => &mut self.limited,
            Reject::Cookie => &mut self.cookie,
            Reject::Replayed => &mut self.replayed,
            Reject::Key => &mut self.key,
            Reject::Unknown => &mut self.unknown,
            Reject::Seal => &mut self.seal,
            Reject::Repeated => &mut self.repeated,
            Reject::Plain => &mut self.plain,
        };
        *counter = counter.saturating_add(1);
    }
}
