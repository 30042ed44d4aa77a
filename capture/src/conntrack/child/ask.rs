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
    /// It is gone.
    #[error("the process that asks the kernel for connections is gone")]
    Gone,
    /// It did not answer in time; it may do so another time.
    #[error("the process that asks the kernel for connections does not answer")]
    Silent,
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
    /// The number of the last question: what answers an earlier one came too late.
    asked: u32,
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
        Ok(Asker(Arc::new(Mutex::new(Line { socket, asked: 0, child }))))
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
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.asked = line.asked.wrapping_add(1);
        let socket = line.socket.as_raw_fd();
        send(socket, &question.bytes(line.asked), MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT).map_err(failed)?;
        loop {
            match receive(socket)? {
                (asked, ..) if asked != line.asked => {}
                (_, 0, handed) => return Ok(handed),
                (_, errno, _) => return Err(AskerError::Refused(Errno::from_raw(errno))),
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        again::end(&mut self.child);
    }
}

fn failed(errno: Errno) -> AskerError {
    if errno == Errno::EAGAIN { AskerError::Silent } else { AskerError::Gone }
}

/// The next answer: to which question, the number of an error, and what was handed over.
fn receive(from: RawFd) -> Result<(u32, i32, Option<OwnedFd>), AskerError> {
    let mut bytes = [0; ANSWER_BYTES];
    let mut room = [IoSliceMut::new(&mut bytes)];
    let mut rights = cmsg_space!(RawFd);
    let received = loop {
        match recvmsg::<()>(from, &mut room, Some(&mut rights), MsgFlags::MSG_CMSG_CLOEXEC) {
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(failed(errno)),
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
    let [a, b, c, d, e, f, g, h] = bytes;
    Ok((u32::from_ne_bytes([a, b, c, d]), i32::from_ne_bytes([e, f, g, h]), socket))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use nix::sys::socket::sockopt::ReceiveTimeout;
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socketpair};
    use nix::sys::time::{TimeVal, TimeValLike};

    use super::*;

    #[test]
    fn an_answer_that_comes_too_late_is_not_taken_for_the_next_ones() {
        let (socket, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        setsockopt(&socket, ReceiveTimeout, &TimeVal::milliseconds(20)).unwrap();
        let child = Command::new("true").spawn().unwrap();
        let asker = Asker(Arc::new(Mutex::new(Line { socket, asked: 0, child })));
        assert_eq!(asker.dump(7), Err(AskerError::Silent));
        // It is answered now, that it was refused; and so is the next one, that it was not.
        for (asked, errno) in [(1_u32, Errno::EPERM as i32), (2, 0)] {
            send(theirs.as_raw_fd(), &[asked.to_ne_bytes(), errno.to_ne_bytes()].concat(), MsgFlags::empty()).unwrap();
        }
        assert_eq!(asker.dump(8), Ok(()));
        drop(theirs);
        assert_eq!(asker.dump(9), Err(AskerError::Gone));
    }
}
