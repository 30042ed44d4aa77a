//! The parent's end: starts the child, and asks it, without waiting.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};

use super::message::{ANSWER_BYTES, Said, parse_answer, question};
use super::{ARGUMENT, PACE, PATIENCE, Probe, Probed};
use crate::again;

/// What the child is called in lists of processes.
const NAME: &str = "glouglou-trace";
/// Who does not answer in this time never will.
const MAX_SILENCE: Duration = PACE.saturating_add(PATIENCE).saturating_add(Duration::from_secs(4));

/// Why routes cannot be traced.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TraceError {
    /// It did not start.
    #[error("the process that traces routes did not start: {0}")]
    Start(String),
    /// It started, and may not send or could not confine itself.
    #[error("the process that traces routes {0}")]
    Ended(String),
    /// It does not answer any more.
    #[error("the process that traces routes answers no more")]
    Silent,
}

/// The child, as its parent knows it. It ends with it.
#[derive(Debug)]
pub struct TraceChild {
    socket: OwnedFd,
    /// After the socket: once nobody can ask it any more, it ends by itself, even where this process may not end it.
    child: Ending,
    number: u32,
    asked: Option<Instant>,
}

impl TraceChild {
    /// Starts it, and waits until it is confined. It needs root, or `CAP_NET_RAW` that is handed on to it. This is to be called before privileges are
    /// dropped.
    ///
    /// # Errors
    /// Where it does not start, may not send, or cannot confine itself; it has ended then.
    pub fn start() -> Result<TraceChild, TraceError> {
        let (socket, child) = again::start(NAME, ARGUMENT).map_err(|error| TraceError::Start(error.to_string()))?;
        let mut child = TraceChild { socket, child: Ending(child), number: 0, asked: None };
        child.send(None)?;
        match child.receive(MsgFlags::empty())? {
            Some(Said::Ready) => Ok(child),
            Some(Said::Failed(why)) => Err(TraceError::Ended(why)),
            Some(Said::Probed(_)) | None => Err(TraceError::Silent),
        }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// Asks; it must not be asked already.
    pub(in crate::trace) fn ask(&mut self, probe: Probe) -> Result<(), TraceError> {
        self.send(Some(probe))?;
        self.asked = Some(Instant::now());
        Ok(())
    }

    /// Whether it was asked and has not answered.
    pub(in crate::trace) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// The answer, if it is there.
    pub(in crate::trace) fn answer(&mut self) -> Result<Option<Probed>, TraceError> {
        match self.receive(MsgFlags::MSG_DONTWAIT)? {
            Some(Said::Probed(probed)) => {
                self.asked = None;
                Ok(Some(probed))
            }
            Some(Said::Ready | Said::Failed(_)) => Err(TraceError::Silent),
            None if self.asked.is_some_and(|asked| asked.elapsed() > MAX_SILENCE) => Err(TraceError::Silent),
            None => Ok(None),
        }
    }

    fn send(&mut self, probe: Option<Probe>) -> Result<(), TraceError> {
        self.number = self.number.wrapping_add(1);
        let sent = send(self.socket.as_raw_fd(), &question(self.number, probe), MsgFlags::MSG_NOSIGNAL);
        sent.map(drop).map_err(|_| TraceError::Silent)
    }

    fn receive(&mut self, flags: MsgFlags) -> Result<Option<Said>, TraceError> {
        let mut bytes = [0; ANSWER_BYTES + 1];
        let len = loop {
            match recv(self.socket.as_raw_fd(), &mut bytes, flags) {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(None),
                Ok(0) | Err(_) => return Err(TraceError::Silent),
                Ok(len) => break len,
            }
        };
        let (number, said) = bytes.get(..len).and_then(parse_answer).ok_or(TraceError::Silent)?;
        if number == self.number { Ok(Some(said)) } else { Err(TraceError::Silent) }
    }
}

impl AsFd for TraceChild {
    /// Readable where an answer is there.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A child whose end is waited for, a moment.
#[derive(Debug)]
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        again::end(&mut self.0);
    }
}
