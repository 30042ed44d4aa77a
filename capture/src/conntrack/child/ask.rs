//! The parent's end: starts the child, and asks it.

use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, send};

use super::{ANSWER_BYTES, ARGUMENT, Question};
use crate::again;

/// What the child is called in lists of processes.
const NAME: &str = "glouglou-conntrack";

/// Why the kernel cannot be asked.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum AskerError {
    /// The child did not start.
    #[error("the process that asks the kernel for connections did not start: {0}")]
    Start(String),
    /// It is gone, or does not answer.
    #[error("the process that asks the kernel for connections is gone; start glouglou again")]
    Gone,
    /// The kernel refused.
    #[error("the kernel does not tell of connections: {}", .0.desc())]
    Refused(Errno),
}

/// The child, as its parent knows it. It ends with the last of these.
#[derive(Clone, Debug)]
pub struct Asker(Arc<Mutex<Line>>);

#[derive(Debug)]
struct Line {
    socket: OwnedFd,
    /// After the socket: once nobody can ask it any more, it ends by itself.
    child: Child,
}

impl Asker {
    /// Starts it. It can ask only if it is root, or has `CAP_NET_ADMIN`: this is to be called before privileges are dropped.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start() -> Result<Asker, AskerError> {
        let (socket, child) = again::start(NAME, ARGUMENT).map_err(|error| AskerError::Start(error.to_string()))?;
        Ok(Asker(Arc::new(Mutex::new(Line { socket, child }))))
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).child.id()
    }

    /// A socket that hears what comes and goes; what is asked for from now on comes there.
    pub(in crate::conntrack) fn open(&self, buffer_bytes: u32) -> Result<OwnedFd, AskerError> {
        self.ask(Question::Open(buffer_bytes))?.ok_or(AskerError::Gone)
    }

    /// Asks for all entries, by that number.
    pub(in crate::conntrack) fn dump(&self, number: u32) -> Result<(), AskerError> {
        self.ask(Question::Dump(number)).map(drop)
    }

    fn ask(&self, question: Question) -> Result<Option<OwnedFd>, AskerError> {
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        send(line.socket.as_raw_fd(), &question.bytes(), MsgFlags::MSG_NOSIGNAL).map_err(|_| AskerError::Gone)?;
        let (errno, socket) = receive(line.socket.as_raw_fd())?;
        match errno {
            0 => Ok(socket),
            errno => Err(AskerError::Refused(Errno::from_raw(errno))),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        again::end(&mut self.child);
    }
}

fn receive(from: RawFd) -> Result<(i32, Option<OwnedFd>), AskerError> {
    let mut bytes = [0; ANSWER_BYTES];
    let mut room = [IoSliceMut::new(&mut bytes)];
    let mut rights = cmsg_space!(RawFd);
    let received = loop {
        match recvmsg::<()>(from, &mut room, Some(&mut rights), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            Err(_) => return Err(AskerError::Gone),
            Ok(received) => break received,
        }
    };
    if received.bytes != ANSWER_BYTES {
        return Err(AskerError::Gone);
    }
    let handed = received.cmsgs().map_err(|_| AskerError::Gone)?.find_map(|message| match message {
        ControlMessageOwned::ScmRights(sockets) => sockets.first().copied(),
        _ => None,
    });
    #[expect(unsafe_code, reason = "a descriptor that was handed over is a number until somebody owns it")]
    // SAFETY: the kernel made this descriptor for us with the message that was just received, and nobody else knows it.
    let socket = handed.map(|socket| unsafe { OwnedFd::from_raw_fd(socket) });
    Ok((i32::from_ne_bytes(bytes), socket))
}
