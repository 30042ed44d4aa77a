//! The program under test.

use std::path::PathBuf;

/// The `glouglou` that was built beside this test.
///
/// # Panics
/// Where it was not.
pub fn glouglou() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|dir| dir.join("deps").is_dir()).expect("a test lies below the profile's folder");
    let program = profile.join("glouglou");
    assert!(program.is_file(), "{} is missing: `cargo build --bin glouglou` first, as `make test` does", program.display());
    program
}
