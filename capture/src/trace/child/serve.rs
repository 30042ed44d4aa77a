//! The child's end: confines itself, then answers until its parent is gone.

use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::socket::{MsgFlags, recv, send};

use super::confine::confine;
use super::message::{QUESTION_BYTES, Said, answer, parse_question};
use super::{ARGUMENT, PACE, Sockets};
use crate::again;

/// Runs as the child if this program was started as one, to its end; none where it is not. First thing in `main`: no thread, no file yet.
pub fn serve_if_asked() -> Option<ExitCode> {
    again::is_asked(ARGUMENT).then(|| {
        // It was run as /proc/self/exe, and would be called so.
        let _it_has_another_name = prctl::set_name(c"glouglou-trace");
        serve(confine(Sockets::open).map_err(|error| error.to_string()))
    })
}

/// Answers what stands at standard input. What hindered it from confining itself is its only answer.
fn serve(sockets: Result<Sockets, String>) -> ExitCode {
    let stdin = std::io::stdin();
    let socket = stdin.as_raw_fd();
    let (mut question, mut seq, mut sent) = ([0; QUESTION_BYTES + 1], 0_u16, None::<Instant>);
    loop {
        let len = match recv(socket, &mut question, MsgFlags::empty()) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(len) => len,
            Err(Errno::EINTR) => continue,
            Err(_) => return ExitCode::FAILURE,
        };
        // Who asks something else is not the parent it was made for.
        let Some((number, probe)) = question.get(..len).and_then(parse_question) else { return ExitCode::FAILURE };
        let said = match (&sockets, probe) {
            (Err(why), _) => Said::Failed(why.clone()),
            (Ok(_), None) => Said::Ready,
            (Ok(sockets), Some(probe)) => {
                thread::sleep(sent.map_or(PACE, |sent| PACE.saturating_sub(sent.elapsed())));
                sent = Some(Instant::now());
                seq = seq.wrapping_add(1);
                Said::Probed(sockets.probe(probe, seq))
            }
        };
        if send(socket, &answer(number, &said), MsgFlags::MSG_NOSIGNAL).is_err() || sockets.is_err() {
            return ExitCode::FAILURE;
        }
    }
}
