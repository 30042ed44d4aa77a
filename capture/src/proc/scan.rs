//! Everything that lives, a slice of time at once.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::dir::Dir;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

use super::reader::Reader;
use super::table::MAX_KNOWN;
use super::tracker::Tracker;

/// How long a slice may take: commands and events wait no longer.
pub(super) const SLICE: Duration = Duration::from_millis(5);

/// The numbers of all processes that may be seen, in their order, at most as many as can be known.
pub(super) fn list(reader: &Reader) -> io::Result<Vec<u32>> {
    let mut dir = Dir::openat(reader.root().as_fd(), ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut pids = Vec::new();
    for entry in dir.iter() {
        // What vanishes meanwhile ends nothing.
        let Ok(entry) = entry else { break };
        if let Some(pid) = number(entry.file_name().to_bytes()) {
            pids.push(pid);
        }
        if pids.len() >= MAX_KNOWN {
            break;
        }
    }
    pids.sort_unstable();
    pids.dedup();
    Ok(pids)
}

fn number(name: &[u8]) -> Option<u32> {
    let digits = name.first().is_some_and(|first| (b'1'..=b'9').contains(first));
    if digits { std::str::from_utf8(name).ok()?.parse().ok() } else { None }
}

/// A look at everything that lives, which goes on slice by slice; what is not there any more ends with it.
#[derive(Debug)]
pub(super) struct Scan {
    pids: std::vec::IntoIter<u32>,
}

impl Scan {
    /// Begins.
    ///
    /// # Errors
    /// Where /proc itself cannot be read.
    pub(super) fn begin(tracker: &mut Tracker) -> io::Result<Scan> {
        let pids = list(&tracker.reader)?;
        tracker.round = tracker.round.wrapping_add(1);
        Ok(Scan { pids: pids.into_iter() })
    }

    /// Goes on for one slice. True where all has been looked at.
    pub(super) fn step(&mut self, tracker: &mut Tracker) -> bool {
        let until = Instant::now() + SLICE;
        for pid in self.pids.by_ref() {
            tracker.look(pid, true);
            if Instant::now() >= until {
                return false;
            }
        }
        true
    }
}
