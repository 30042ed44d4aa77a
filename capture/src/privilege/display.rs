//! The way to the X display that root had: its cookie file, which the user that the process becomes may not be able to read.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::IntoRawFd;
use std::path::{Path, PathBuf};

use nix::sys::memfd::{MFdFlags, memfd_create};

use super::environment;

/// Cookie files are smaller than this; more is not read.
const COOKIE_FILE_BYTES: u64 = 65_536;

/// The cookie file of the display, read while it can be.
pub(super) struct Display {
    path: Option<PathBuf>,
    cookies: Vec<u8>,
}

impl Display {
    /// Reads the cookie file, if there is a display and one.
    pub(super) fn hold() -> Display {
        let path = env::var_os("DISPLAY").and_then(|_| {
            let own = || Some(Path::new(&env::var_os("HOME")?).join(".Xauthority"));
            env::var_os("XAUTHORITY").map(PathBuf::from).or_else(own)
        });
        let cookies = path.as_deref().and_then(read).unwrap_or_default();
        Display { path, cookies }
    }

    /// As the new user: where the file is out of reach, points XAUTHORITY to a copy in memory that ends with the process.
    pub(super) fn hand_over(self) {
        let Some(path) = self.path.filter(|_| !self.cookies.is_empty()) else { return };
        if File::open(&path).is_ok() {
            environment::set("XAUTHORITY", Some(path.into()));
        } else if let Some(copy) = in_memory(&self.cookies) {
            environment::set("XAUTHORITY", Some(format!("/proc/self/fd/{}", copy.into_raw_fd()).into()));
        }
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut cookies = Vec::new();
    File::open(path).ok()?.take(COOKIE_FILE_BYTES).read_to_end(&mut cookies).ok()?;
    Some(cookies)
}

fn in_memory(bytes: &[u8]) -> Option<File> {
    let mut file = File::from(memfd_create("xauthority", MFdFlags::MFD_CLOEXEC).ok()?);
    file.write_all(bytes).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_reads_from_its_beginning() {
        let copy = in_memory(b"cookie").unwrap();
        let path = PathBuf::from(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&copy)));
        assert_eq!(read(&path).unwrap(), b"cookie");
    }
}
