//! Why dissection stopped early, or what it found to be untrue.

use thiserror::Error;

/// Why a packet says less than it could. A cut packet is not a bad packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Fault {
    /// The capture kept fewer bytes than were sent (snap length); all that was kept has been read.
    #[error("cut by the capture")]
    Truncated,
    /// The bytes contradict themselves or their format.
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
}

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
pub enum Malformed {
    /// The packet ends inside a header.
    #[error("it ends inside a header")]
    Short,
    /// More headers follow one another than any real packet has.
    #[error("too many headers")]
    TooDeep,
    /// An IP version other than the one the layer below announced.
    #[error("wrong IP version")]
    IpVersion,
    /// IPv4 header length below five words.
    #[error("IPv4 header length below 20 bytes")]
    Ipv4HeaderLength,
    /// IPv4 total length below the header length, or above what was sent.
    #[error("IPv4 total length does not fit")]
    Ipv4TotalLength,
    /// IPv6 payload length above what was sent.
    #[error("IPv6 payload length does not fit")]
    Ipv6PayloadLength,
    /// TCP data offset below five words, or above the segment's length.
    #[error("TCP data offset does not fit")]
    TcpDataOffset,
    /// UDP length below eight bytes, or above the packet's.
    #[error("UDP length does not fit")]
    UdpLength,
    /// A header length field of another layer that does not fit.
    #[error("a header length does not fit")]
    HeaderLength,
    /// A version field of another layer that nobody defined.
    #[error("unknown header version")]
    Version,
}
