//! The child's end: confines itself, then answers until its parent is gone.

use std::ffi::OsString;
use std::os::fd::AsRawFd;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::socket::{MsgFlags, recv, send};

use super::super::line::Addresses;
use super::ARGUMENT;
use super::message::{QUESTION_BYTES, Question, answer, number};
use crate::confined::close_inherited;
use crate::privilege::confine::{Duty, confine};

/// Runs as the child if this program was started as one, to its end; none where it is not. First thing in `main`: no thread, no file yet.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_none_or(|first| first != ARGUMENT) {
        return None;
    }
    let host = arguments.next().filter(|_| arguments.next().is_none()).map(OsString::into_string);
    let Some(Ok(host)) = host else { return Some(ExitCode::FAILURE) };
    // It was run as /proc/self/exe, and would be called so. It ends with its parent even while it waits for a server.
    let _it_has_another_name = prctl::set_name(c"ggprobe-names");
    let _its_socket_ends_too = prctl::set_pdeathsig(Signal::SIGKILL);
    // What the parent captures with is not for whoever hears servers of names.
    let confined = close_inherited().map_err(|error| error.to_string());
    if let Err(error) = confined.and_then(|()| confine(Duty::LookUp, None).map_err(|error| error.to_string())) {
        eprintln!("ggprobe: the process that looks names up is not confined, and ends: {error}");
        return Some(ExitCode::FAILURE);
    }
    Some(serve(&host))
}

/// Answers what stands at standard input.
fn serve(host: &str) -> ExitCode {
    let stdin = std::io::stdin();
    let socket = stdin.as_raw_fd();
    let mut bytes = [0; QUESTION_BYTES + 1];
    let mut addresses = Addresses::default();
    loop {
        let len = match recv(socket, &mut bytes, MsgFlags::empty()) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(len) => len,
            Err(Errno::EINTR) => continue,
            Err(_) => return ExitCode::FAILURE,
        };
        let question: Option<Question> = bytes.get(..len).and_then(|bytes| bytes.try_into().ok());
        // Who asks something else is not the parent it was made for.
        let Some(question) = question else { return ExitCode::FAILURE };
        if send(socket, &answer(number(question), addresses.next(host, 0)), MsgFlags::MSG_NOSIGNAL).is_err() {
            return ExitCode::FAILURE;
        }
    }
}
