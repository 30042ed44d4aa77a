//! The child's end: confines itself, then does what it is asked until its parent is gone.

use std::io::IoSlice;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::process::ExitCode;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, sendmsg, sendto, setsockopt,
    socket, sockopt,
};
use wire::netlink::conntrack;

use super::confine::confine;
use super::{ARGUMENT, QUESTION_BYTES, Question};
use crate::again;

/// Runs as the child if this program was started as one, to its end; none where it is not. First thing in `main`: no thread, no file yet.
pub fn serve_if_asked() -> Option<ExitCode> {
    again::is_asked(ARGUMENT).then(|| {
        // It was run as /proc/self/exe, and would be called so.
        let _it_has_another_name = prctl::set_name(c"glouglou-ct");
        match confine() {
            Ok(()) => serve(),
            Err(error) => {
                eprintln!("glouglou: the process that asks for connections: {error}");
                ExitCode::FAILURE
            }
        }
    })
}

/// Does what it is asked at standard input.
fn serve() -> ExitCode {
    let stdin = std::io::stdin();
    let parent = stdin.as_raw_fd();
    let (mut question, mut opened) = ([0; QUESTION_BYTES + 1], None::<OwnedFd>);
    loop {
        let len = match recv(parent, &mut question, MsgFlags::empty()) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(len) => len,
            Err(Errno::EINTR) => continue,
            Err(_) => return ExitCode::FAILURE,
        };
        // Who asks something else is not the parent it was made for.
        let Some((asked, question)) = question.get(..len).and_then(Question::parse) else { return ExitCode::FAILURE };
        let done = match question {
            Question::Open(buffer_bytes) => open(buffer_bytes).map(|socket| opened = Some(socket)),
            Question::Dump(number) => opened.as_ref().map_or(Err(Errno::EBADF), |socket| ask(socket, number)),
        };
        let handed_over = opened.as_ref().filter(|_| matches!(question, Question::Open(_)) && done.is_ok());
        if answer(parent, asked, done, handed_over.map(AsRawFd::as_raw_fd)).is_err() {
            return ExitCode::FAILURE;
        }
    }
}

/// A socket that hears of what comes and goes, with as large a buffer as may be.
fn open(buffer_bytes: u32) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkNetFilter)?;
    let buffer_bytes = usize::try_from(buffer_bytes).unwrap_or(usize::MAX);
    if setsockopt(&socket, sockopt::RcvBufForce, &buffer_bytes).is_err() {
        // Without the privilege to exceed it the kernel's own limit is what there is.
        let _as_much_as_may_be = setsockopt(&socket, sockopt::RcvBuf, &buffer_bytes);
    }
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, conntrack::GROUPS))?;
    Ok(socket)
}

fn ask(socket: &OwnedFd, number: u32) -> Result<(), Errno> {
    sendto(socket.as_raw_fd(), &conntrack::dump(number), &NetlinkAddr::new(0, 0), MsgFlags::empty()).map(drop)
}

fn answer(parent: RawFd, asked: u32, done: Result<(), Errno>, socket: Option<RawFd>) -> Result<(), Errno> {
    let errno = done.err().map_or(0, |errno| errno as i32);
    let bytes = [asked.to_ne_bytes(), errno.to_ne_bytes()].concat();
    let sockets: Vec<RawFd> = socket.into_iter().collect();
    let rights = [ControlMessage::ScmRights(&sockets)];
    let rights = if sockets.is_empty() { &[][..] } else { &rights[..] };
    sendmsg::<()>(parent, &[IoSlice::new(&bytes)], rights, MsgFlags::MSG_NOSIGNAL, None).map(drop)
}
