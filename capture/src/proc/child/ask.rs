//! The parent's end: starts the child, and asks it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

use graph::Unread;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};
use nix::unistd::geteuid;

use super::ARGUMENT;
use super::message::{ANSWER_BYTES, Answer, Question, What};
use crate::again;
use crate::proc::reader::Bytes;

/// What the child is called in lists of processes.
const NAME: &str = "glouglou-proc";

/// Why there is no child that reads /proc for this process.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChildError {
    /// It did not start.
    #[error("the process that reads /proc for others did not start: {0}")]
    Start(std::io::ErrorKind),
    /// It started, and could not confine itself.
    #[error("the process that reads /proc for others ended: {0}")]
    Ended(String),
    /// It does not answer any more.
    #[error("the process that reads /proc for others answers no more")]
    Silent,
}

impl ChildError {
    /// What to do about it.
    pub(in crate::proc) fn remedy(&self) -> &'static str {
        match self {
            ChildError::Start(_) | ChildError::Silent => "start glouglou again as root",
            ChildError::Ended(_) => {
                "start glouglou on Linux 5.10 or later, outside of a container or in one that has CAP_SYS_ADMIN and CAP_SYS_PTRACE"
            }
        }
    }
}

/// The child, as its parent knows it. A clone is the same one; it ends with the last of them.
#[derive(Clone, Debug)]
pub struct ProcChild(Arc<Mutex<Link>>);

#[derive(Debug)]
struct Link {
    /// None once it does not answer.
    socket: Option<OwnedFd>,
    child: Child,
    number: u32,
    answer: Answer,
}

impl ProcChild {
    /// Starts it, and waits until it is confined. None where this process is not root: it has no privilege to hand on. This is to be called
    /// before privileges are dropped.
    ///
    /// # Errors
    /// Where it does not start, or cannot confine itself; it has ended then.
    pub fn start() -> Result<Option<ProcChild>, ChildError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let (ours, child) = again::start(NAME, ARGUMENT).map_err(|error| ChildError::Start(error.kind()))?;
        let mut link = Link { socket: Some(ours), child, number: 0, answer: Answer::default() };
        match link.ask(Question { what: What::Ready, pid: 0, from: 0 }).map(Answer::found) {
            Some(Ok([])) => Ok(Some(ProcChild(Arc::new(Mutex::new(link))))),
            Some(Ok(why)) => Err(ChildError::Ended(String::from_utf8_lossy(why).into_owned())),
            Some(Err(_)) | None => Err(ChildError::Silent),
        }
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).child.id()
    }

    /// Whether it answers no more: what only it could read is not known from then on.
    pub fn is_gone(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).socket.is_none()
    }

    /// Asks, and hands the answer to `take`.
    pub(in crate::proc) fn ask<T>(&self, question: Question, take: impl FnOnce(&Answer) -> T) -> Result<T, Unread> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ask(question).map(take).ok_or(Unread::Denied)
    }

    /// Asks for what a file holds, at most `max` bytes of it, and does something else until the answer is there.
    pub(in crate::proc) fn read_while<T>(&self, what: What, pid: u32, max: usize, work: impl FnOnce() -> T) -> (T, Result<Bytes, Unread>) {
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = link.send(Question { what, pid, from: 0 });
        let done = work();
        let found = sent.and_then(|()| link.receive()).ok_or(Unread::Denied);
        (done, found.and_then(|answer| answer.found().map(|bytes| Bytes::from_slice(bytes.get(..max).unwrap_or(bytes)))))
    }

    /// What a file holds, at most `max` bytes of it.
    pub(in crate::proc) fn read(&self, what: What, pid: u32, max: usize) -> Result<Bytes, Unread> {
        self.read_while(what, pid, max, || ()).1
    }

    /// Asks on until all was told, at most so many times. Bytes of a whole number of entries come to `take`.
    pub(in crate::proc) fn go_on(&self, what: What, pid: u32, max: usize, mut take: impl FnMut(&[u8])) -> Result<(), Unread> {
        let mut from = 0;
        for _ in 0..max {
            let next = self.ask(Question { what, pid, from }, |answer| answer.found().map(&mut take).map(|()| answer.next()))??;
            // Who goes back is not believed.
            match next.filter(|next| *next > from) {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
        Ok(())
    }
}

impl Link {
    fn ask(&mut self, question: Question) -> Option<&Answer> {
        self.send(question)?;
        self.receive()
    }

    /// Whatever fails, it is asked nothing any more, and so ends: an answer that came later would be taken for the next one's.
    fn send(&mut self, question: Question) -> Option<()> {
        self.number = self.number.wrapping_add(1);
        let socket = self.socket.as_ref()?.as_raw_fd();
        let sent = send(socket, &question.emit(self.number), MsgFlags::MSG_NOSIGNAL);
        if sent.is_err() {
            self.socket = None;
        }
        sent.ok().map(drop)
    }

    fn receive(&mut self) -> Option<&Answer> {
        let socket = self.socket.as_ref()?.as_raw_fd();
        let received = loop {
            match recv(socket, self.answer.bytes_mut(), MsgFlags::empty()) {
                Err(Errno::EINTR) => {}
                received => break received,
            }
        };
        if received != Ok(ANSWER_BYTES) || self.answer.number() != self.number {
            self.socket = None;
            return None;
        }
        Some(&self.answer)
    }
}

impl Drop for Link {
    /// It ends when nobody can ask it any more.
    fn drop(&mut self) {
        self.socket = None;
        again::end(&mut self.child);
    }
}
