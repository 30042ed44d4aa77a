//! What can be untrue of a line.

use thiserror::Error;

/// Why a line was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
pub enum Fault {
    /// It is longer than any record: its beginning was thrown away.
    #[error("a line is too long")]
    TooLong,
    /// It is not UTF-8.
    #[error("a line is not UTF-8")]
    Utf8,
    /// It is no JSON object.
    #[error("a line is no JSON object")]
    Json,
    /// It does not say of what it is.
    #[error("a record has no event_type")]
    NoType,
    /// An address is none.
    #[error("an address is none")]
    Address,
    /// A port is none.
    #[error("a port is none")]
    Port,
    /// The protocol's name is unknown.
    #[error("a protocol is not known")]
    Protocol,
}
