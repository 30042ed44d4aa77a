//! The whole program: parse the command line, open what needs a privilege, give the privileges up, run.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use capture::dissect::look_at_headers_only;
use capture::file::Detail;
use clap::Parser;

use crate::cli::{Cli, Command, View};
use crate::open::{Hearing, Opened, open, open_beside};
use crate::others::Others;
use crate::{computing, interfaces, pipeline, privilege, probes, ps, shot, table, window};

/// Runs it as the command line says. Whatever extends it was registered before ([`capture::dissect::install`]).
pub fn main() -> ExitCode {
    if let Some(code) = capture::proc::child::serve_if_asked() {
        return code;
    }
    if let Some(code) = capture::conntrack::child::serve_if_asked() {
        return code;
    }
    let done = run(Cli::parse());
    if let Err(error) = &done {
        eprintln!("glouglou: {error:#}");
    }
    if done.is_err() || pipeline::worker_panicked() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run(cli: Cli) -> Result<()> {
    if cli.source.headers_only || matches!(&cli.command, Some(Command::Table(args)) if args.source.headers_only) {
        look_at_headers_only();
    }
    if cli.source.listens_alone() || matches!(&cli.command, Some(Command::Table(args)) if args.source.listens_alone()) {
        // That takes no privilege, and the keys are the user's.
        privilege::give_up_all()?;
    }
    match &cli.command {
        Some(Command::Interfaces) => interfaces::interfaces(),
        Some(Command::Columns(args)) => table::columns(*args),
        Some(Command::Table(args)) => {
            let query = table::asked(args)?;
            let Some(opened) = open(&args.source, table::detail(args))? else {
                bail!("nothing to show: add -i INTERFACE, -r FILE, --listen, --conntrack or --suricata FILE")
            };
            let others = Others::open(&args.source, false)?;
            privilege::give_up(Some(&opened))?;
            table::table(opened, open_beside(&args.source)?, &others, query, args)
        }
        Some(Command::Forget) => {
            privilege::give_up_all()?;
            computing::forget()
        }
        Some(Command::Shot(args)) => {
            privilege::give_up_all()?;
            shot::shot(args)
        }
        Some(Command::Probe(command)) => {
            privilege::give_up_all()?;
            probes::run(command)
        }
        Some(Command::Ps(args)) => {
            let source = ps::open(args)?;
            privilege::give_up_all()?;
            ps::ps(source, args)
        }
        None => {
            let opened = open(&cli.source, Detail::Slices)?;
            let others = Others::open(&cli.source, true)?;
            privilege::give_up(opened.as_ref())?;
            let beside = open_beside(&cli.source)?;
            Ok(window::run(begin(&cli, opened, others, beside)?)?)
        }
    }
}

/// What the window begins with.
fn begin(cli: &Cli, opened: Option<Opened>, others: Others, listening: Option<Hearing>) -> Result<window::Options> {
    let opened = match opened {
        None if cli.demo => Some(Opened::demo()?),
        opened => opened,
    };
    let filter = cli.source.filter.clone().unwrap_or_default();
    Ok(window::Options {
        start: opened.map(|opened| window::Begin { open: opened.what(), start: opened.into_start(), listening, filter }),
        others,
        view: cli.view.map(View::shown),
        geoip: cli.source.databases.geoip.clone(),
        picture: cli.picture.clone().map(|path| (path, Duration::from_secs_f64(cli.after))),
    })
}
