//! What computations remember, in a file each.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use capture::{Level, Notice};

use crate::state::store::replace;

/// A larger file is none of this program's.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// The directory with a file for each computation that remembers something; by itself nothing is kept.
#[derive(Clone, Debug, Default)]
pub struct Memories(Option<PathBuf>);

impl Memories {
    /// Kept in that directory.
    pub fn in_dir(dir: PathBuf) -> Memories {
        Memories(Some(dir))
    }

    /// Whether anything is kept.
    pub fn are_kept(&self) -> bool {
        self.0.is_some()
    }

    /// What a computation was given to keep; empty where that was nothing.
    ///
    /// # Errors
    /// Where there is a file and it cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Some(path) = self.path(name) else { return Ok(bytes) };
        match File::open(path) {
            Ok(file) => file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map(|_| bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(bytes),
            Err(error) => Err(error),
        }
    }

    /// Keeps that for a computation. The notice is what went wrong.
    pub(crate) fn keep(&self, name: &str, bytes: &[u8]) -> Option<Notice> {
        let path = self.path(name)?;
        let error = replace(&path, bytes).err()?;
        let text = format!("what {name} remembers could not be kept in {}: {error}", path.display());
        Some(Notice { level: Level::Warning, text, remedy: path.parent().map(|dir| format!("ls -ld {}", dir.display())) })
    }

    /// Removes what a computation was given to keep.
    ///
    /// # Errors
    /// Where that cannot be done.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match self.path(name).map_or(Ok(()), fs::remove_file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|dir| dir.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_until_it_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let memories = Memories::in_dir(dir.path().join("new"));
        assert_eq!(memories.read("one").unwrap(), b"");
        assert_eq!(memories.keep("one", b"1\n"), None);
        assert_eq!((memories.read("one").unwrap(), memories.read("two").unwrap()), (b"1\n".to_vec(), vec![]));
        memories.remove("one").unwrap();
        memories.remove("one").unwrap();
        assert_eq!(memories.read("one").unwrap(), b"");
        assert!(Memories::default().keep("one", b"1").is_none() && Memories::default().read("one").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_kept_is_said() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let notice = Memories::in_dir(dir.path().join("file")).keep("one", b"1").unwrap();
        assert!(notice.text.contains("file/one") && notice.remedy.is_some(), "{notice:?}");
    }
}
