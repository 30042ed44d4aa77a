//! A process and all that come of it, as /proc tells of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// One thread of a process: the fields of its `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread(BTreeMap<String, String>);

impl Thread {
    /// One field; empty where there is none of that name.
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// One field of words between white space.
    pub fn words(&self, field: &str) -> Vec<&str> {
        self.get(field).split_whitespace().collect()
    }
}

/// Every process that comes of that one, without it.
pub fn descendants(pid: u32) -> BTreeSet<u32> {
    let parents: BTreeMap<u32, u32> = fs::read_dir("/proc").expect("/proc").filter_map(|entry| parent(&entry.ok()?.file_name())).collect();
    let mut found = BTreeSet::new();
    let mut new = vec![pid];
    while let Some(parent) = new.pop() {
        let children = parents.iter().filter(|(_, its)| **its == parent).map(|(child, _)| *child);
        new.extend(children.filter(|child| found.insert(*child)).collect::<Vec<_>>());
    }
    found
}

fn parent(name: &std::ffi::OsStr) -> Option<(u32, u32)> {
    let pid = name.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some((pid, rest.split(' ').nth(1)?.parse().ok()?))
}

/// Every thread of a process; none where it is gone.
pub fn threads(pid: u32) -> Vec<Thread> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let status = |path: std::path::PathBuf| fs::read_to_string(path.join("status")).ok();
    let fields = |text: String| {
        let field = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Thread(text.lines().filter_map(field).collect())
    };
    tasks.filter_map(|task| Some(fields(status(task.ok()?.path())?))).collect()
}

/// Whether it has ended, reaped or not.
pub fn is_over(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
}
