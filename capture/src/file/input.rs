//! Where a recording's bytes come from: a file, a pipe or memory, compressed or not.

use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, IsTerminal, Read, Seek};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::error::FileError;

/// Decompressed at a time. What a decoder yielded in the call that finds the damage is lost with it, so it is little.
const DECOMPRESSED_BYTES: usize = 16 << 10;
/// The largest zstd window, as a power of two: 128 MiB, what its own command line allows.
const ZSTD_WINDOW_LOG: u32 = 27;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
}

/// The bytes as the formats see them.
pub(super) enum Input {
    Plain(Stored),
    Gzip(Box<MultiGzDecoder<Packed>>),
    Zstd(Box<zstd::Decoder<'static, Packed>>),
    /// While it changes from one to the other.
    None,
}

/// Compressed bytes: those read to recognise it, and the rest.
type Packed = BufReader<Chain<Cursor<Vec<u8>>, Stored>>;

/// The bytes as they are stored.
pub(super) struct Stored {
    medium: Medium,
    read: u64,
    size: u64,
}

enum Medium {
    File(File),
    Pipe(File),
    Memory(Cursor<Vec<u8>>),
}

impl Input {
    /// Opens a path; `-` is standard input. A pipe whose writer has not come yet opens at once.
    pub(super) fn open(path: &Path) -> Result<Input, FileError> {
        let name = name(path);
        let opened = if is_stdin(path) {
            if io::stdin().is_terminal() {
                return Err(FileError::Terminal);
            }
            io::stdin().as_fd().try_clone_to_owned().map(File::from)
        } else {
            File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)
        };
        let file = opened.map_err(|error| refused(&name, error))?;
        let kind = file.metadata().map_err(|error| refused(&name, error))?;
        if kind.is_dir() {
            return Err(FileError::Directory { name });
        }
        let medium = if kind.is_file() { Medium::File(file) } else { Medium::Pipe(file) };
        Ok(Input::Plain(Stored { medium, read: 0, size: kind.len() }))
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Input {
        let size = bytes.len() as u64;
        Input::Plain(Stored { medium: Medium::Memory(Cursor::new(bytes)), read: 0, size })
    }

    /// Reads on as what it decompresses to; `head` was read already.
    pub(super) fn decompress(&mut self, compression: Compression, head: Vec<u8>) -> io::Result<()> {
        let Input::Plain(stored) = std::mem::replace(self, Input::None) else {
            return Ok(());
        };
        let packed = BufReader::with_capacity(64 << 10, Cursor::new(head).chain(stored));
        *self = match compression {
            Compression::Gzip => Input::Gzip(Box::new(MultiGzDecoder::new(packed))),
            Compression::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(packed)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Input::Zstd(Box::new(decoder))
            }
        };
        Ok(())
    }

    /// Begins again as stored; false where that cannot be.
    pub(super) fn rewind(&mut self) -> io::Result<bool> {
        let mut stored = match std::mem::replace(self, Input::None) {
            Input::Plain(stored) => stored,
            Input::Gzip(decoder) => decoder.into_inner().into_inner().into_inner().1,
            Input::Zstd(decoder) => decoder.finish().into_inner().into_inner().1,
            Input::None => return Ok(false),
        };
        let sought = match &mut stored.medium {
            Medium::File(file) => file.rewind().map(|()| true),
            Medium::Memory(bytes) => bytes.rewind().map(|()| true),
            Medium::Pipe(_) => Ok(false),
        };
        stored.read = 0;
        *self = Input::Plain(stored);
        sought
    }

    fn stored(&self) -> Option<&Stored> {
        match self {
            Input::Plain(stored) => Some(stored),
            Input::Gzip(decoder) => Some(decoder.get_ref().get_ref().get_ref().1),
            Input::Zstd(decoder) => Some(decoder.get_ref().get_ref().get_ref().1),
            Input::None => None,
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Input::Plain(_))
    }

    /// Whether it can only be read once.
    pub(super) fn is_pipe(&self) -> bool {
        self.stored().is_some_and(|s| matches!(s.medium, Medium::Pipe(_)))
    }

    /// Bytes read as stored.
    pub(super) fn stored_read(&self) -> u64 {
        self.stored().map_or(0, |s| s.read)
    }

    /// Bytes as stored; 0 where no end is known.
    pub(super) fn stored_size(&self) -> u64 {
        self.stored().filter(|s| !matches!(s.medium, Medium::Pipe(_))).map_or(0, |s| s.size)
    }

    /// Waits until there is something to read or the writer is gone, at most `timeout`.
    pub(super) fn wait(&self, timeout: Duration) {
        if let Some(Stored { medium: Medium::Pipe(pipe), .. }) = self.stored() {
            // What a poll cannot tell, the next read does.
            let _told = readable(pipe, timeout);
        }
    }
}

impl Read for Input {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let little = room.len().min(DECOMPRESSED_BYTES);
        match self {
            Input::Plain(stored) => stored.read(room),
            Input::Gzip(decoder) => decoder.read(room.get_mut(..little).unwrap_or_default()),
            Input::Zstd(decoder) => decoder.read(room.get_mut(..little).unwrap_or_default()),
            Input::None => Ok(0),
        }
    }
}

impl Read for Stored {
    /// Never blocks: a pipe that has nothing answers [`io::ErrorKind::WouldBlock`].
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.medium {
            Medium::File(file) => file.read(room)?,
            Medium::Memory(bytes) => bytes.read(room)?,
            Medium::Pipe(pipe) if readable(pipe, Duration::ZERO)? => pipe.read(room)?,
            Medium::Pipe(_) => return Err(io::ErrorKind::WouldBlock.into()),
        };
        self.read += read as u64;
        Ok(read)
    }
}

fn readable(pipe: &File, timeout: Duration) -> io::Result<bool> {
    let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
    let mut polled = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    Ok(poll(&mut polled, timeout)? > 0)
}

fn refused(name: &str, error: io::Error) -> FileError {
    let name = name.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => FileError::Missing { name },
        io::ErrorKind::PermissionDenied => FileError::Permission { name },
        _ => FileError::Io { name, error },
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What the user calls it.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}
