//! One flow of a made-up recording, packet by packet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use hashbrown::HashSet;
use wire::packet::emit::{Emit, stack};
use wire::packet::link::ethernet;
use wire::packet::network::{ipv4, ipv6};
use wire::packet::transport::{tcp, udp};
use wire::packet::{Mac, TcpFlags};

use super::dns;

/// Data in a full TCP segment and in a full QUIC datagram, in bytes.
const FULL_SEGMENT: usize = 1440;
const FULL_DATAGRAM: usize = 1200;
/// What is sent, as far as it does not matter.
static DATA: [u8; FULL_SEGMENT] = [0; FULL_SEGMENT];
/// One flow in so many is over IPv6.
const V6_ONE_IN: u64 = 6;
/// How many flows one client begins, about.
const FLOWS_A_CLIENT: u64 = 16;
/// How many clients there are for one server, about.
const CLIENTS_A_SERVER: u64 = 4;
/// The most servers: what fits into 198.18.0.0/16, for measurements (RFC 2544).
const MAX_SERVERS: u64 = 65_000;

/// Who there is to talk.
pub(super) struct Addressing {
    clients: u64,
    servers: u64,
    used: HashSet<IpAddr>,
}

impl Addressing {
    /// Enough hosts for so many flows.
    pub(super) fn new(flows: u64) -> Addressing {
        let clients = flows.div_ceil(FLOWS_A_CLIENT).clamp(1, 1 << 20);
        Addressing { clients, servers: clients.div_ceil(CLIENTS_A_SERVER).min(MAX_SERVERS), used: HashSet::new() }
    }

    /// How many addresses were given out.
    pub(super) fn hosts_used(&self) -> u64 {
        self.used.len() as u64
    }

    /// The `nth` flow's ends. Its client and port are those of no other flow; some servers are far busier than others.
    fn ends(&self, nth: u64, rng: &mut Rng) -> Ends {
        let client = (nth % self.clients) as u32;
        let server = (self.servers as f64).powf(rng.f64()) as u32 - 1;
        let (client_addr, server_addr): (IpAddr, IpAddr) = if nth.is_multiple_of(V6_ONE_IN) {
            (v6(1, client).into(), v6(2, server).into())
        } else {
            (Ipv4Addr::from_bits(0x0a00_0001 + client).into(), server_v4(server).into())
        };
        let client_port = 1024 + (nth / self.clients % 64_000) as u16;
        Ends { client, client_addr, client_port, server, server_addr }
    }
}

fn server_v4(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0xc612_0001 + number)
}

fn v6(network: u128, number: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(0x2001_0db8 << 96 | network << 64 | (u128::from(number) + 1))
}

#[derive(Clone, Copy)]
struct Ends {
    client: u32,
    client_addr: IpAddr,
    client_port: u16,
    server: u32,
    server_addr: IpAddr,
}

/// A flow of a recording while it is under way.
pub(super) struct Conversation {
    ends: Ends,
    style: Style,
    /// How many packets it has, and how many are written.
    length: u64,
    written: u64,
}

enum Style {
    /// The next sequence numbers of the client and of the server.
    Tcp {
        client: u32,
        server: u32,
    },
    Quic,
    LookUp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Client,
    Server,
}

impl Conversation {
    /// The `nth` flow, of so many packets.
    pub(super) fn new(addressing: &mut Addressing, nth: u64, length: u64, rng: &mut Rng) -> Conversation {
        let mut ends = addressing.ends(nth, rng);
        let style = match rng.u8(..10) {
            0..8 if length <= 2 => Style::LookUp,
            0..2 => Style::Quic,
            _ => Style::Tcp { client: rng.u32(..), server: rng.u32(..) },
        };
        if matches!(style, Style::LookUp) {
            ends.server_addr = match ends.client_addr {
                IpAddr::V4(_) => server_v4(u16::MAX.into()).into(),
                IpAddr::V6(_) => v6(2, u16::MAX.into()).into(),
            };
        }
        addressing.used.extend([ends.client_addr, ends.server_addr]);
        Conversation { ends, style, length, written: 0 }
    }

    /// Whether there are packets to come.
    pub(super) fn goes_on(&self) -> bool {
        self.written < self.length
    }

    /// The next packet, from the Ethernet header on.
    pub(super) fn next(&mut self, rng: &mut Rng) -> Vec<u8> {
        let nth = self.written;
        self.written += 1;
        match &mut self.style {
            Style::Tcp { client, server } => {
                let (from, flags, len) = segment(nth, self.length, rng);
                let (seq, ack) = match from {
                    From::Client => (client, *server),
                    From::Server => (server, *client),
                };
                let options: &[u8] = if flags.contains(TcpFlags::SYN) { &[2, 4, 5, 0xb4] } else { &[] };
                let (src_port, dst_port) = ports(&self.ends, 443, from);
                let header = tcp::Repr { src_port, dst_port, seq: *seq, ack, flags, window: 0xffff, options };
                let phantom = u32::from(flags.contains(TcpFlags::SYN) || flags.contains(TcpFlags::FIN));
                *seq = seq.wrapping_add(len as u32 + phantom);
                frame(&self.ends, from, 6, &header, DATA.get(..len).unwrap_or(&DATA))
            }
            Style::Quic => {
                let from = if nth == 0 || rng.u8(..4) == 0 { From::Client } else { From::Server };
                let len = if nth == 0 || from == From::Server { FULL_DATAGRAM } else { rng.usize(25..80) };
                let (src_port, dst_port) = ports(&self.ends, 443, from);
                frame(&self.ends, from, 17, &udp::Repr { src_port, dst_port }, DATA.get(..len).unwrap_or(&DATA))
            }
            Style::LookUp => {
                let from = if nth == 0 { From::Client } else { From::Server };
                let answer = (from == From::Server).then(|| server_v4(self.ends.server));
                let message = dns::message(self.ends.client_port, self.ends.server, answer);
                let (src_port, dst_port) = ports(&self.ends, 53, from);
                frame(&self.ends, from, 17, &udp::Repr { src_port, dst_port }, &message)
            }
        }
    }
}

/// Who sends the `nth` segment of a TCP connection of `length` segments, with which flags and how much data.
fn segment(nth: u64, length: u64, rng: &mut Rng) -> (From, TcpFlags, usize) {
    let ack = TcpFlags::ACK;
    let last = nth + 1 == length;
    // The client's FIN comes before the server's and, if there is room, the last acknowledgment.
    let fin = if length >= 6 { length - 3 } else { length.saturating_sub(2) };
    match nth {
        0 => (From::Client, TcpFlags::SYN, 0),
        1 if last => (From::Server, TcpFlags::RST | ack, 0),
        1 => (From::Server, TcpFlags::SYN | ack, 0),
        _ if last && length < 5 => (From::Client, TcpFlags::RST | ack, 0),
        2 => (From::Client, ack, 0),
        _ if nth == fin => (From::Client, TcpFlags::FIN | ack, 0),
        _ if nth == fin + 1 => (From::Server, TcpFlags::FIN | ack, 0),
        _ if nth > fin => (From::Client, ack, 0),
        3 => (From::Client, TcpFlags::PSH | ack, rng.usize(60..600)),
        _ => match rng.u8(..10) {
            0 => (From::Client, TcpFlags::PSH | ack, rng.usize(60..600)),
            1..4 => (From::Client, ack, 0),
            4 => (From::Server, TcpFlags::PSH | ack, rng.usize(1..FULL_SEGMENT)),
            _ => (From::Server, ack, FULL_SEGMENT),
        },
    }
}

fn ports(ends: &Ends, server_port: u16, from: From) -> (u16, u16) {
    match from {
        From::Client => (ends.client_port, server_port),
        From::Server => (server_port, ends.client_port),
    }
}

/// A frame as it is seen in front of the clients' router.
fn frame(ends: &Ends, from: From, proto: u8, transport: &dyn Emit, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, d] = ends.client.to_be_bytes();
    let (client, router) = (Mac([2, 0, a, b, c, d]), Mac([2, 1, 0, 0, 0, 1]));
    let ((src, dst), (src_mac, dst_mac)) = match from {
        From::Client => ((ends.client_addr, ends.server_addr), (client, router)),
        From::Server => ((ends.server_addr, ends.client_addr), (router, client)),
    };
    let ethernet = |ethertype| ethernet::Repr { dst: dst_mac, src: src_mac, ethertype };
    match (src, dst) {
        (IpAddr::V6(src), IpAddr::V6(dst)) => stack(&[&ethernet(0x86dd), &ipv6::Repr::new(src, dst, proto), transport], payload),
        (IpAddr::V4(src), IpAddr::V4(dst)) => stack(&[&ethernet(0x0800), &ipv4::Repr::new(src, dst, proto), transport], payload),
        // Both ends of a flow are of one family.
        _ => Vec::new(),
    }
}
