//! The child's sockets: for each version of IP one that sends and hears ICMP, and one that sends nothing and knows from where a packet would leave.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use graph::Answer;
use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::{SockaddrStorage, recvfrom};
use nix::sys::time::TimeSpec;
use socket2::{Domain, Protocol, Socket, Type};
use wire::packet::network::ipv4;
use wire::packet::slice::Slice;
use wire::packet::transport::echo::{Echo, Role};
use wire::packet::transport::icmp::{self, Version};

use super::{Outcome, PATIENCE, Probe, Probed};
use crate::trace::is_traceable;

/// More than what is looked at of a message: an IP header with options, an error, a header that it quotes.
const MAX_MESSAGE: usize = 512;
/// Any port: nothing is sent to it.
const PORT: u16 = 9;
/// Messages about something else that are read before it is looked whether it is time to send.
const MAX_STALE: usize = 4_096;

/// Those of both versions; without IPv6 one of them.
#[derive(Debug)]
pub struct Sockets {
    v4: Family,
    v6: Option<Family>,
}

#[derive(Debug)]
struct Family {
    version: Version,
    icmp: Socket,
    route: Socket,
}

impl Sockets {
    /// Opens them: this takes `CAP_NET_RAW`, and nothing later does.
    ///
    /// # Errors
    /// Where IPv4 is not to be had. A kernel without IPv6 is none.
    pub fn open() -> io::Result<Sockets> {
        Ok(Sockets { v4: Family::open(Version::V4)?, v6: Family::open(Version::V6).ok() })
    }

    /// Sends one request, and waits for what comes of it. Nothing is sent to an address that no route leads to, nor to one of this machine's own.
    pub(super) fn probe(&self, Probe { dst, ttl, echo_id }: Probe, seq: u16) -> Probed {
        let family = match dst {
            IpAddr::V4(_) => Some(&self.v4),
            IpAddr::V6(_) => self.v6.as_ref(),
        };
        let src = family.filter(|_| is_traceable(dst)).and_then(|family| family.source(dst).ok());
        let elsewhere = src.filter(|src| *src != dst);
        let outcome = family.zip(elsewhere).and_then(|(family, _)| family.probe(dst, ttl, Echo { id: echo_id, seq }).ok());
        Probed { outcome: outcome.unwrap_or(Outcome::Refused), src }
    }
}

impl Family {
    fn open(version: Version) -> io::Result<Family> {
        let (domain, protocol) = match version {
            Version::V4 => (Domain::IPV4, Protocol::ICMPV4),
            Version::V6 => (Domain::IPV6, Protocol::ICMPV6),
        };
        let icmp = Socket::new(domain, Type::from(libc::SOCK_RAW), Some(protocol))?;
        icmp.set_nonblocking(true)?;
        Ok(Family { version, icmp, route: Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))? })
    }

    /// From where a packet to that address would leave. A broadcast address has none: the kernel refuses (EACCES).
    fn source(&self, dst: IpAddr) -> io::Result<IpAddr> {
        self.route.connect(&SocketAddr::new(dst, PORT).into())?;
        let addr = self.route.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        Ok(addr.ip().to_canonical())
    }

    fn probe(&self, dst: IpAddr, ttl: u8, echo: Echo) -> io::Result<Outcome> {
        // What came for others, or too late.
        let mut stale = 0;
        while stale < MAX_STALE && self.receive()?.is_some() {
            stale += 1;
        }
        match self.version {
            Version::V4 => self.icmp.set_ttl_v4(ttl.into())?,
            Version::V6 => self.icmp.set_unicast_hops_v6(ttl.into())?,
        }
        let to = match dst {
            IpAddr::V4(_) => SocketAddr::new(dst, 0),
            // A raw socket's port would be the protocol.
            IpAddr::V6(dst) => SocketAddrV6::new(dst, 0, 0, 0).into(),
        };
        let sent = Instant::now();
        self.icmp.send_to(&echo.request(self.version), &to.into())?;
        let until = sent + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Outcome::Silent);
            }
            self.wait(left)?;
            while let Some(message) = self.receive()? {
                let rtt = sent.elapsed();
                if let Message::About { echo: about, role, from: addr } = message
                    && about == echo
                {
                    let answer = Answer { addr, rtt };
                    match role {
                        Role::Reply if addr == dst => return Ok(Outcome::Reached(answer)),
                        Role::Exceeded(to) if to == dst => return Ok(Outcome::Passed(answer)),
                        Role::Unreachable(to) if to == dst => return Ok(Outcome::Unreachable(answer)),
                        _ => {}
                    }
                }
                if Instant::now() >= until {
                    return Ok(Outcome::Silent);
                }
            }
        }
    }

    fn wait(&self, at_most: Duration) -> io::Result<()> {
        let mut one = [PollFd::new(self.icmp.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut one, Some(TimeSpec::from_duration(at_most)), None) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The next message. None where none waits.
    fn receive(&self) -> io::Result<Option<Message>> {
        let mut bytes = [0; MAX_MESSAGE];
        let (len, from) = match recvfrom::<SockaddrStorage>(self.icmp.as_raw_fd(), &mut bytes) {
            Ok(received) => received,
            Err(Errno::EAGAIN) => return Ok(None),
            // What an earlier one could not reach is told by messages.
            Err(Errno::EINTR | Errno::EHOSTUNREACH | Errno::ENETUNREACH | Errno::ECONNREFUSED) => return Ok(Some(Message::Other)),
            Err(error) => return Err(error.into()),
        };
        let message = Slice::whole(bytes.get(..len).unwrap_or_default());
        Ok(Some(self.read(message, from).unwrap_or(Message::Other)))
    }

    fn read(&self, message: Slice<'_>, from: Option<SockaddrStorage>) -> Option<Message> {
        let (from, message) = match self.version {
            Version::V4 => {
                let ip = ipv4::Repr::parse(message).ok()?;
                (IpAddr::V4(ip.repr.src), ip.payload)
            }
            Version::V6 => (IpAddr::V6(from?.as_sockaddr_in6()?.ip()), message),
        };
        let (repr, rest) = icmp::Repr::parse(self.version, message).ok()?;
        let (echo, role) = Echo::find(self.version, repr.ty, rest.bytes())?;
        Some(Message::About { echo, role, from })
    }
}

/// What came.
enum Message {
    /// Something about a request.
    About { echo: Echo, role: Role, from: IpAddr },
    /// Something else.
    Other,
}
