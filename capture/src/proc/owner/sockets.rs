//! Questions to the kernel about sockets, and its answers.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket};
use std::os::fd::AsFd;
use wire::netlink::header::{self, DUMP, INTERRUPTED, REQUEST};
use wire::netlink::messages;
use wire::netlink::sock_diag::{Answer, BY_FAMILY, Family, Request, Socket, SocketId, State, States, TCP};
use wire::packet::emit::stack;

/// The kernel fills at most so much at once.
const BUFFER_BYTES: usize = 32 << 10;
/// More sockets of one port are too many to choose from.
const MAX_SOCKETS: usize = 256;
/// How long an answer is waited for; the kernel gives it before the question returns.
const ANSWER_MS: u8 = 50;

/// A netlink socket to ask on.
#[derive(Debug)]
pub(super) struct Sockets {
    socket: OwnedFd,
    seq: u32,
    buffer: Vec<u8>,
}

impl Sockets {
    pub(super) fn open() -> io::Result<Sockets> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, SockProtocol::NetlinkSockDiag)?;
        Ok(Sockets { socket, seq: 0, buffer: vec![0; BUFFER_BYTES] })
    }

    /// The socket that has exactly these two ends.
    pub(super) fn connected(&mut self, protocol: u8, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
        self.seq = self.seq.wrapping_add(1);
        let question = Request::look_up(protocol, SocketId::new(local, remote), self.seq);
        // It answers with who listens, too, where nobody is connected.
        let is = |socket: &Socket| {
            let id = socket.id.unmapped();
            (id.local, id.local_port, id.remote, id.remote_port) == (local.ip(), local.port(), remote.ip(), remote.port())
        };
        self.ask(&question)?.into_iter().find(is)
    }

    /// The inodes of the sockets that a packet to this end may go to: those bound to its address, else those bound to all. None where that
    /// is not known.
    pub(super) fn bound(&mut self, protocol: u8, local: SocketAddr) -> Option<Vec<u32>> {
        let state = if protocol == TCP { State::Listen } else { State::Close };
        let families: &[Family] = if local.is_ipv4() { &[Family::V4, Family::V6] } else { &[Family::V6] };
        let mut sockets = Vec::new();
        for family in families {
            self.seq = self.seq.wrapping_add(1);
            let id = SocketId { local_port: local.port(), ..SocketId::any(*family) };
            let request = Request { protocol, extensions: 0, states: States::from(state), id };
            let header = header::Repr { kind: BY_FAMILY, flags: REQUEST | DUMP, seq: self.seq, port: 0 };
            sockets.extend(self.ask(&stack(&[&header, &request], &[]))?);
        }
        sockets.retain(|socket| socket.state == state && socket.id.local_port == local.port() && takes(socket, local.ip()));
        if sockets.iter().any(|socket| socket.id.local.to_canonical() == local.ip()) {
            sockets.retain(|socket| socket.id.local.to_canonical() == local.ip());
        }
        let mut inodes: Vec<u32> = sockets.iter().map(|socket| socket.inode).collect();
        inodes.sort_unstable();
        inodes.dedup();
        // What nobody has says nothing of who has the rest.
        (!inodes.is_empty() && !inodes.contains(&0)).then_some(inodes)
    }

    /// All sockets that answer a question; none where the answer is not whole.
    fn ask(&mut self, question: &[u8]) -> Option<Vec<Socket>> {
        sendto(self.socket.as_raw_fd(), question, &NetlinkAddr::new(0, 0), MsgFlags::empty()).ok()?;
        let dump = u16::from_ne_bytes([*question.get(6)?, *question.get(7)?]) & DUMP == DUMP;
        let mut sockets = Vec::new();
        // Each datagram holds at least one message.
        for _ in 0..MAX_SOCKETS {
            let mut one = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            let _looked_at_below = poll(&mut one, PollTimeout::from(ANSWER_MS));
            let len = recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::empty()).ok()?;
            for message in messages(self.buffer.get(..len)?) {
                let message = message.ok()?;
                // The answer to a question that was given up on.
                if message.header.seq != self.seq {
                    continue;
                }
                if message.header.flags & INTERRUPTED != 0 {
                    return None;
                }
                match Answer::parse(&message).ok()? {
                    Answer::End(end) if end.errno() == 0 || !dump => return Some(sockets),
                    Answer::End(_) => return None,
                    Answer::Socket(socket) if sockets.len() < MAX_SOCKETS => sockets.push(socket),
                    Answer::Socket(_) => return None,
                    Answer::Other => {}
                }
            }
            if !dump && !sockets.is_empty() {
                return Some(sockets);
            }
        }
        None
    }
}

/// Whether a packet to that address may go to a socket.
fn takes(socket: &Socket, addr: IpAddr) -> bool {
    let local = socket.id.local;
    // Bound to all of IPv6 it takes IPv4 as well, unless it said that it does not.
    let all = local.is_unspecified() && (local.is_ipv4() == addr.is_ipv4() || local.is_ipv6() && socket.v6_only != Some(true));
    all || local.to_canonical() == addr
}
