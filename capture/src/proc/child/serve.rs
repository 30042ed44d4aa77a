//! The child's end: confines itself, then answers until its parent is gone.

use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::ExitCode;

use graph::Unread;
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::socket::{MsgFlags, recv, send};

use super::ARGUMENT;
use super::confine::confine;
use super::message::{Answer, MAX_PIDS, QUESTION_BYTES, Question, What, has_room_for_socket, put_socket};
use crate::again;
use crate::proc::reader::{Descriptors, Procfs};

/// Descriptors that are looked at for one question: a process may have a million.
const MAX_LOOKED_AT: usize = 4096;

/// Runs as the child if this program was started as one, to its end; none where it is not. First thing in `main`: no thread, no file yet.
pub fn serve_if_asked() -> Option<ExitCode> {
    again::is_asked(ARGUMENT).then(|| {
        // It was run as /proc/self/exe, and would be called so.
        let _it_has_another_name = prctl::set_name(c"glouglou-proc");
        let confined = confine().map_err(|error| error.to_string());
        serve(confined)
    })
}

/// Answers what stands at standard input. What hindered it from confining itself is its only answer.
fn serve(confined: Result<(), String>) -> ExitCode {
    let stdin = std::io::stdin();
    let socket = stdin.as_raw_fd();
    let (mut question, mut answer, mut bytes, mut listed) = ([0; QUESTION_BYTES + 1], Answer::default(), Vec::new(), None);
    let procfs = confined.and_then(|()| Procfs::open(Path::new("/"), None).map_err(|error| format!("cannot read /proc: {error}")));
    loop {
        let len = match recv(socket, &mut question, MsgFlags::empty()) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(len) => len,
            Err(Errno::EINTR) => continue,
            Err(_) => return ExitCode::FAILURE,
        };
        // Who asks something else is not the parent it was made for.
        let Some((number, question)) = question.get(..len).and_then(Question::parse) else { return ExitCode::FAILURE };
        bytes.clear();
        match &procfs {
            Ok(procfs) => {
                let found = find(procfs, question, &mut listed, &mut bytes);
                answer.set(number, found.map(|_| bytes.as_slice()));
                answer.set_next(found.ok().flatten().unwrap_or_default());
            }
            Err(why) => answer.set(number, Ok(why.as_bytes())),
        }
        if send(socket, answer.bytes(), MsgFlags::MSG_NOSIGNAL).is_err() || procfs.is_err() {
            return ExitCode::FAILURE;
        }
    }
}

/// The descriptors of a process that are not told yet, and from which one on: to go through them once more for each question would take long.
struct Listed {
    pid: u32,
    next: u32,
    descriptors: Descriptors,
}

/// Puts what was found into `bytes`, and says from where to ask on.
fn find(
    procfs: &Procfs,
    Question { what, pid, from }: Question,
    listed: &mut Option<Listed>,
    bytes: &mut Vec<u8>,
) -> Result<Option<u32>, Unread> {
    match what {
        What::Ready => {}
        What::Pids => {
            let mut pids = procfs.pids().map_err(|_| Unread::Untold)?.into_iter().filter(|pid| *pid >= from);
            pids.by_ref().take(MAX_PIDS).for_each(|pid| bytes.extend(pid.to_ne_bytes()));
            return Ok(pids.next());
        }
        What::Stat | What::Status | What::Command | What::Cgroup | What::Exe | What::Namespace => {
            bytes.extend_from_slice(&procfs.of(pid, what)?);
        }
        What::Sockets => return sockets(procfs, pid, from, listed, bytes),
        What::Socket => put_socket(bytes, from, procfs.socket(pid, from).ok_or(Unread::Gone)?),
    }
    Ok(None)
}

fn sockets(procfs: &Procfs, pid: u32, from: u32, listed: &mut Option<Listed>, bytes: &mut Vec<u8>) -> Result<Option<u32>, Unread> {
    let (before, mut next) = (listed.take().filter(|listed| (listed.pid, listed.next) == (pid, from)), from);
    let mut descriptors = before.map_or_else(|| procfs.descriptors(pid, from), |listed| Ok(listed.descriptors))?;
    for _ in 0..MAX_LOOKED_AT {
        if !has_room_for_socket(bytes) {
            break;
        }
        let Some((descriptor, socket)) = descriptors.next() else { return Ok(None) };
        next = descriptor.saturating_add(1);
        if let Some(inode) = socket {
            put_socket(bytes, descriptor, inode);
        }
    }
    *listed = Some(Listed { pid, next, descriptors });
    Ok(Some(next))
}
