//! The programs under test.

use std::path::PathBuf;

/// The `glouglou` that was built beside this test.
///
/// # Panics
/// Where it was not.
pub fn glouglou() -> PathBuf {
    built("glouglou")
}

/// The `ggprobe` that was.
///
/// # Panics
/// Where it was not.
pub fn ggprobe() -> PathBuf {
    built("ggprobe")
}

fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|dir| dir.join("deps").is_dir()).expect("a test lies below the profile's folder");
    let program = profile.join(name);
    assert!(program.is_file(), "{} is missing: `cargo build --bin {name}` first, as `make test` does", program.display());
    program
}
