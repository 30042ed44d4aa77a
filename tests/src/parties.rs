//! Those that exchange: programs of ours, each with keys of its own, on hosts of their own.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::hosts::program;
use crate::netns::Namespace;
use crate::probe::Probe;
use crate::scratch::Scratch;
use crate::{ggprobe, glouglou};

/// A party of the exchange: where its keys are, and on which host it is.
#[derive(Debug)]
pub struct Party<'a> {
    /// Its host.
    pub host: &'a Namespace,
    /// Its home directory.
    pub home: Scratch,
}

impl<'a> Party<'a> {
    /// On that host.
    pub fn on(host: &'a Namespace) -> Party<'a> {
        Party { host, home: Scratch::new() }
    }

    /// Starts a program there.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(&self, path: PathBuf, arguments: &[&str]) -> Probe {
        Probe::start(self.host, &mut program(&path, &self.home, arguments))
    }

    /// The path of something at its home.
    ///
    /// # Panics
    /// Where it is no text.
    pub fn path(&self, name: &str) -> String {
        self.home.path(name).to_str().expect("it works").to_owned()
    }

    /// Runs a program to its end; what it says.
    ///
    /// # Panics
    /// Where it fails.
    pub fn run(&self, path: PathBuf, arguments: &[&str]) -> String {
        let output = program(&path, &self.home, arguments).output().expect("it works");
        let said = String::from_utf8(output.stdout).expect("it works");
        assert!(output.status.success(), "{arguments:?}: {said}");
        said
    }

    /// Lets somebody come to this one's program; the token, and the number in it.
    ///
    /// # Panics
    /// Where nobody may.
    pub fn invite(&self, who: Who, name: &str, place: &str) -> (String, String) {
        let keys = self.path("keys");
        let said = match who {
            Who::Viewer => self.run(glouglou(), &["probe", "add", name, "--host", place]),
            Who::Other => self.run(ggprobe(), &["key", "--keys", &keys, "add", name, "--host", place]),
        };
        let listed = match who {
            Who::Viewer => self.run(glouglou(), &["probe", "list"]),
            Who::Other => self.run(ggprobe(), &["key", "--keys", &keys, "list"]),
        };
        let token = said.lines().find(|line| line.starts_with("gg3:")).unwrap_or_else(|| panic!("{said}")).to_owned();
        let number = listed.lines().find_map(|line| line.strip_suffix(name)?.strip_suffix("  ")).unwrap_or_else(|| panic!("{listed}"));
        (token, number.to_owned())
    }

    /// Lets a relay speak for a probe.
    ///
    /// # Panics
    /// Where it may not.
    pub fn via(&self, who: Who, relay: &str, number: &str, name: &str) {
        match who {
            Who::Viewer => self.run(glouglou(), &["probe", "via", relay, number, name]),
            Who::Other => self.run(ggprobe(), &["key", "--keys", &self.path("keys"), "via", relay, number, name]),
        };
    }

    /// Keeps a token where `ggprobe --key` and `glouglou --key` look for it.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn keep(&self, token: &str) -> String {
        let path = self.path("key");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).expect("the key's file");
        file.write_all(token.as_bytes()).expect("the key");
        path
    }
}

/// Whose keys.
#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// `glouglou`'s.
    Viewer,
    /// `ggprobe`'s: of a probe or a relay that listens.
    Other,
}
