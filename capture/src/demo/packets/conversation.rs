//! One flow of a made-up recording, packet by packet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use wire::packet::emit::{Emit, stack};
use wire::packet::link::ethernet;
use wire::packet::network::{ipv4, ipv6};
use wire::packet::transport::{tcp, udp};
use wire::packet::{Mac, TcpFlags};

/// Data in a full TCP segment and in a full QUIC datagram, in bytes.
const FULL_SEGMENT: usize = 1448;
const FULL_DATAGRAM: usize = 1200;
/// One flow in so many is over IPv6.
const V6_ONE_IN: u64 = 6;
/// Flows that one client begins.
const FLOWS_A_CLIENT: u64 = 16;
/// One server for so many clients.
const CLIENTS_A_SERVER: u64 = 4;

/// Who there is to talk.
pub(super) struct Addressing {
    clients: u64,
    servers: u64,
    used: hashbrown::HashSet<IpAddr>,
}

impl Addressing {
    /// Enough hosts for so many flows.
    pub(super) fn new(flows: u64) -> Addressing {
        let clients = flows.div_ceil(FLOWS_A_CLIENT).clamp(1, 1 << 20);
        Addressing { clients, servers: clients.div_ceil(CLIENTS_A_SERVER), used: Default::default() }
    }

    /// How many addresses were given out.
    pub(super) fn hosts_used(&self) -> u64 {
        self.used.len() as u64
    }

    /// Client, its port and server of the `nth` flow; no two flows have the same. Some servers are far busier than others.
    fn ends(&mut self, nth: u64, rng: &mut Rng) -> (IpAddr, u16, IpAddr) {
        let client = nth % self.clients;
        let port = 1024 + (nth / self.clients % 64_000) as u16;
        let server = (self.servers as f64).powf(rng.f64()) as u64 - 1;
        let (client, server) = if nth.is_multiple_of(V6_ONE_IN) { (v6(1, client), v6(2, server)) } else { (v4(10, client), v4(198 << 8 | 18, server)) };
        self.used.extend([client, server]);
        (client, port, server)
    }
}
