//! A sender of UDP packets at a steady rate.

use std::io::IoSlice;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, sendmmsg};

/// What an Ethernet, an IPv4 and a UDP header add to the payload.
const HEADER_BYTES: u64 = 14 + 20 + 8;
/// How many packets one system call sends at most.
const AT_ONCE: usize = 64;

/// What is to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// To whom.
    pub to: Ipv4Addr,
    /// How many packets in all.
    pub packets: u64,
    /// How many of them in a second.
    pub per_sec: u64,
    /// To how many ports in turn, from 20,000 on.
    pub flows: u16,
    /// The size of each payload.
    pub payload_bytes: usize,
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Packets that the kernel took.
    pub packets: u64,
    /// Their bytes on an Ethernet.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

/// Sends the load from this thread's network namespace, and catches up where it was held back.
///
/// # Panics
/// Where the kernel takes no packet.
pub fn send(load: Load) -> Sent {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
    let payload = vec![0; load.payload_bytes];
    let slices = [[IoSlice::new(&payload)]; AT_ONCE];
    let mut headers = MultiHeaders::<SockaddrIn>::preallocate(AT_ONCE, None);
    let began = Instant::now();
    let mut packets = 0;
    while packets < load.packets {
        let due = (began.elapsed().as_micros() as u64 * load.per_sec / 1_000_000).min(load.packets);
        let many = usize::try_from(due.saturating_sub(packets)).map_or(AT_ONCE, |n| n.min(AT_ONCE));
        if many == 0 {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        let port = |n: u64| 20_000 + (n % u64::from(load.flows)) as u16;
        let to: Vec<_> = (packets..).take(many).map(|n| Some(SockaddrIn::from(SocketAddrV4::new(load.to, port(n))))).collect();
        let sent = sendmmsg(socket.as_raw_fd(), &mut headers, &slices[..many], to, [], MsgFlags::empty()).expect("send").count();
        packets += sent as u64;
    }
    Sent { packets, bytes: packets * (HEADER_BYTES + load.payload_bytes as u64), took: began.elapsed() }
}
