//! Small files below a directory that is held open.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use graph::Unread;
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, readlinkat};
use nix::sys::stat::Mode;
use nix::unistd::read as read_some;
use smallvec::SmallVec;

/// What was read; what usually is read needs no memory of its own.
pub(in crate::proc) type Bytes = SmallVec<[u8; 1024]>;

/// What a file holds, at most `max` bytes of it. A file of /proc may come in pieces.
pub(super) fn read(at: BorrowedFd<'_>, name: &str, max: usize) -> Result<Bytes, Unread> {
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = openat(at, name, flags, Mode::empty()).map_err(why)?;
    let mut bytes = SmallVec::from_elem(0, max.min(1024));
    let mut filled = 0;
    loop {
        let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) else {
            if filled >= max {
                break;
            }
            bytes.resize((filled * 4).min(max), 0);
            continue;
        };
        match read_some(&file, free) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(why(errno)),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// A directory, to be read from while it may vanish.
pub(super) fn directory(at: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Unread> {
    openat(at, name, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()).map_err(why)
}

/// Where a symbolic link leads, at most a path's length.
pub(super) fn link(at: BorrowedFd<'_>, name: &str) -> Result<Bytes, Unread> {
    readlinkat(at, name).map(|path| Bytes::from_slice(path.as_bytes())).map_err(why)
}

/// What an error means here.
pub(super) fn why(errno: Errno) -> Unread {
    match errno {
        Errno::ENOENT | Errno::ESRCH | Errno::ENOTDIR => Unread::Gone,
        Errno::EACCES | Errno::EPERM => Unread::Denied,
        _ => Unread::Untold,
    }
}
