//! What dissecting one frame yields.

use std::fmt;
use std::net::IpAddr;

use smallvec::SmallVec;

use super::fault::Fault;
use super::network::arp;
use super::transport::Transport;

/// What one frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissection<'a> {
    /// Source and destination of the outermost Ethernet-like header.
    pub macs: Option<[Mac; 2]>,
    /// VLAN ids, outermost first, at most [`MAX_VLANS`].
    pub vlans: SmallVec<[u16; 2]>,
    /// IP packets that carry the one in `body`, outermost first, at most [`MAX_TUNNELS`].
    pub tunnels: SmallVec<[Tunnel; 1]>,
    /// The innermost IP packet; where there is none, what else it is.
    pub body: Body<'a>,
    /// Why it stopped early, or the first untruth found. What is here beside a fault is still as the packet said.
    pub fault: Option<Fault>,
}

/// VLAN tags remembered; further ones are read over.
pub const MAX_VLANS: usize = 8;
/// Levels of tunnel looked into; below that the payload is opaque.
pub const MAX_TUNNELS: usize = 8;

impl<'a> Dissection<'a> {
    /// The innermost IP packet, if it is one.
    #[inline]
    pub fn ip(&self) -> Option<&IpPacket<'a>> {
        match &self.body {
            Body::Ip(packet) => Some(packet),
            _ => None,
        }
    }

    /// Whether the bytes were wrong, as opposed to cut by the capture.
    #[inline]
    pub fn is_malformed(&self) -> bool {
        matches!(self.fault, Some(Fault::Malformed(_)))
    }
}

/// What a frame carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'a> {
    /// IPv4 or IPv6.
    Ip(IpPacket<'a>),
    /// ARP for IPv4.
    Arp(arp::Repr),
    /// Neither, named by its EtherType. LLC without an EtherType is 0x0004 and PPP control 0x880b.
    Other {
        /// The EtherType (IEEE 802 numbers).
        ethertype: u16,
    },
    /// Nothing that could be named.
    None,
}

/// The innermost IP packet of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpPacket<'a> {
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// The transport's IP protocol number, after every IPv6 extension header.
    pub proto: u8,
    /// Bytes from this header on, padding excluded. Where segmentation offload left the length field zero it is
    /// what the frame holds.
    pub ip_len: u32,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// A fragment other than the first. Its transport is its first fragment's where that was seen, with an empty payload.
    pub later_fragment: bool,
    /// What it carries.
    pub transport: Transport<'a>,
}

/// One IP packet that carries another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tunnel {
    /// How the inner packet is carried.
    pub kind: TunnelKind,
    /// Source of the carrying packet.
    pub src: IpAddr,
    /// Destination of the carrying packet.
    pub dst: IpAddr,
    /// UDP ports of the carrying packet, source and destination.
    pub ports: Option<(u16, u16)>,
    /// What the format tells tunnels apart by: network identifier, tunnel endpoint identifier, key, session.
    pub id: Option<u32>,
}

/// How one IP packet carries another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TunnelKind {
    /// IP directly in IP, any version in any (RFC 2003, 4213, 2473).
    IpInIp,
    /// Generic routing encapsulation (RFC 2784, 2890); the id is the key.
    Gre,
    /// Enhanced GRE with PPP inside (RFC 2637); the id is the call.
    Pptp,
    /// Mirrored Ethernet frames over GRE; the id is the session.
    Erspan,
    /// Ethernet in IP (RFC 3378), or Ethernet as a next header (RFC 8986).
    EtherIp,
    /// MPLS in IP or in UDP (RFC 4023, 7510).
    Mpls,
    /// VXLAN (RFC 7348) and its generic protocol extension; the id is the network.
    Vxlan,
    /// Geneve (RFC 8926); the id is the network.
    Geneve,
    /// GTP version 1 user plane (3GPP TS 29.281); the id is the tunnel endpoint.
    Gtp,
    /// Teredo (RFC 4380).
    Teredo,
    /// L2TP version 2 (RFC 2661) with PPP inside, or version 3 (RFC 3931); the id is the session.
    L2tp,
    /// LISP data (RFC 9300).
    Lisp,
    /// PIM registers (RFC 7761).
    Pim,
}

impl TunnelKind {
    /// A short lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            TunnelKind::IpInIp => "ipip",
            TunnelKind::Gre => "gre",
            TunnelKind::Pptp => "pptp",
            TunnelKind::Erspan => "erspan",
            TunnelKind::EtherIp => "etherip",
            TunnelKind::Mpls => "mpls",
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::Geneve => "geneve",
            TunnelKind::Gtp => "gtp",
            TunnelKind::Teredo => "teredo",
            TunnelKind::L2tp => "l2tp",
            TunnelKind::Lisp => "lisp",
            TunnelKind::Pim => "pim",
        }
    }
}

/// An Ethernet-like hardware address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
