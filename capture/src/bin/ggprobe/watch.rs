//! The role `probe`: opens what needs a privilege, gives every privilege up, and tells a glouglou elsewhere what its sources see.

use std::fs;

use anyhow::{Context as _, Result};
use capture::World;
use capture::dissect::look_at_headers_only;
use capture::dummy;
use capture::live::LiveError;
use capture::privilege::confine::{Confined, Duty, confine};
use capture::remote::line::{Line, State};
use capture::remote::probe::{self, Said, Told};
use capture::remote::{SenderConfig, os_random};
use capture::source::{BATCHES_WAITING, Ended};
use crossbeam_channel::bounded;
use graph::Time;
use wire::glouglou::Caps;
use wire::glouglou::session::Random;

use super::cli::{Cli, Command};
use super::ends::{Anew, End};
use super::role::{Ending, Lifeline};
use super::sources::{Running, Sources, What, say};

/// Runs to its end, and says on standard error what ended it.
pub(super) fn watch(cli: &Cli, lifeline: Lifeline) -> Ending {
    let begun = match begin(cli, lifeline) {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("ggprobe: {error:#}");
            // It may be switched on.
            let may_change = matches!(error.downcast_ref(), Some(LiveError::Down { .. }));
            return if may_change { Ending::Failed } else { Ending::Refused };
        }
    };
    match begun.run() {
        Ok(Ended::Anew) => Ending::Anew,
        Ok(_) => Ending::Done,
        Err(error) => {
            eprintln!("ggprobe: {error:#}");
            Ending::Failed
        }
    }
}

/// Notices that wait to be told.
pub(super) const NOTICES_WAITING: usize = 64;

/// What runs, confined.
struct Begun {
    line: Box<dyn Line>,
    anew: Anew,
    config: SenderConfig,
    running: Running,
    told: Told,
}

fn begin(cli: &Cli, lifeline: Lifeline) -> Result<Begun> {
    let args = &cli.run;
    let network = if args.no_net { Caps(0) } else { Caps::NETWORK };
    let mut sources = match cli.command {
        Some(Command::Dummy { hosts, rate }) => Sources::made_up(dummy::Config { hosts, rate }),
        _ => Sources::open(&What::of(args))?,
    };
    let caps = Caps::SENDS.and(network).and(if sources.have_processes() { Caps::PROCESS } else { Caps(0) });
    let end = End::open(args, caps)?;
    let hostname = hostname();

    let Confined { user, landlock } = confine(Duty::Probe { processes: sources.have_processes() }, args.user.as_deref())?;
    if !landlock {
        eprintln!("ggprobe: this kernel has no Landlock: what its user may read is barred by less");
    }
    // From here on there is nothing left to lose, and what others sent is read.
    sources.set_filter(args.filter.as_deref(), Some(end.port()))?;
    eprintln!("ggprobe: probe {:08x}, as {user}: {sources}", end.id());
    if args.headers_only {
        look_at_headers_only();
    }
    let world = World::alone()?;
    let config = SenderConfig {
        registry: world.registry().as_ref().clone(),
        boot_id: os_random().number(),
        hostname,
        network: caps.has(Caps::NETWORK),
        processes: caps.has(Caps::PROCESS),
        probe_id: end.id(),
        interfaces: sources.interfaces(),
        sampling_n: args.sample,
    };
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (notices_in, notices) = bounded(NOTICES_WAITING);
    let running = sources.start(world, batches_in, notices_in, clock, say)?;
    let (line, anew) = end.line(caps, running.stopper())?;
    lifeline.ready(running.stopper()).context("cannot watch for the supervisor")?;
    Ok(Begun { line, anew, config, running, told: Told { batches, notices } })
}

impl Begun {
    fn run(self) -> Result<Ended> {
        let Begun { line, anew, config, running, told } = self;
        probe::run(line, config, told, clock, tell).context("cannot send")?;
        let ended = running.join()?;
        Ok(if anew.is_told() { Ended::Anew } else { ended })
    }
}

/// What this machine is called.
pub(super) fn hostname() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

fn tell(said: Said<'_>) {
    match said {
        Said::State(state) => tell_state(state),
        Said::Over(events) => eprintln!("ggprobe: told {events} events"),
        Said::Words(words) => eprintln!("ggprobe: the listener says: {words}"),
    }
}

/// Says how the line is now.
pub(super) fn tell_state(state: &State) {
    match state {
        State::Dialling(addr) => eprintln!("ggprobe: dials {addr}"),
        State::Unresolved(host) => {
            eprintln!("ggprobe: {host} is not found: is its name right, and is there a way to it? It is looked for again")
        }
        State::KeysUnread(why) => eprintln!("ggprobe: who may come is what it was: {why}"),
        State::Connected(addr) => eprintln!("ggprobe: connected with {addr}"),
        State::Refused => eprintln!("ggprobe: the listener knows this probe and does not want it now; it is asked again"),
    }
}

/// The wall clock.
pub(super) fn clock() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
