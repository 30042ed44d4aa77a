//! Network: IPv4, IPv6 with its extension headers, fragments, ARP.

pub mod arp;
pub mod extensions;
pub mod fragments;
pub mod ipv4;
pub mod ipv6;
pub mod reassembly;

use std::net::IpAddr;

use super::fault::Fault;
use super::slice::Slice;

/// An IP header, what follows it, and what is not true of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<'a, Repr> {
    /// The header.
    pub repr: Repr,
    /// What follows it, without padding.
    pub payload: Slice<'a>,
    /// Bytes from the header on: its length field's, or what was sent where that cannot be.
    pub len: usize,
    /// A length that is a lie, or options that the capture cut.
    pub fault: Option<Fault>,
}

/// An IP packet of either version, read as far as its transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Datagram<'a> {
    pub(super) src: IpAddr,
    pub(super) dst: IpAddr,
    pub(super) ttl: u8,
    /// From the header on, corrected where the length field is a lie.
    pub(super) len: usize,
    /// The transport's number.
    pub(super) proto: u8,
    pub(super) payload: Slice<'a>,
    pub(super) piece: Option<Piece>,
    pub(super) fault: Option<Fault>,
}

impl Datagram<'_> {
    /// Whether the payload begins with the transport's header; not where a header before it could not be read.
    #[inline]
    pub(super) fn is_readable(&self) -> bool {
        self.fault.is_none() || !self.payload.is_empty()
    }
}

/// Where a fragment belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The identification that all fragments of a packet share; 16 bits in IPv4.
    pub id: u32,
    /// In IPv4 the header's protocol, which belongs to the identification; zero in IPv6.
    pub proto: u8,
    /// Where it begins in the packet's payload, in bytes.
    pub offset: u32,
    /// Whether further fragments follow.
    pub more: bool,
}

/// The IP version in the first nibble.
pub(super) fn version(packet: Slice<'_>) -> Option<u8> {
    packet.u8(0).map(|byte| byte >> 4)
}
