//! Tests that need what not every machine has: they say so instead of passing silently.

use std::env;
use std::io::Write;
use std::path::Path;
use std::thread;

use nix::unistd::Uid;

/// What a test needs of the machine it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// To be root: namespaces and interfaces are made.
    Root,
    /// A program on the path.
    Program(&'static str),
}

impl Need {
    fn is_met(self) -> bool {
        match self {
            Need::Root => Uid::effective().is_root(),
            Need::Program(name) => {
                let path = env::var_os("PATH").unwrap_or_default();
                let usual = ["/sbin", "/usr/sbin"].map(Path::new).map(Path::to_path_buf);
                env::split_paths(&path).chain(usual).any(|dir| dir.join(name).is_file())
            }
        }
    }
}

/// Whether all needs are met; else the test is skipped, and says so.
///
/// # Panics
/// In continuous integration (`CI=true`), where a program is missing: there it is to be installed.
pub fn able(needs: &[Need]) -> bool {
    let Some(lack) = needs.iter().find(|need| !need.is_met()) else { return true };
    match lack {
        Need::Root => skip("needs root"),
        Need::Program(name) => {
            let in_ci = env::var("CI").is_ok_and(|value| value == "true");
            assert!(!in_ci, "{name} is not installed");
            skip(&format!("needs the program {name}"));
        }
    }
    false
}

/// Says that the running test is skipped, past the harness that swallows what tests print: `skipped: NAME: REASON`.
pub fn skip(reason: &str) {
    let thread = thread::current();
    let _closed = writeln!(std::io::stderr(), "skipped: {}: {reason}", thread.name().unwrap_or("unnamed"));
}
