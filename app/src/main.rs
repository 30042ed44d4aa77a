//! `glouglou`, without extensions.

use std::process::ExitCode;

fn main() -> ExitCode {
    app::program::main()
}
