//! Unix sockets at which this program listens and Suricata connects: lines in a stream, or a datagram each.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{MsgFlags, recv};
use wire::eve::{Lines, MAX_LINE};

/// As many may be connected at a time.
const MAX_STREAMS: usize = 32;
/// So much is read of each before anything else is done.
const READ_BYTES: usize = 1 << 20;
/// A datagram counts as so much at least.
const MIN_DATAGRAM: usize = 256;
const BUFFER_BYTES: usize = 128 << 10;
/// Its own user and group may write there.
const MODE: u32 = 0o660;
/// What epoll(7) knows the socket by at which one listens.
const LISTENS: u64 = u64::MAX;

/// A socket file of ours, which is removed with it.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    identity: (u64, u64),
}

impl Place {
    /// Takes the path: what listens there no more makes room.
    fn take<T>(path: &Path, bind: impl Fn(&Path) -> io::Result<T>, is_heard: impl Fn(&Path) -> io::Result<()>) -> io::Result<(T, Place)> {
        if let Ok(there) = fs::symlink_metadata(path) {
            if !there.file_type().is_socket() {
                return Err(io::Error::new(
                    ErrorKind::AlreadyExists,
                    "something that is no socket has that name: remove it, or name another",
                ));
            }
            match is_heard(path) {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(error),
                Ok(()) | Err(_) => {
                    return Err(io::Error::new(ErrorKind::AddrInUse, "another program listens there: end it, or name another"));
                }
            }
        }
        let bound = bind(path)?;
        let metadata = fs::symlink_metadata(path)?;
        let place = Place { path: path.to_owned(), identity: (metadata.dev(), metadata.ino()) };
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        Ok((bound, place))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Unless somebody else has the name by now.
        if fs::symlink_metadata(&self.path).is_ok_and(|there| (there.dev(), there.ino()) == self.identity) {
            let _gone_already = fs::remove_file(&self.path);
        }
    }
}

/// Datagrams.
#[derive(Debug)]
pub(super) struct Datagrams {
    socket: UnixDatagram,
    buffer: Vec<u8>,
    _place: Place,
}

impl Datagrams {
    pub(super) fn open(path: &Path) -> io::Result<Datagrams> {
        let (socket, place) = Place::take(path, |path| UnixDatagram::bind(path), |path| UnixDatagram::unbound()?.connect(path))?;
        socket.set_nonblocking(true)?;
        Ok(Datagrams { socket, buffer: vec![0; MAX_LINE + 1], _place: place })
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Hands over what came; each datagram is a line, or more of them.
    pub(super) fn read(&mut self, mut line: impl FnMut(Option<&[u8]>)) -> io::Result<()> {
        let mut read = 0;
        while read < READ_BYTES {
            let len = match recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT) {
                Ok(len) => len,
                Err(nix::errno::Errno::EAGAIN) => return Ok(()),
                Err(nix::errno::Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            // An empty one is one, too.
            read += len.max(MIN_DATAGRAM);
            // Its own length is told, also where it is longer than what there is room for.
            match self.buffer.get(..len) {
                Some(datagram) => {
                    let mut lines = Lines::default();
                    lines.take(datagram, &mut line);
                    lines.end(&mut line);
                }
                None => line(None),
            }
        }
        Ok(())
    }
}

/// Streams, and where they come to.
#[derive(Debug)]
pub(super) struct Streams {
    /// Readable where one of them is.
    poll: Epoll,
    listener: UnixListener,
    streams: Vec<(u64, UnixStream, Lines)>,
    next: u64,
    buffer: Vec<u8>,
    _place: Place,
}

impl Streams {
    pub(super) fn open(path: &Path) -> io::Result<Streams> {
        let (listener, place) = Place::take(path, |path| UnixListener::bind(path), |path| UnixStream::connect(path).map(drop))?;
        listener.set_nonblocking(true)?;
        let poll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        poll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENS))?;
        Ok(Streams { poll, listener, streams: Vec::new(), next: 0, buffer: vec![0; BUFFER_BYTES], _place: place })
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.poll.0.as_fd()
    }

    /// How many are connected.
    pub(super) fn connected(&self) -> usize {
        self.streams.len()
    }

    /// Hands over what came; how many were turned away because there are too many.
    pub(super) fn read(&mut self, mut line: impl FnMut(Option<&[u8]>)) -> io::Result<u64> {
        let mut ready = [EpollEvent::empty(); MAX_STREAMS + 1];
        let many = match self.poll.wait(&mut ready, EpollTimeout::ZERO) {
            Ok(many) => many,
            Err(nix::errno::Errno::EINTR) => 0,
            Err(error) => return Err(error.into()),
        };
        let mut refused = 0;
        for event in ready.iter().take(many) {
            match event.data() {
                LISTENS => refused += self.accept()?,
                number => self.read_one(number, &mut line),
            }
        }
        Ok(refused)
    }

    fn accept(&mut self) -> io::Result<u64> {
        let mut refused = 0;
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(refused),
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => continue,
                Err(error) => return Err(error),
            };
            if self.streams.len() >= MAX_STREAMS {
                refused += 1;
                continue;
            }
            stream.set_nonblocking(true)?;
            self.next = (self.next + 1) % LISTENS;
            self.poll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, self.next))?;
            self.streams.push((self.next, stream, Lines::default()));
        }
    }

    /// Reads one stream; one that ended, or broke, is let go of.
    fn read_one(&mut self, number: u64, mut line: impl FnMut(Option<&[u8]>)) {
        let Some(at) = self.streams.iter().position(|(known, _, _)| *known == number) else { return };
        let Some((_, stream, lines)) = self.streams.get_mut(at) else { return };
        let mut read = 0;
        while read < READ_BYTES {
            match stream.read(&mut self.buffer) {
                Ok(len) if len > 0 => {
                    read += len;
                    lines.take(self.buffer.get(..len).unwrap_or_default(), &mut line);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => {
                    lines.end(&mut line);
                    let _known_to_it = self.poll.delete(&*stream);
                    self.streams.remove(at);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::{Duration, Instant};

    use super::*;

    fn until(mut holds: impl FnMut() -> bool) {
        let late = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < late, "it never came to hold");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_datagram_is_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("eve.sock");
        let mut datagrams = Datagrams::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        let sender = UnixDatagram::unbound().unwrap();
        for datagram in [&b"one\n"[..], b"two", b"three\nfour\n"] {
            sender.send_to(datagram, &path).unwrap();
        }
        let mut lines = Vec::new();
        datagrams.read(|line| lines.push(String::from_utf8(line.unwrap().to_vec()).unwrap())).unwrap();
        assert_eq!(lines, ["one", "two", "three", "four"]);
        // What the kernel takes of anybody at once may be longer than a line.
        if nix::sys::socket::setsockopt(&sender, nix::sys::socket::sockopt::SndBufForce, &(4 << 20)).is_ok() {
            sender.send_to(&vec![b'x'; MAX_LINE + 2], &path).unwrap();
            let mut too_long = 0;
            datagrams.read(|line| too_long += usize::from(line.is_none())).unwrap();
            assert_eq!(too_long, 1);
        }
        drop(datagrams);
        assert!(!path.exists());
    }

    #[test]
    fn streams_come_and_go_and_each_has_its_own_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("eve.sock");
        let mut streams = Streams::open(&path).unwrap();
        let mut connected: Vec<UnixStream> = (0..2).map(|_| UnixStream::connect(&path).unwrap()).collect();
        connected[0].write_all(b"on").unwrap();
        connected[1].write_all(b"two\nthr").unwrap();
        connected[0].write_all(b"e\n").unwrap();
        let mut lines = Vec::new();
        until(|| {
            assert_eq!(streams.read(|line| lines.push(String::from_utf8(line.unwrap().to_vec()).unwrap())).unwrap(), 0);
            lines.len() == 2
        });
        assert_eq!(streams.connected(), 2);
        drop(connected);
        until(|| {
            streams.read(|line| lines.push(String::from_utf8(line.unwrap().to_vec()).unwrap())).unwrap();
            streams.connected() == 0
        });
        lines.sort();
        assert_eq!(lines, ["one", "thr", "two"]);
        let crowd: Vec<UnixStream> = (0..MAX_STREAMS + 3).map(|_| UnixStream::connect(&path).unwrap()).collect();
        let mut refused = 0;
        until(|| {
            refused += streams.read(|_| {}).unwrap();
            refused == 3
        });
        drop(crowd);
    }

    #[test]
    fn a_stale_socket_makes_room_and_nothing_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("eve.sock");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "it is left behind");
        let streams = Streams::open(&path).unwrap();
        assert_eq!(Streams::open(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(streams);
        drop(UnixDatagram::bind(&path).unwrap());
        let first = Datagrams::open(&path).unwrap();
        assert_eq!(Datagrams::open(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
        fs::remove_file(&path).unwrap();
        let second = Datagrams::open(&path).unwrap();
        drop(first);
        assert!(path.exists(), "the name is another's by now");
        assert_eq!(Streams::open(&path).unwrap_err().kind(), ErrorKind::AddrInUse, "who hears datagrams listens, too");
        assert!(path.exists());
        drop(second);
        fs::write(&path, "precious").unwrap();
        assert_eq!(Streams::open(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}
