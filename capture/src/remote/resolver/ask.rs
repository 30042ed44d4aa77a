//! The asker's end: starts the child, and asks it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;

use crossbeam_channel::bounded;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};

use super::message::{ANSWER_BYTES, found, question};
use super::{ARGUMENT, NAME};
use crate::remote::line::Lookup;

/// The program that runs, even where its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Says where one host is.
#[derive(Debug)]
pub struct Resolver {
    port: u16,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// It was an address.
    Known(IpAddr),
    /// The child ends when nobody can ask it any more.
    Asked { socket: OwnedFd, _child: Child, number: u32 },
}

impl Resolver {
    /// For a host of that name, or that address. Only a name takes a child: this is to be called before this process is confined.
    ///
    /// # Errors
    /// Where the child does not start.
    pub fn start(host: &str, port: u16) -> io::Result<Resolver> {
        if let Ok(addr) = host.parse() {
            return Ok(Resolver { port, way: Way::Known(addr) });
        }
        // A program that does not serve would start itself again and again.
        if std::env::args_os().any(|argument| argument == ARGUMENT) {
            return Err(io::Error::other("this program does not look names up"));
        }
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        // Its own group: a Ctrl-C is for the parent, which tells it by going.
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0(NAME).args([ARGUMENT, host]).env_clear().process_group(0).stdin(theirs).stdout(Stdio::null());
        let child = command.spawn()?;
        Ok(Resolver { port, way: Way::Asked { socket: ours, _child: child, number: 0 } })
    }

    /// Answers what a line asks, on a thread of its own, for as long as somebody asks and the child answers.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn serve(mut self) -> io::Result<Lookup> {
        let (ask, asked) = bounded(1);
        let (tell, answers) = bounded(1);
        let work = move || while asked.recv().is_ok() && self.look_up().is_ok_and(|found| tell.send(found).is_ok()) {};
        thread::Builder::new().name("lookup".into()).spawn(work)?;
        Ok(Lookup::new(ask, answers))
    }

    /// Where the host is; none where it is not found. It may take long.
    ///
    /// # Errors
    /// Where nobody is there to answer any more.
    pub fn look_up(&mut self) -> io::Result<Option<SocketAddr>> {
        let (socket, number) = match &mut self.way {
            Way::Known(addr) => return Ok(Some(SocketAddr::new(*addr, self.port))),
            Way::Asked { socket, number, .. } => (socket.as_raw_fd(), number),
        };
        *number = number.wrapping_add(1);
        send(socket, &question(*number), MsgFlags::MSG_NOSIGNAL)?;
        let mut bytes = [0; ANSWER_BYTES + 1];
        let len = loop {
            match recv(socket, &mut bytes, MsgFlags::empty()) {
                Err(Errno::EINTR) => {}
                len => break len?,
            }
        };
        match found(bytes.get(..len).unwrap_or_default(), self.port) {
            Some((answered, addr)) if answered == *number => Ok(addr),
            _ => Err(io::Error::other("the process that looks names up ended, or said something else")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_own_answer() {
        let mut resolver = Resolver::start("2001:db8::1", 443).unwrap();
        assert_eq!(resolver.look_up().unwrap(), Some("[2001:db8::1]:443".parse().unwrap()));
    }
}
