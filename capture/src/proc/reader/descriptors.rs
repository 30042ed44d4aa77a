//! What a process has open.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use graph::Unread;
use nix::dir::{Dir, OwningIter};
use nix::fcntl::readlinkat;

use super::file;
use super::procfs::number;

/// The descriptors of a process, in their order, each with the inode of its socket where it is one. It is of that process, though its number should
/// be used again; where one stops, one may go on.
pub(in crate::proc) struct Descriptors {
    entries: OwningIter,
    links: OwnedFd,
    from: u32,
}

impl Descriptors {
    /// Those in `folder`, from one on.
    pub(super) fn of(folder: OwnedFd, from: u32) -> Result<Descriptors, Unread> {
        let links = folder.try_clone().map_err(|_| Unread::Untold)?;
        let entries = Dir::from_fd(folder).map_err(file::why)?.into_iter();
        Ok(Descriptors { entries, links, from })
    }
}

impl Iterator for Descriptors {
    type Item = (u32, Option<u64>);

    /// What cannot be read any more is the end: the process is gone.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = self.entries.next()?.ok()?;
            if let Some(descriptor) = number(entry.file_name()).filter(|descriptor| *descriptor >= self.from) {
                return Some((descriptor, socket(&self.links, entry.file_name())));
            }
        }
    }
}

fn socket(folder: &OwnedFd, name: &CStr) -> Option<u64> {
    inode(readlinkat(folder.as_fd(), name).ok()?.as_bytes())
}

/// The inode of a descriptor that is a socket: `socket:[INODE]`.
pub(super) fn inode(path: &[u8]) -> Option<u64> {
    let digits = path.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_socket_or_not() {
        for (path, expected) in
            [("socket:[123]", Some(123)), ("socket:[]", None), ("socket:[-1]", None), ("pipe:[1]", None), ("/socket:[1]", None)]
        {
            assert_eq!(inode(path.as_bytes()), expected, "{path}");
        }
    }
}
