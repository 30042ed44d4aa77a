//! The child's end: confines itself, then answers until its parent is gone.

use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::ExitCode;

use graph::Unread;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};

use super::ARGUMENT;
use super::confine::confine;
use super::message::{Answer, MAX_PIDS, QUESTION_BYTES, Question, What, has_room_for_socket, put_socket};
use crate::proc::reader::Procfs;

/// Descriptors that are looked at for one question: a process may have a million.
const MAX_LOOKED_AT: usize = 4096;

/// Runs as the child if this program was started as one, to its end; none where it is not. First thing in `main`: no thread, no file yet.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let asked = arguments.next().is_some_and(|first| first == ARGUMENT) && arguments.next().is_none();
    asked.then(|| {
        let confined = confine().map_err(|error| error.to_string());
        serve(confined)
    })
}

/// Answers what stands at standard input. What hindered it from confining itself is its only answer.
fn serve(confined: Result<(), String>) -> ExitCode {
    let stdin = std::io::stdin();
    let socket = stdin.as_raw_fd();
    let (mut question, mut answer, mut bytes) = ([0; QUESTION_BYTES + 1], Answer::default(), Vec::new());
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
                let found = find(procfs, question, &mut bytes);
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

/// Puts what was found into `bytes`, and says from where to ask on.
fn find(procfs: &Procfs, Question { what, pid, from }: Question, bytes: &mut Vec<u8>) -> Result<Option<u32>, Unread> {
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
        What::Sockets => return sockets(procfs, pid, from, bytes),
        What::Socket => put_socket(bytes, from, procfs.socket(pid, from).ok_or(Unread::Gone)?),
    }
    Ok(None)
}

fn sockets(procfs: &Procfs, pid: u32, from: u32, bytes: &mut Vec<u8>) -> Result<Option<u32>, Unread> {
    let mut looked_at = 0;
    procfs.descriptors(pid, from, |descriptor, socket| {
        if looked_at >= MAX_LOOKED_AT || !has_room_for_socket(bytes) {
            return false;
        }
        looked_at += 1;
        if let Some(inode) = socket() {
            put_socket(bytes, descriptor, inode);
        }
        true
    })
}
