//! `ggprobe`: captures where it runs, and tells a glouglou elsewhere.

use std::process::ExitCode;

use capture::probe::{Cli, run};
use clap::Parser;

fn main() -> ExitCode {
    if let Some(code) = capture::proc::child::serve_if_asked() {
        return code;
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ggprobe: {error:#}");
            ExitCode::FAILURE
        }
    }
}
