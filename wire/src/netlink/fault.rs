//! What can be untrue of a netlink message.

use thiserror::Error;

/// Why a message or an attribute was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
pub enum Fault {
    /// It ends inside a header or a field: the kernel is older than the layout, or the buffer was too small for the datagram.
    #[error("it ends inside a header or a field")]
    Short,
    /// A message's length is below its header's, or above what was received.
    #[error("a message's length does not fit")]
    MessageLength,
    /// An attribute's length is below its header's, or above what is left.
    #[error("an attribute's length does not fit")]
    AttributeLength,
    /// The length in a connector's message is above what follows it, or one that its content cannot have.
    #[error("a connector message's length does not fit")]
    ConnectorLength,
    /// A number of an error that is above zero: the kernel's are zero or below.
    #[error("an error has a positive number")]
    ErrorNumber,
}
