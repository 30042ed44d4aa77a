//! This program started anew, as a child of one purpose that a socket leads to.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socketpair};
use nix::sys::time::{TimeVal, TimeValLike};

/// The program that runs, even where its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// Who is silent for so long is not waited for any more.
const PATIENCE_SECS: i64 = 2;
/// It ends within some microseconds; who does not, as one that was stopped, ends later.
const END_WITHIN: Duration = Duration::from_millis(50);

/// Starts it with one argument, and a name for lists of processes. Its standard input is the other end of the socket, which keeps the bounds of
/// messages; nothing else is handed on.
pub(crate) fn start(name: &str, argument: &str) -> io::Result<(OwnedFd, Child)> {
    // A program that does not serve would start itself again and again.
    if is_asked(argument) {
        return Err(io::Error::other("this program does not serve as one"));
    }
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
    setsockopt(&ours, ReceiveTimeout, &TimeVal::seconds(PATIENCE_SECS))?;
    // Its own group: a Ctrl-C is for the parent, which tells it by going.
    let mut command = Command::new(THIS_PROGRAM);
    command.arg0(name).arg(argument).env_clear().process_group(0).stdin(theirs).stdout(Stdio::null());
    Ok((ours, command.spawn()?))
}

/// Whether this is such a child.
pub(crate) fn is_asked(argument: &str) -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == argument) && arguments.next().is_none()
}

/// Whom nobody can ask any more ends. Who was killed while it stood still is gone at once; to do that takes its user, or root.
pub(crate) fn end(child: &mut Child) {
    let _it_ends_by_itself = child.kill();
    let until = Instant::now() + END_WITHIN;
    while matches!(child.try_wait(), Ok(None)) && Instant::now() < until {
        thread::sleep(Duration::from_micros(500));
    }
}
