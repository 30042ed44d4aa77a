//! The role `probe`: opens what needs a privilege, gives every privilege up, and tells a glouglou elsewhere what its sources see.

use std::fs;

use anyhow::{Context as _, Result};
use capture::World;
use capture::live::LiveError;
use capture::privilege::confine::{Confined, Duty, confine};
use capture::remote::keys::read_invitation;
use capture::remote::line::{Dial, State};
use capture::remote::probe::{self, Said, Told};
use capture::remote::resolver::Resolver;
use capture::remote::{SenderConfig, os_random};
use capture::source::{BATCHES_WAITING, Ended};
use crossbeam_channel::bounded;
use graph::Time;
use wire::glouglou::Caps;
use wire::glouglou::session::Random;

use super::cli::RunArgs;
use super::role::{Ending, Lifeline};
use super::sources::{Running, Sources};

/// Runs to its end, and says on standard error what ended it.
pub(super) fn watch(args: &RunArgs, lifeline: Lifeline) -> Ending {
    let begun = match begin(args, lifeline) {
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
const NOTICES_WAITING: usize = 64;

/// What runs, confined.
struct Begun {
    line: Dial,
    config: SenderConfig,
    running: Running,
    told: Told,
}

fn begin(args: &RunArgs, lifeline: Lifeline) -> Result<Begun> {
    let kept = read_invitation(&args.key)
        .with_context(|| format!("no key to show: run ggprobe join, or name its file with --key ({})", args.key.display()))?;
    let invitation = match &args.to {
        Some(to) => kept.at(to)?,
        None => kept,
    };
    let mut sources = Sources::open(args)?;
    let resolver = Resolver::start(&invitation.host, invitation.port).context("cannot start the process that looks names up")?;
    let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();

    let Confined { user, landlock } = confine(Duty::Probe { processes: !args.no_proc }, args.user.as_deref())?;
    if !landlock {
        eprintln!("ggprobe: this kernel has no Landlock: what its user may read is barred by less");
    }
    // From here on there is nothing left to lose, and what others sent is read.
    sources.set_filter(args.filter.as_deref(), invitation.port)?;
    eprintln!("ggprobe: probe {:08x}, as {user}: {sources}", invitation.identity.probe_id);
    let world = World::alone()?;
    let config = SenderConfig {
        registry: world.registry().as_ref().clone(),
        boot_id: os_random().number(),
        hostname,
        network: !args.no_net,
        processes: !args.no_proc,
        probe_id: invitation.identity.probe_id,
    };
    let caps =
        Caps::SENDS.and(if config.network { Caps::NETWORK } else { Caps(0) }).and(if config.processes { Caps::PROCESS } else { Caps(0) });
    let line = Dial::new(&invitation, caps, config.boot_id, resolver.serve().context("cannot look names up")?);
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (notices_in, notices) = bounded(NOTICES_WAITING);
    let running = sources.start(world, batches_in, notices_in, clock)?;
    lifeline.ready(running.stopper()).context("cannot watch for the supervisor")?;
    Ok(Begun { line, config, running, told: Told { batches, notices } })
}

impl Begun {
    fn run(self) -> Result<Ended> {
        let Begun { line, config, running, told } = self;
        probe::run(Box::new(line), config, told, clock, tell).context("cannot send")?;
        running.join()
    }
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
        State::KeysUnread(why) => eprintln!("ggprobe: who may come is what it was: {why}"),
        State::Connected(addr) => eprintln!("ggprobe: connected with {addr}"),
        State::Refused => eprintln!("ggprobe: the listener knows this probe and does not want it now; it is asked again"),
    }
}

/// The wall clock.
fn clock() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}
