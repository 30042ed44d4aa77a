//! `ggprobe helper`: captures for a program without privilege, which started it and hears it on the socket that is its standard input.
//!
//! Whoever may run it, or is let by pkexec(1), may be anybody: it takes an interface of this machine, a filter that it compiles once it is confined, and what it is to tell of, and
//! nothing else: no path, no command, no variable of the environment.

use std::ffi::OsString;
use std::io;

use anyhow::{Context as _, Result, bail};
use capture::World;
use capture::dissect::look_at_headers_only;
use capture::interfaces;
use capture::privilege::confine::{Duty, confine};
use capture::privilege::forget_environment;
use capture::remote::line::Inherited;
use capture::remote::probe::{self, Said, Told};
use capture::remote::{SenderConfig, helper, os_random};
use capture::source::{BATCHES_WAITING, Ended, Notice};
use clap::Parser;
use crossbeam_channel::bounded;
use nix::sys::prctl;
use nix::sys::socket::{UnixAddr, getsockname};
use std::os::fd::AsRawFd;
use wire::glouglou::Caps;
use wire::glouglou::session::Random;

use super::role::Ending;
use super::sources::{Sources, What};
use super::watch::{NOTICES_WAITING, clock, hostname};

/// Captures for the program that started it, on the socket that is its standard input.
#[derive(Debug, Parser)]
#[command(name = "ggprobe helper")]
struct HelperArgs {
    /// Say by the exit code whether it may capture, and do nothing
    #[arg(long)]
    check: bool,
    /// Capture on this interface
    #[arg(long, required_unless_present = "check")]
    interface: Option<String>,
    /// Take only packets that match (pcap-filter(7)), with numbers instead of names
    #[arg(long, default_value = "")]
    filter: String,
    /// Do not take packets that are for other machines
    #[arg(long)]
    no_promiscuous: bool,
    /// Look at headers alone
    #[arg(long)]
    headers_only: bool,
    /// Tell of no processes
    #[arg(long)]
    no_proc: bool,
}

/// Runs as the helper if this program was started as one, to its end; none where it was not.
pub(super) fn help_if_asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Ending> {
    let mut arguments = arguments.into_iter();
    let program = arguments.next()?;
    arguments.next().filter(|first| first == helper::ARGUMENT)?;
    let done = forget_environment().map_err(Into::into).and_then(|()| help(HelperArgs::parse_from([program].into_iter().chain(arguments))));
    Some(done.unwrap_or_else(|error: anyhow::Error| {
        eprintln!("ggprobe: {error:#}");
        Ending::Refused
    }))
}

fn help(args: HelperArgs) -> Result<Ending> {
    if args.check {
        return Ok(if interfaces::may_capture() { Ending::Done } else { Ending::Refused });
    }
    let _a_name_is_a_help = prctl::set_name(c"ggprobe-helper");
    let socket = io::stdin();
    if getsockname::<UnixAddr>(socket.as_raw_fd()).is_err() {
        bail!("a helper is started by the program that it captures for: its standard input is no socket of one");
    }
    let line = Inherited::new(nix::unistd::dup(socket)?, "window", Caps::WANTS).context("standard input")?;
    let what = What {
        interfaces: args.interface.into_iter().collect(),
        network: true,
        processes: !args.no_proc,
        promiscuous: !args.no_promiscuous,
        trace: false,
        sample: 1,
    };
    let mut sources = Sources::open(&what)?;
    let hostname = hostname();

    confine(Duty::Probe { processes: what.processes }, None)?;
    sources.set_filter(Some(&args.filter), None)?;
    if args.headers_only {
        look_at_headers_only();
    }
    let world = World::alone()?;
    let config = SenderConfig {
        registry: world.registry().as_ref().clone(),
        boot_id: os_random().number(),
        hostname,
        network: true,
        processes: what.processes,
        probe_id: 0,
        interfaces: sources.interfaces(),
        sampling_n: what.sample,
    };
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (notices_in, notices) = bounded(NOTICES_WAITING);
    let running = sources.start(world, batches_in, notices_in, clock, quiet)?;
    let line = line.stopping(running.stopper());
    if let Err(error) = probe::run(Box::new(line), config, Told { batches, notices }, clock, |_: Said<'_>| {}) {
        eprintln!("ggprobe: cannot send: {error}");
        return Ok(Ending::Failed);
    }
    Ok(match running.join() {
        Ok(Ended::Anew) => {
            eprintln!("ggprobe: the interface was gone and is back: watch it again");
            Ending::Anew
        }
        Ok(_) => Ending::Done,
        Err(error) => {
            eprintln!("ggprobe: {error:#}");
            Ending::Failed
        }
    })
}

/// What a user should know is said on the line.
fn quiet(_: &Notice) {}
