//! A file that grows: it may be renamed and made anew, truncated, or not be there yet. Nothing that is written is lost, and nothing is read twice.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use wire::eve::Lines;

/// So much is read at once before anything else is done.
const READ_BYTES: u64 = 1 << 20;
const BUFFER_BYTES: usize = 128 << 10;
/// A file that was renamed is read for so long after the one that took its name is written to: who writes may have had it open still.
const LINGER: Duration = Duration::from_secs(3);
/// As many that were renamed are read, at most; the oldest goes.
const MAX_FILES: usize = 8;

/// The file of that name, and those that had it before and are still written to.
#[derive(Debug)]
pub(super) struct Tail {
    path: PathBuf,
    /// The newest is last.
    files: Vec<Open>,
    /// Since when nothing has that name.
    missing: Option<Instant>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    file: File,
    identity: (u64, u64),
    offset: u64,
    lines: Lines,
    /// When it was last written to, or followed by one that is.
    moved: Instant,
}

/// What a look brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// There is more to read at once.
    More,
    /// All that is written was read.
    All,
    /// There is no such file: not yet, or not any more for longer than it takes to rotate it.
    Nothing,
}

impl Tail {
    /// Reads what is written from now on, or from the beginning. A file that is not there yet is read from its beginning.
    ///
    /// # Errors
    /// Where it may not be read.
    pub(super) fn new(path: &Path, from_beginning: bool, now: Instant) -> io::Result<Tail> {
        let mut tail = Tail { path: path.to_owned(), files: Vec::new(), missing: None, buffer: vec![0; BUFFER_BYTES] };
        tail.look(now)?;
        if let (Some(open), false) = (tail.files.last_mut(), from_beginning) {
            open.offset = open.file.seek(SeekFrom::End(0))?;
        }
        Ok(tail)
    }

    /// Reads what is new, and hands over each line; none for one that was too long.
    ///
    /// # Errors
    /// Where it may not be read.
    pub(super) fn read(&mut self, now: Instant, mut line: impl FnMut(Option<&[u8]>)) -> io::Result<Found> {
        let mut found = Found::All;
        for open in &mut self.files {
            if open.read(&mut self.buffer, now, &mut line)? == Found::More {
                found = Found::More;
            }
        }
        if found == Found::All {
            // Only now: whoever renamed it may have written to it just before.
            self.look(now)?;
            self.let_go(now, line);
        }
        let is_over = |since| self.files.is_empty() || now.saturating_duration_since(since) >= LINGER;
        Ok(if self.missing.is_some_and(is_over) { Found::Nothing } else { found })
    }

    /// Hands over what stands in the files without an end of line: nothing more comes.
    pub(super) fn end(&mut self, mut line: impl FnMut(Option<&[u8]>)) {
        self.files.iter_mut().for_each(|open| open.lines.end(&mut line));
    }

    /// Whether another file has the name now.
    fn look(&mut self, now: Instant) -> io::Result<()> {
        // What is no file may be a pipe, which would be waited for.
        let file = match File::options().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing.get_or_insert(now);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.missing = None;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
        }
        if self.files.last().is_none_or(|open| open.identity != identity(&metadata)) {
            if self.files.len() >= MAX_FILES {
                self.files.remove(0);
            }
            // A name may come back to a file that had it before.
            let known = self.files.iter().position(|open| open.identity == identity(&metadata));
            let open = match known {
                Some(at) => self.files.remove(at),
                None => Open { file, identity: identity(&metadata), offset: 0, lines: Lines::default(), moved: now },
            };
            self.files.push(open);
        }
        Ok(())
    }

    /// Closes those that nobody writes to any more: a newer one is written to, and this one has not been for a while.
    fn let_go(&mut self, now: Instant, mut line: impl FnMut(Option<&[u8]>)) {
        let Some((newest, older)) = self.files.split_last_mut() else { return };
        if newest.offset == 0 {
            // Made, and not written to yet: whoever writes still has the older one.
            older.iter_mut().for_each(|open| open.moved = now);
            return;
        }
        let is_over = |open: &Open| now.saturating_duration_since(open.moved) >= LINGER;
        older.iter_mut().filter(|open| is_over(open)).for_each(|open| open.lines.end(&mut line));
        let newest = newest.identity;
        self.files.retain(|open| open.identity == newest || !is_over(open));
    }
}

impl Open {
    fn read(&mut self, buffer: &mut [u8], now: Instant, mut line: impl FnMut(Option<&[u8]>)) -> io::Result<Found> {
        if self.file.metadata()?.len() < self.offset {
            // It was truncated; what stood there without an end never gets one.
            self.lines = Lines::default();
            self.offset = self.file.seek(SeekFrom::Start(0))?;
        }
        let until = self.offset + READ_BYTES;
        while self.offset < until {
            let len = match self.file.read(buffer) {
                Ok(0) => return Ok(Found::All),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.offset += len as u64;
            self.moved = now;
            self.lines.take(buffer.get(..len).unwrap_or_default(), &mut line);
        }
        Ok(Found::More)
    }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Whether something of that name is there.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    struct Log {
        dir: tempfile::TempDir,
        tail: Tail,
        now: Instant,
        read: Vec<String>,
    }

    impl Log {
        fn new(before: &str, from_beginning: bool) -> Log {
            let dir = tempfile::tempdir().unwrap();
            if !before.is_empty() {
                fs::write(dir.path().join("eve.json"), before).unwrap();
            }
            let now = Instant::now();
            let tail = Tail::new(&dir.path().join("eve.json"), from_beginning, now).unwrap();
            Log { dir, tail, now, read: Vec::new() }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn append(&self, name: &str, text: &str) {
            File::options().append(true).create(true).open(self.path(name)).unwrap().write_all(text.as_bytes()).unwrap();
        }

        fn look(&mut self) -> Found {
            self.now += Duration::from_millis(200);
            let read = &mut self.read;
            self.tail.read(self.now, |line| read.push(String::from_utf8(line.unwrap().to_vec()).unwrap())).unwrap()
        }

        fn look_often(&mut self, times: usize) {
            for _ in 0..times {
                self.look();
            }
        }

        fn expect(&mut self, lines: &[&str]) {
            self.look_often(3);
            assert_eq!(std::mem::take(&mut self.read), lines);
        }
    }

    #[test]
    fn what_was_there_before_is_not_read_unless_it_is_asked_for() {
        let mut log = Log::new("a\nb\nc", false);
        log.append("eve.json", "d\ne\n");
        log.expect(&["d", "e"]);
        let mut log = Log::new("a\nb\nc", true);
        log.expect(&["a", "b"]);
        let read = &mut log.read;
        log.tail.end(|line| read.push(String::from_utf8(line.unwrap().to_vec()).unwrap()));
        assert_eq!(log.read, ["c"]);
    }

    #[test]
    fn a_file_that_comes_later_is_read_from_its_beginning() {
        let mut log = Log::new("", false);
        assert_eq!(log.look(), Found::Nothing);
        log.append("eve.json", "a\n");
        log.expect(&["a"]);
    }

    #[test]
    fn nothing_is_lost_when_it_is_renamed_however_late_the_writer_notices() {
        let mut log = Log::new("", false);
        log.append("eve.json", "a\n");
        log.expect(&["a"]);
        log.append("eve.json", "b\n");
        fs::rename(log.path("eve.json"), log.path("eve.json.1")).unwrap();
        log.append("eve.json.1", "c\n");
        log.append("eve.json", "");
        log.expect(&["b", "c"]);
        // A file was made, and the writer still has the old one: for a long time.
        log.look_often(100);
        log.append("eve.json.1", "d\n");
        log.expect(&["d"]);
        log.append("eve.json", "e\n");
        log.append("eve.json.1", "f\n");
        log.expect(&["f", "e"]);
        log.look_often(100);
        assert_eq!(log.tail.files.len(), 1, "it is let go of");
        // Half a line is one once nobody writes to it any more, and not before.
        log.append("eve.json", "ha");
        fs::rename(log.path("eve.json"), log.path("eve.json.2")).unwrap();
        log.append("eve.json", "g\n");
        log.expect(&["g"]);
        log.append("eve.json.2", "lf\nhal");
        log.expect(&["half"]);
        log.look_often(100);
        assert_eq!(std::mem::take(&mut log.read), ["hal"]);
        for n in 0..20 {
            fs::rename(log.path("eve.json"), log.path(&format!("eve.{n}"))).unwrap();
            log.append("eve.json", &format!("{n}\n"));
            log.expect(&[&n.to_string()]);
        }
    }

    #[test]
    fn one_that_is_truncated_or_removed_is_read_anew() {
        let mut log = Log::new("a\n", false);
        log.append("eve.json", "bcd\nhalf");
        log.expect(&["bcd"]);
        File::options().write(true).open(log.path("eve.json")).unwrap().set_len(0).unwrap();
        log.append("eve.json", "e\n");
        log.expect(&["e"]);
        fs::remove_file(log.path("eve.json")).unwrap();
        log.expect(&[]);
        assert_eq!(log.look(), Found::All, "it may be rotated just now");
        log.look_often(20);
        assert_eq!(log.look(), Found::Nothing);
        log.append("eve.json", "f\n");
        log.expect(&["f"]);
        assert_eq!(log.look(), Found::All);
    }

    #[test]
    fn what_may_not_be_read_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Tail::new(dir.path(), false, Instant::now()).is_err());
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(Tail::new(&pipe, false, Instant::now()).is_err(), "and is not waited for");
    }
}
