//! Transport: what an IP packet carries.

pub mod echo;
pub mod icmp;
pub mod ports;
pub mod tcp;
pub mod udp;

use super::fault::Fault;
use super::slice::Slice;
pub use tcp::TcpFlags;

/// IP protocol numbers this crate reads (IANA).
pub mod proto {
    /// Internet control messages.
    pub const ICMP: u8 = 1;
    /// Transmission control protocol.
    pub const TCP: u8 = 6;
    /// User datagrams.
    pub const UDP: u8 = 17;
    /// Datagram congestion control.
    pub const DCCP: u8 = 33;
    /// Generic routing encapsulation.
    pub const GRE: u8 = 47;
    /// Authentication header.
    pub const AH: u8 = 51;
    /// Internet control messages for IPv6.
    pub const ICMPV6: u8 = 58;
    /// Stream control transmission.
    pub const SCTP: u8 = 132;
    /// Lightweight user datagrams.
    pub const UDP_LITE: u8 = 136;
}

/// What an IP packet carries. Payloads are what was captured of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport<'a> {
    /// TCP (RFC 9293). Where the capture holds only the ports, the rest is zero.
    Tcp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// Sequence number.
        seq: u32,
        /// Acknowledgment number.
        ack: u32,
        /// Control bits.
        flags: TcpFlags,
        /// Window, as in the header: unscaled.
        window: u16,
        /// Stream bytes.
        payload: &'a [u8],
    },
    /// UDP (RFC 768).
    Udp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// Datagram.
        payload: &'a [u8],
    },
    /// UDP-Lite (RFC 3828).
    UdpLite {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// Datagram.
        payload: &'a [u8],
    },
    /// SCTP (RFC 9260).
    Sctp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
        /// Verification tag.
        tag: u32,
        /// Chunks.
        payload: &'a [u8],
    },
    /// DCCP (RFC 4340).
    Dccp {
        /// Source port.
        src: u16,
        /// Destination port.
        dst: u16,
    },
    /// ICMP (RFC 792).
    Icmp {
        /// Type.
        ty: u8,
        /// Code.
        code: u8,
        /// Identifier, in queries and their replies.
        id: Option<u16>,
        /// Everything after the type, code and checksum.
        payload: &'a [u8],
    },
    /// ICMPv6 (RFC 4443).
    Icmpv6 {
        /// Type.
        ty: u8,
        /// Code.
        code: u8,
        /// Identifier, in echo messages.
        id: Option<u16>,
        /// Everything after the type, code and checksum.
        payload: &'a [u8],
    },
    /// Another protocol, by its number in [`IpPacket::proto`](super::IpPacket::proto); or the header was not there to read.
    Other {
        /// What follows the IP header.
        payload: &'a [u8],
    },
    /// A later fragment whose first fragment was not seen.
    Fragment,
}

impl<'a> Transport<'a> {
    /// Source and destination port, where the protocol has them.
    #[inline]
    pub fn ports(&self) -> Option<(u16, u16)> {
        match *self {
            Transport::Tcp { src, dst, .. }
            | Transport::Udp { src, dst, .. }
            | Transport::UdpLite { src, dst, .. }
            | Transport::Sctp { src, dst, .. }
            | Transport::Dccp { src, dst } => Some((src, dst)),
            _ => None,
        }
    }

    /// What was captured of the payload.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        match *self {
            Transport::Tcp { payload, .. }
            | Transport::Udp { payload, .. }
            | Transport::UdpLite { payload, .. }
            | Transport::Sctp { payload, .. }
            | Transport::Icmp { payload, .. }
            | Transport::Icmpv6 { payload, .. }
            | Transport::Other { payload } => payload,
            Transport::Dccp { .. } | Transport::Fragment => &[],
        }
    }

    /// The same without its payload, and so without its packet's lifetime.
    pub(super) fn without_payload(self) -> Transport<'static> {
        let payload: &'static [u8] = &[];
        match self {
            Transport::Tcp { src, dst, seq, ack, flags, window, .. } => Transport::Tcp { src, dst, seq, ack, flags, window, payload },
            Transport::Udp { src, dst, .. } => Transport::Udp { src, dst, payload },
            Transport::UdpLite { src, dst, .. } => Transport::UdpLite { src, dst, payload },
            Transport::Sctp { src, dst, tag, .. } => Transport::Sctp { src, dst, tag, payload },
            Transport::Dccp { src, dst } => Transport::Dccp { src, dst },
            Transport::Icmp { ty, code, id, .. } => Transport::Icmp { ty, code, id, payload },
            Transport::Icmpv6 { ty, code, id, .. } => Transport::Icmpv6 { ty, code, id, payload },
            Transport::Other { .. } => Transport::Other { payload },
            Transport::Fragment => Transport::Fragment,
        }
    }
}

/// Reads the transport header of IP protocol `proto`, and tells what is wrong with it if anything is.
#[inline(always)]
pub(super) fn parse<'a>(proto: u8, from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match proto {
        proto::TCP => tcp::transport(from),
        proto::UDP => udp::transport(from),
        _ => parse_other(proto, from),
    }
}

fn parse_other<'a>(proto: u8, from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match proto {
        proto::UDP_LITE => udp::lite_transport(from),
        proto::ICMP => icmp::transport(icmp::Version::V4, from),
        proto::ICMPV6 => icmp::transport(icmp::Version::V6, from),
        proto::SCTP => ports::sctp_transport(from),
        proto::DCCP => ports::dccp_transport(from),
        _ => (Transport::Other { payload: from.bytes() }, None),
    }
}
