//! `glouglou`: parse the command line, open what needs a privilege, give the privileges up, run.

use std::process::ExitCode;

use anyhow::{Result, bail};
use app::cli::{Cli, Command};
use app::open::{Opened, open};
use app::{interfaces, pipeline, privilege, table, window};
use clap::Parser;

fn main() -> ExitCode {
    let done = run(Cli::parse());
    if let Err(error) = &done {
        eprintln!("glouglou: {error:#}");
    }
    if done.is_err() || pipeline::worker_panicked() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run(cli: Cli) -> Result<()> {
    match &cli.command {
        Some(Command::Interfaces) => interfaces::interfaces(),
        Some(Command::Table(args)) => {
            let Some(opened) = open(&args.source)? else { bail!("nothing to show: add -i INTERFACE or -r FILE") };
            privilege::give_up(Some(&opened))?;
            table::table(opened, args)
        }
        None => {
            let opened = open(&cli.source)?;
            privilege::give_up(opened.as_ref())?;
            window::run(opened.map(Opened::into_start), &cli)
        }
    }
}
