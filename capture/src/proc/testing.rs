//! A tree that looks like /proc, for tests.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::reader::Reader;

pub(crate) struct Tree(tempfile::TempDir);

impl Tree {
    pub(crate) fn new() -> Tree {
        Tree(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(self.0.path(), None).unwrap()
    }

    /// A process that runs nothing yet.
    pub(crate) fn process(&self, pid: u32, comm: &str, parent: u32, start_ticks: u64) {
        fs::create_dir_all(self.0.path().join(pid.to_string())).unwrap();
        let stat = format!(
            "{pid} ({comm}) S {parent} {pid} {pid} 0 -1 4194304 102 0 0 0 21 12 0 0 20 0 1 0 {start_ticks} 3133440 387 18446744073709551615 1 1 0 0 0\n"
        );
        self.file(pid, "stat", stat.as_bytes());
        let status = format!("Name:\t{comm}\nTgid:\t{pid}\nUid:\t0\t1000\t0\t0\nGid:\t0\t1001\t0\t0\n");
        self.file(pid, "status", status.as_bytes());
        self.file(pid, "cmdline", comm.as_bytes());
    }

    pub(crate) fn file(&self, pid: u32, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(pid.to_string()).join(name), bytes).unwrap();
    }

    pub(crate) fn exe(&self, pid: u32, path: &str) {
        let link = self.0.path().join(pid.to_string()).join("exe");
        let _none_yet = fs::remove_file(&link);
        symlink(path, link).unwrap();
    }

    pub(crate) fn remove(&self, pid: u32, name: &str) {
        fs::remove_file(self.0.path().join(pid.to_string()).join(name)).unwrap();
    }

    pub(crate) fn end(&self, pid: u32) {
        fs::remove_dir_all(self.0.path().join(pid.to_string())).unwrap();
    }
}
