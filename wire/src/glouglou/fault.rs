//! What can be untrue of a datagram.

use thiserror::Error;

/// Why a datagram or a record was not read. Each is counted by itself; nothing is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
pub enum Fault {
    /// It ends inside a head or a field.
    #[error("it ends inside a head or a field")]
    Short,
    /// Its first byte is another version's.
    #[error("another version")]
    Version,
    /// No such message is known.
    #[error("an unknown type")]
    Type,
    /// It is longer than the protocol allows.
    #[error("longer than the protocol allows")]
    Long,
    /// A record's length is above what is left.
    #[error("a record's length does not fit")]
    RecordLength,
    /// There are fewer records than the head says.
    #[error("fewer records than it says")]
    Count,
    /// A field has a value that it cannot have.
    #[error("a field has an impossible value")]
    Value,
    /// What follows the fields is no row of TLVs.
    #[error("a TLV's length does not fit")]
    Tlv,
}
