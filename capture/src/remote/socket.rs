//! The UDP socket of a probe, a relay or a listener: non-blocking, with room for bursts, and with one system call for many datagrams where the kernel can
//! (recvmmsg(2); UDP_GRO and UDP_SEGMENT of udp(7)).

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::socket::{setsockopt, sockopt};
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use socket2::{Domain, Protocol, Socket as Raw, Type};

/// Bursts of many probes at once; the kernel grants what it may.
const RECEIVE_BYTES: usize = 8 << 20;
/// No datagram is longer, nor several that the kernel hands over as one.
const BUFFER_BYTES: usize = 1 << 16;
/// No more is sent with one call, in bytes.
const MAX_BURST: usize = 60_000;

/// What comes: from few, or from many at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The one that was dialled.
    One,
    /// All who dial.
    Many,
}

/// An open one.
#[derive(Debug)]
pub(super) struct Socket {
    raw: std::net::UdpSocket,
    state: UdpSocketState,
    is_v6: bool,
    buffers: Vec<Vec<u8>>,
    metas: Vec<RecvMeta>,
    /// The buffers that hold something, which is the next, and what of that was handed out.
    filled: usize,
    next: usize,
    start: usize,
    burst: Vec<u8>,
}

impl Socket {
    /// Listens at an address; of IPv6's unspecified one for IPv4, too.
    pub(super) fn bind(addr: SocketAddr, from: From) -> io::Result<Socket> {
        let raw = Raw::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
        if addr.is_ipv6() && addr.ip().is_unspecified() {
            raw.set_only_v6(false)?;
        }
        raw.bind(&addr.into())?;
        let raw = std::net::UdpSocket::from(raw);
        let state = UdpSocketState::new((&raw).into())?;
        raw.set_nonblocking(true)?;
        // Who may, takes more than the system's usual most.
        if setsockopt(&raw, sockopt::RcvBufForce, &RECEIVE_BYTES).is_err() {
            let _as_much_as_there_is = setsockopt(&raw, sockopt::RcvBuf, &RECEIVE_BYTES);
        }
        let count = if from == From::Many { BATCH_SIZE } else { 1 };
        let (buffers, metas) = (vec![vec![0; BUFFER_BYTES]; count], vec![RecvMeta::default(); count]);
        Ok(Socket { raw, state, is_v6: addr.is_ipv6(), buffers, metas, filled: 0, next: 0, start: 0, burst: Vec::new() })
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> io::Result<SocketAddr> {
        self.raw.local_addr()
    }

    /// The next datagram, if there is one. What an earlier one could not reach is no error of this one.
    pub(super) fn receive(&mut self) -> io::Result<Option<(SocketAddr, &[u8])>> {
        while self.next >= self.filled {
            let mut slices: Vec<IoSliceMut<'_>> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
            match self.state.recv((&self.raw).into(), &mut slices, &mut self.metas) {
                Ok(count) => (self.filled, self.next, self.start) = (count, 0, 0),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionRefused) => {}
                Err(error) => return Err(error),
            }
        }
        let (at, start) = (self.next, self.start);
        let Some(RecvMeta { addr, len, stride, .. }) = self.metas.get(at).copied() else { return Ok(None) };
        // One that holds nothing is one, too.
        let end = start.saturating_add(stride.max(1)).min(len);
        (self.next, self.start) = if end < len { (at, end) } else { (at + 1, 0) };
        let bytes = self.buffers.get(at).and_then(|buffer| buffer.get(start..end)).unwrap_or_default();
        Ok(Some((SocketAddr::new(addr.ip().to_canonical(), addr.port()), bytes)))
    }

    /// Sends one, if there is room for it now; what is not sent is lost, as on the way.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8]) {
        self.transmit(to, bytes, None);
    }

    /// Sends all, with as few calls as may be: datagrams of one length, and one that is shorter, go with one.
    pub(super) fn send_all(&mut self, to: SocketAddr, datagrams: impl Iterator<Item = Vec<u8>>) -> usize {
        let (mut burst, most) = (std::mem::take(&mut self.burst), self.state.max_gso_segments());
        let (mut sent, mut segment, mut count, mut is_closed) = (0, 0, 0, false);
        for datagram in datagrams {
            let len = datagram.len();
            if count > 0 && (is_closed || len > segment || count >= most || burst.len() + len > MAX_BURST) {
                self.transmit(to, &burst, (count > 1).then_some(segment));
                burst.clear();
                count = 0;
            }
            if count == 0 {
                segment = len;
            }
            is_closed = len < segment;
            burst.extend_from_slice(&datagram);
            (count, sent) = (count + 1, sent + 1);
        }
        if count > 0 {
            self.transmit(to, &burst, (count > 1).then_some(segment));
        }
        burst.clear();
        self.burst = burst;
        sent
    }

    fn transmit(&self, to: SocketAddr, contents: &[u8], segment_size: Option<usize>) {
        let destination = match to {
            SocketAddr::V4(v4) if self.is_v6 => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            to => to,
        };
        let one = |contents, segment_size| {
            self.state.try_send((&self.raw).into(), &Transmit { destination, ecn: None, contents, segment_size, src_ip: None })
        };
        // Where there is no room there is none for its parts; where the kernel cannot cut it they are sent one by one. What is lost is lost, as on the way.
        if let (Err(error), Some(segment)) = (one(contents, segment_size), segment_size)
            && error.kind() != io::ErrorKind::WouldBlock
        {
            for datagram in contents.chunks(segment) {
                let _lost_is_lost = one(datagram, None);
            }
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.raw.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_of_any_lengths_come_as_they_were_sent() {
        let mut to = Socket::bind("127.0.0.1:0".parse().unwrap(), From::Many).unwrap();
        let mut from = Socket::bind("127.0.0.1:0".parse().unwrap(), From::One).unwrap();
        let addr = to.addr().unwrap();
        let lengths = [1200, 1200, 1200, 7, 1200, 1232, 1, 3, 3, 3, 2, 9, 1200, 1200];
        let sent: Vec<Vec<u8>> = lengths.into_iter().zip(0..).map(|(len, n)| vec![n; len]).collect();
        assert_eq!(from.send_all(addr, sent.iter().cloned()), sent.len());
        from.send(addr, b"the last");
        let mut came = Vec::new();
        while came.last().is_none_or(|last: &Vec<u8>| last != b"the last") {
            if let Some((sender, bytes)) = to.receive().unwrap() {
                assert_eq!(sender, from.addr().unwrap());
                came.push(bytes.to_vec());
            }
        }
        came.pop();
        let lengths = |all: &[Vec<u8>]| all.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&came), lengths(&sent));
        assert!(came == sent, "each as it was");
        assert!(to.receive().unwrap().is_none());
    }

    #[test]
    fn ipv4_comes_to_ipv6_as_ipv4() {
        let mut to = Socket::bind("[::]:0".parse().unwrap(), From::Many).unwrap();
        let mut from = Socket::bind("127.0.0.1:0".parse().unwrap(), From::One).unwrap();
        from.send(SocketAddr::new([127, 0, 0, 1].into(), to.addr().unwrap().port()), b"ask");
        let sender = loop {
            if let Some((sender, b"ask")) = to.receive().unwrap() {
                break sender;
            }
        };
        assert!(sender.is_ipv4());
        to.send(sender, b"answer");
        while from.receive().unwrap().is_none_or(|(_, bytes)| bytes != b"answer") {}
    }
}
