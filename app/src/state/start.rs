//! The start screen: what stands in its fields, and what went wrong with what was opened.

use std::path::{Path, PathBuf};

use super::Interfaces;
use super::action::Open;
use super::home;

/// How many completions of a path are offered.
const COMPLETIONS: usize = 8;

/// The start screen.
#[derive(Debug, Default)]
pub struct Start {
    /// The interfaces.
    pub interfaces: Interfaces,
    /// What stands in the path field.
    pub path: String,
    /// Whether the keyboard shall go there.
    pub focus_path: bool,
    /// What stands in the filter field.
    pub filter: String,
    /// What could not be opened, and why.
    pub error: Option<(Open, String)>,
    /// What libpcap says of the filter.
    pub filter_error: Option<String>,
    /// Whether the desktop's file dialog is open.
    pub choosing: bool,
    /// Whether it was closed without a file; where there is none it looks the same.
    pub nothing_chosen: bool,
    /// Files that could complete the path, and for which text they were looked up.
    completions: (String, Vec<String>),
}

impl Start {
    /// The error that belongs to what was opened, if it is of that kind.
    pub fn error_of(&self, is: impl Fn(&Open) -> bool) -> Option<&str> {
        self.error.as_ref().filter(|(open, _)| is(open)).map(|(_, error)| error.as_str())
    }

    /// Files and folders that begin like what stands in the path field; looked up once for each text.
    pub fn completions(&mut self) -> &[String] {
        if self.completions.0 != self.path {
            self.completions = (self.path.clone(), complete(&self.path));
        }
        &self.completions.1
    }

    /// Completes the path as far as all that could complete it agree.
    pub fn complete(&mut self) {
        let Some((first, others)) = self.completions().split_first() else { return };
        let agree = |other: &String| first.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
        let shortest = others.iter().map(String::len).chain([first.len()]).min().unwrap_or(0);
        let end = others.iter().filter_map(agree).min().unwrap_or(shortest);
        if let Some(common) = first.get(..end) {
            self.path = common.to_owned();
        }
    }
}

/// The path that a user means: `~` is home.
pub fn expand(text: &str) -> PathBuf {
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => match home::home() {
            Some(home) => home.join(rest.trim_start_matches('/')),
            None => PathBuf::from(text),
        },
        _ => PathBuf::from(text),
    }
}

/// What stands in the folder of `text` and begins like it; folders end in `/`. Hidden ones only where a dot was typed.
fn complete(text: &str) -> Vec<String> {
    let cut = match text.rfind('/') {
        Some(at) => at + 1,
        None => return Vec::new(),
    };
    let Some((folder, begin)) = text.split_at_checked(cut) else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(expand(folder)) else { return Vec::new() };
    // A folder of millions of files is looked at in part: completion must not make the window wait.
    let mut found: Vec<String> = entries
        .take(20_000)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            if !name.starts_with(begin) || (name.starts_with('.') && begin.is_empty()) {
                return None;
            }
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{folder}{name}{slash}"))
        })
        .collect();
    found.sort();
    found.truncate(COMPLETIONS);
    if found.iter().any(|one| one == text) && found.len() == 1 { Vec::new() } else { found }
}

/// A path as the user reads it: `~` for home.
pub fn shown(path: &Path) -> String {
    match home::home().and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_completed_with_files_and_folders() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["one.pcap", "only.pcap", "two.pcap", ".hidden"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        std::fs::create_dir(dir.path().join("on")).unwrap();
        let base = dir.path().display().to_string();
        let mut start = Start { path: format!("{base}/on"), ..Start::default() };
        let found: Vec<_> = start.completions().iter().map(|f| f.strip_prefix(&base).unwrap().to_owned()).collect();
        assert_eq!(found, ["/on/", "/one.pcap", "/only.pcap"]);
        start.path = format!("{base}/t");
        start.complete();
        assert_eq!(start.path, format!("{base}/two.pcap"));
        start.path = format!("{base}/o");
        start.complete();
        assert_eq!(start.path, format!("{base}/on"));
        start.path = format!("{base}/");
        assert_eq!(start.completions().len(), 4, "hidden files are not offered");
        start.path = format!("{base}/two.pcap");
        assert!(start.completions().is_empty(), "it is complete");
        start.path = "/no/such/folder/x".into();
        assert!(start.completions().is_empty());
    }

    #[test]
    fn home_is_a_tilde() {
        let home = home::home().unwrap();
        assert_eq!(expand("~/x.pcap"), home.join("x.pcap"));
        assert_eq!(shown(&home.join("a/b")), "~/a/b");
        assert_eq!(expand("~other"), PathBuf::from("~other"));
    }
}
