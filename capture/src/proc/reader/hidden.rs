//! A procfs that is mounted with `hidepid` shows nothing of others' processes (proc(5)): no sign that they are gone.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// Whether the procfs at that place hides processes, of what `/proc/self/mounts` says (fstab(5)). The last mount there counts.
pub(super) fn hides(mounts: &[u8], at: &Path) -> bool {
    let mount = |line: &[u8]| {
        let mut fields = line.split(|byte| *byte == b' ');
        let (_, place, kind, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        (place == at.as_os_str().as_bytes() && kind == b"proc").then(|| options.split(|byte| *byte == b',').any(is_hiding))
    };
    mounts.split(|byte| *byte == b'\n').filter_map(mount).next_back().unwrap_or(false)
}

/// With 1 (`noaccess`) they show, and may not be read.
fn is_hiding(option: &[u8]) -> bool {
    matches!(option, b"hidepid=2" | b"hidepid=invisible" | b"hidepid=4" | b"hidepid=ptraceable")
}

/// Whether there is such a process, seen or not: no signal is sent.
pub(super) fn is_there(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_mount_of_procfs_there_counts() {
        let is = |mounts: &str| hides(mounts.as_bytes(), Path::new("/proc"));
        assert!(is("proc /proc proc rw,nosuid,hidepid=2,gid=7 0 0\n"));
        assert!(is("proc /proc proc rw 0 0\nproc /proc proc ro,hidepid=invisible 0 0\nproc /x proc rw 0 0\n"));
        for mounts in
            ["", "proc /proc proc rw,hidepid=1 0 0", "proc /x proc rw,hidepid=2 0 0", "tmpfs /proc tmpfs hidepid=2 0 0", "proc /proc proc"]
        {
            assert!(!is(mounts), "{mounts}");
        }
        assert!(is_there(std::process::id()) && !is_there(u32::MAX) && !is_there(i32::MAX as u32));
    }
}
