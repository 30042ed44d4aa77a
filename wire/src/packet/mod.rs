//! Dissects captured frames: link layer, tunnels, the innermost IP packet, its transport.
//!
//! One file a layer. Bytes are read through a checked [`Slice`](slice::Slice); each layer has a plain-data `Repr` with `parse` and,
//! where packets are made of it, [`Emit`](emit::Emit). Nothing here allocates on the way from an Ethernet frame to a TCP
//! segment, and nothing here reads a clock or panics.

pub mod checksum;
pub mod dhcp;
pub mod dissection;
pub mod dns;
pub mod emit;
pub mod fault;
pub mod http;
pub mod link;
pub mod names;
pub mod netbios;
pub mod network;
pub mod questions;
pub mod quic;
mod reader;
pub mod slice;
pub mod socks;
pub mod ssh;
pub mod stream;
pub mod tls;
pub mod transport;
pub mod tunnel;
mod walk;

#[cfg(test)]
mod testing;

pub use dissection::{Body, Dissection, IpPacket, Mac, Tunnel, TunnelKind};
pub use fault::{Fault, Malformed};
pub use link::LinkType;
pub use network::fragments::Fragments;
pub use network::reassembly::Whole;
pub use transport::{TcpFlags, Transport};
pub use walk::dissect;
