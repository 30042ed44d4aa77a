//! `ggprobe`: a supervisor, and the children that do the work, each confined to it.

mod cli;
mod ends;
mod forward;
mod helper;
mod join;
mod key;
mod pauses;
mod role;
mod sources;
mod supervisor;
mod watch;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use self::cli::{Cli, Command};
use self::role::{Ending, Lifeline, Role};

fn main() -> ExitCode {
    if let Some(code) = capture::proc::child::serve_if_asked().or_else(capture::trace::child::serve_if_asked) {
        return code;
    }
    if let Some(code) = capture::remote::resolver::serve_if_asked() {
        return code;
    }
    if let Some(ending) = helper::help_if_asked(env::args_os()) {
        return ending.code();
    }
    match Role::of(env::args_os()) {
        Some((role, arguments)) => serve(role, Cli::parse_from(arguments)).code(),
        None => match run(Cli::parse()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("ggprobe: {error:#}");
                ExitCode::FAILURE
            }
        },
    }
}

/// Does what the command line says, as the user started it.
fn run(cli: Cli) -> Result<()> {
    let role = match &cli.command {
        Some(Command::Join { keep }) => {
            join::join(&cli.run.key)?;
            if *keep {
                return Ok(());
            }
            Role::Probe
        }
        Some(Command::Key(command)) => return key::run(command, &cli.run.keys),
        Some(Command::Relay) => Role::Relay,
        Some(Command::Dummy { .. }) | None => Role::Probe,
    };
    supervisor::supervise(&[role])
}

/// Does what a child is for, with the same command line.
fn serve(role: Role, cli: Cli) -> Ending {
    let lifeline = match Lifeline::take(role) {
        Ok(lifeline) => lifeline,
        Err(error) => {
            eprintln!("ggprobe: cannot watch for the supervisor: {error}");
            return Ending::Failed;
        }
    };
    match role {
        Role::Probe => watch::watch(&cli, lifeline),
        Role::Relay => forward::forward(&cli.run, lifeline),
    }
}
