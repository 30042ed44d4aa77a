//! The UDP socket of a probe or a listener: non-blocking, with room for bursts.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket as Raw, Type};
use wire::glouglou::MAX_DATAGRAM;

/// Bursts of many probes at once; the kernel grants what it may.
const RECEIVE_BYTES: usize = 8 << 20;

/// An open one.
#[derive(Debug)]
pub(super) struct Socket {
    raw: std::net::UdpSocket,
    buffer: Vec<u8>,
}

impl Socket {
    /// Listens at an address; of IPv6's unspecified one for IPv4, too.
    pub(super) fn bind(addr: SocketAddr) -> io::Result<Socket> {
        let raw = Raw::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
        if addr.is_ipv6() && addr.ip().is_unspecified() {
            raw.set_only_v6(false)?;
        }
        raw.bind(&addr.into())?;
        raw.set_nonblocking(true)?;
        // Who may, takes more than the system's usual most.
        if setsockopt(&raw, sockopt::RcvBufForce, &RECEIVE_BYTES).is_err() {
            let _as_much_as_there_is = setsockopt(&raw, sockopt::RcvBuf, &RECEIVE_BYTES);
        }
        // One byte more than a datagram has, so that a longer one is seen to be.
        Ok(Socket { raw: raw.into(), buffer: vec![0; MAX_DATAGRAM + 1] })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> io::Result<SocketAddr> {
        self.raw.local_addr()
    }

    /// The next datagram, if there is one. What an earlier one could not reach is no error of this one.
    pub(super) fn receive(&mut self) -> io::Result<Option<(SocketAddr, &[u8])>> {
        loop {
            match self.raw.recv_from(&mut self.buffer) {
                Ok((len, from)) => return Ok(Some((canonical(from), self.buffer.get(..len).unwrap_or_default()))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionRefused) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends one, if there is room for it now; what is not sent is lost, as on the way.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8]) {
        let to = match (self.raw.local_addr(), to) {
            (Ok(SocketAddr::V6(_)), SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            (_, to) => to,
        };
        let _lost_is_lost = self.raw.send_to(bytes, to);
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.raw.as_fd()
    }
}

/// An IPv4 address that IPv6 wraps is that IPv4 address.
fn canonical(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}
