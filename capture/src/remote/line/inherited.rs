//! A line that was there from the beginning: a socket between a program and its child. Nobody else is on it, so nothing is sealed, and the kernel loses nothing of it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use graph::Time;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{MsgFlags, SockType, getsockopt, recv, send, sockopt};
use wire::glouglou::{Caps, Datagram, MAX_DATAGRAM};

use super::{Heard, Line, Peer, Way};
use crate::remote::sender::Terms;

/// Contents that wait for the other end to read; what is more is lost, and its numbers say so.
const MAX_WAITING: usize = 64;
/// How soon what waits is tried again.
const AGAIN: Duration = Duration::from_millis(10);

/// One end of a socket of whole datagrams (`SOCK_SEQPACKET`).
pub struct Inherited {
    socket: OwnedFd,
    peer: Peer,
    name: String,
    sent: u64,
    is_told: bool,
    buffer: Vec<u8>,
    waiting: VecDeque<Vec<u8>>,
    end: End,
}

/// What comes of it that the other end says nothing any more.
enum End {
    /// Nothing will ever come.
    Fails,
    /// This is done, and what is left to say can still be said.
    Does(Box<dyn FnOnce() + Send>),
    /// It was done.
    Done,
}

impl Inherited {
    /// Takes an end of a socketpair over; the other end is called `name` and offers `caps`.
    ///
    /// # Errors
    /// Where it is no such socket.
    pub fn new(socket: OwnedFd, name: &str, caps: Caps) -> io::Result<Inherited> {
        if getsockopt(&socket, sockopt::SockType).ok() != Some(SockType::SeqPacket) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no socket of whole datagrams"));
        }
        let flags = OFlag::from_bits_truncate(fcntl(&socket, FcntlArg::F_GETFL)?);
        fcntl(&socket, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        let peer = Peer { id: 0, boot_id: None, caps, terms: Terms::default() };
        // One byte more than a datagram has, so that a longer one is seen to be.
        let (name, buffer, waiting) = (name.to_owned(), vec![0; MAX_DATAGRAM + 1], VecDeque::new());
        Ok(Inherited { socket, peer, name, sent: 0, is_told: false, buffer, waiting, end: End::Fails })
    }

    /// Once the other end says nothing any more, does `stop` instead of failing: the other end may still hear the rest.
    #[must_use]
    pub fn stopping(self, stop: impl FnOnce() + Send + 'static) -> Inherited {
        Inherited { end: End::Does(Box::new(stop)), ..self }
    }

    /// Sends what waits, as far as there is room.
    fn flush(&mut self) {
        while let Some(datagram) = self.waiting.front() {
            match send(self.socket.as_raw_fd(), datagram, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
                Err(Errno::EAGAIN | Errno::EINTR | Errno::ENOBUFS) => return,
                // Who is gone is found out by reading.
                Ok(_) | Err(_) => self.waiting.pop_front(),
            };
        }
    }
}

impl Line for Inherited {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        // It would be readable for ever.
        (!matches!(self.end, End::Done)).then(|| self.socket.as_fd())
    }

    fn receive(&mut self, _wall: Time) -> io::Result<Option<Heard>> {
        if !std::mem::replace(&mut self.is_told, true) {
            return Ok(Some(Heard::Up(self.peer)));
        }
        loop {
            let len = match recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(0) | Err(Errno::ECONNRESET) => match std::mem::replace(&mut self.end, End::Done) {
                    End::Fails => return Err(io::ErrorKind::UnexpectedEof.into()),
                    End::Does(stop) => {
                        stop();
                        return Ok(None);
                    }
                    End::Done => return Ok(None),
                },
                Ok(len) => len,
                Err(Errno::EAGAIN) => return Ok(None),
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            // What is nothing of ours has no meaning here.
            if let Ok(Datagram::Plain { seq, content, .. }) = Datagram::parse(self.buffer.get(..len).unwrap_or_default()) {
                return Ok(Some(Heard::Content { peer: self.peer.id, seq, content: content.to_vec() }));
            }
        }
    }

    fn send(&mut self, _wall: Time, peer: u32, content: &[u8]) -> bool {
        let datagram = Datagram::Plain { probe_id: peer, seq: self.sent, content }.to_bytes();
        self.sent += 1;
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(datagram);
        }
        self.flush();
        true
    }

    fn keep(&mut self, _wall: Time) {
        self.flush();
    }

    fn due(&self) -> Duration {
        if self.waiting.is_empty() { Duration::MAX } else { AGAIN }
    }

    fn way(&self, _peer: u32) -> Way {
        Way::default()
    }

    fn only_peer(&self) -> Option<u32> {
        Some(self.peer.id)
    }

    fn name(&self, _id: u32) -> String {
        self.name.clone()
    }
}
