//! The role `relay`: hears probes, and forwards what they say.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use capture::privilege::confine::{Duty, confine};
use capture::remote::line::{Dial, Listen};
use capture::remote::os_random;
use capture::remote::relay::{self, Config, Said};
use nix::sys::eventfd::{EfdFlags, EventFd};
use wire::glouglou::Caps;
use wire::glouglou::session::Random;

use super::cli::RunArgs;
use super::ends::{Anew, Dials, Listens};
use super::role::{Ending, Lifeline};
use super::watch::{clock, hostname, tell_state};

/// Runs to its end, and says on standard error what ended it.
pub(super) fn forward(args: &RunArgs, lifeline: Lifeline) -> Ending {
    let begun = match begin(args, lifeline) {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("ggprobe: {error:#}");
            return Ending::Refused;
        }
    };
    match relay::run(begun.config, Box::new(begun.down), Box::new(begun.up), &begun.stop, clock, tell) {
        Ok(()) if begun.anew.is_told() => Ending::Anew,
        Ok(()) => Ending::Done,
        Err(error) => {
            eprintln!("ggprobe: cannot forward: {error}");
            Ending::Failed
        }
    }
}

struct Begun {
    config: Config,
    down: Listen,
    up: Dial,
    stop: Arc<EventFd>,
    anew: Anew,
}

fn begin(args: &RunArgs, lifeline: Lifeline) -> Result<Begun> {
    let dials = Dials::open(args)?;
    let modules = Caps::RELAYS.and(Caps::NETWORK).and(Caps::PROCESS);
    let listens = Listens::open(args.listens_at(), args, modules.and(Caps::WANTS))?;
    let config = Config { relay_id: dials.id(), boot_id: os_random().number(), hostname: hostname() };
    let stop = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
    let confined = confine(Duty::Relay, args.user.as_deref())?;
    eprintln!("ggprobe: relay {:08x}, as {}: listens at {}, UDP", config.relay_id, confined.user, listens.addr());

    let stopper = || {
        let stop = stop.clone();
        move || {
            let _it_rings_already = stop.write(1);
        }
    };
    let ctrl_c = stopper();
    ctrlc::set_handler(ctrl_c).context("cannot watch for Ctrl-C")?;
    let (down, anew) = listens.line(stopper())?;
    let up = dials.line(modules)?;
    lifeline.ready(stopper()).context("cannot watch for the supervisor")?;
    Ok(Begun { config, down, up, stop, anew })
}

fn tell(said: Said<'_>) {
    match said {
        Said::State(state) => tell_state(state),
        Said::Came(name) => eprintln!("ggprobe: {name} came"),
        Said::Gone(name) => eprintln!("ggprobe: {name} is silent: its machine, or the way to it, is down"),
        Said::Refused(name, why) => eprintln!("ggprobe: what {name} sends is not forwarded: {why}"),
        Said::Words(words) => eprintln!("ggprobe: the listener says: {words}"),
    }
}
