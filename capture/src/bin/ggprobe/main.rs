//! `ggprobe`: opens what needs a privilege, gives the privileges up, and tells a glouglou elsewhere what its sources see.

mod cli;
mod join;
mod sources;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use crossbeam_channel::bounded;
use graph::Time;

use self::cli::{Cli, Command, RunArgs};
use self::sources::Sources;
use capture::remote::keys::read_invitation;
use capture::remote::line::{Dial, Lookup, State};
use capture::remote::probe::{self, Said, Told};
use capture::remote::{SenderConfig, os_random};
use capture::source::BATCHES_WAITING;
use capture::{World, privilege};
use wire::glouglou::Caps;
use wire::glouglou::session::{Invitation, Random};

/// Notices that wait to be told.
const NOTICES_WAITING: usize = 64;

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

/// Does what the command line says.
fn run(cli: Cli) -> Result<()> {
    let Cli { command, run } = cli;
    let invitation = match command {
        Some(Command::Join) => join::join(&run.key)?,
        None => read_invitation(&run.key)
            .with_context(|| format!("no key to show: run ggprobe join, or name its file with --key ({})", run.key.display()))?,
    };
    watch(&invitation, &run)
}

fn watch(invitation: &Invitation, args: &RunArgs) -> Result<()> {
    let invitation = match &args.to {
        Some(to) => invitation.at(to)?,
        None => invitation.clone(),
    };
    let sources = Sources::open(args, invitation.port)?;
    let dropped = privilege::drop_privileges()?;
    let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let world = World::alone()?;
    let config = SenderConfig {
        registry: world.registry().as_ref().clone(),
        boot_id: os_random().number(),
        hostname,
        network: !args.no_net,
        processes: !args.no_proc,
        probe_id: invitation.identity.probe_id,
    };
    eprintln!("ggprobe: probe {:08x}, as {}: {sources}", invitation.identity.probe_id, dropped.user);
    let caps =
        Caps::SENDS.and(if config.network { Caps::NETWORK } else { Caps(0) }).and(if config.processes { Caps::PROCESS } else { Caps(0) });
    let lookup = Lookup::of_system(&invitation.host, invitation.port)?;
    let line = Dial::new(&invitation, caps, config.boot_id, lookup);
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (notices_in, notices) = bounded(NOTICES_WAITING);
    let running = sources.start(world, batches_in, notices_in, clock)?;
    probe::run(Box::new(line), config, Told { batches, notices }, clock, tell).context("cannot send")?;
    running.join()
}

fn tell(said: Said<'_>) {
    let state = match said {
        Said::State(state) => state,
        Said::Words(words) => return eprintln!("ggprobe: the listener says: {words}"),
    };
    match state {
        State::Dialling(addr) => eprintln!("ggprobe: dials {addr}"),
        State::Unresolved(host) => {
            eprintln!("ggprobe: {host} is not found: is its name right, and is there a way to it? It is looked for again")
        }
        State::Connected(addr) => eprintln!("ggprobe: connected with {addr}"),
        State::KeysUnread(why) => eprintln!("ggprobe: who may come is what it was: {why}"),
        State::Refused => eprintln!("ggprobe: the listener knows this probe and does not want it now; it is asked again"),
    }
}

/// The wall clock.
fn clock() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
