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

/// An example of `app`, built with the tests.
///
/// # Panics
/// Where it was not.
pub fn example(name: &str) -> PathBuf {
    built_as(&format!("examples/{name}"), &format!("cargo build -p app --example {name}"))
}

fn built(name: &str) -> PathBuf {
    built_as(name, &format!("cargo build --bin {name}"))
}

fn built_as(path: &str, how: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|dir| dir.join("deps").is_dir()).expect("a test lies below the profile's folder");
    let program = profile.join(path);
    assert!(program.is_file(), "{} is missing: `{how}` first, as `make test` does", program.display());
    program
}
