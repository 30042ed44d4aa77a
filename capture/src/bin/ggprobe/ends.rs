//! What a probe or a relay has at its ends: sockets and keys, opened while there is a privilege, and lines once there is none.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use capture::remote::keys::{KeyDir, read_invitation};
use capture::remote::line::{Dial, Guests, Line, Listen};
use capture::remote::os_random;
use capture::remote::resolver::Resolver;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::Inotify;
use wire::glouglou::Caps;
use wire::glouglou::session::{Invitation, ListenerConfig, Random};

use super::cli::RunArgs;

/// What a key's file ends with.
const KEY: &str = "probe";
/// Who may come is read once it has not changed for so long.
const SETTLED: Duration = Duration::from_millis(300);

/// The end that dials.
pub(super) struct Dials {
    invitation: Invitation,
    resolver: Resolver,
}

impl Dials {
    pub(super) fn open(args: &RunArgs) -> Result<Dials> {
        let kept = read_invitation(&args.key)
            .with_context(|| format!("no key to show: run ggprobe join, or name its file with --key ({})", args.key.display()))?;
        let invitation = match &args.to {
            Some(to) => kept.at(to)?,
            None => kept,
        };
        let resolver = Resolver::start(&invitation.host, invitation.port).context("cannot start the process that looks names up")?;
        Ok(Dials { invitation, resolver })
    }

    /// Its own number there.
    pub(super) fn id(&self) -> u32 {
        self.invitation.identity.probe_id
    }

    pub(super) fn port(&self) -> u16 {
        self.invitation.port
    }

    pub(super) fn line(self, caps: Caps) -> Result<Dial> {
        let lookup = self.resolver.serve().context("cannot look names up")?;
        Ok(Dial::new(&self.invitation, caps, os_random().number(), lookup))
    }
}

/// The end that is dialled.
pub(super) struct Listens {
    listen: Listen,
    addr: SocketAddr,
    changes: Inotify,
}

impl Listens {
    pub(super) fn open(addr: SocketAddr, args: &RunArgs, caps: Caps) -> Result<Listens> {
        let keys = KeyDir::open(&args.keys)?;
        let own = keys.listener(&mut os_random())?;
        // Whoever is added from here on is seen to be.
        let changes = keys.watch()?;
        let guests = keys.probes()?;
        if guests.is_empty() {
            eprintln!("ggprobe: nobody may come: ggprobe key add NAME lets somebody");
        }
        let config = ListenerConfig { caps, ..ListenerConfig::new(own) };
        let listen = Listen::open(addr, config, Guests::These(guests))?;
        let addr = listen.addr().context("cannot listen")?;
        Ok(Listens { listen, addr, changes })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The line. Once others may come, `stop` is done: keys are read by a fresh process. Whether that was why is told, too.
    pub(super) fn line(self, stop: impl FnOnce() + Send + 'static) -> Result<(Listen, Anew)> {
        let anew = Anew::default();
        let (changes, told) = (self.changes, anew.clone());
        let watch = move || {
            if changed(&changes).is_ok() {
                told.0.store(true, Ordering::Relaxed);
                stop();
            }
        };
        thread::Builder::new().name("keys".into()).spawn(watch).context("cannot start a thread")?;
        Ok((self.listen, anew))
    }
}

/// Whether a fresh process is to go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Anew(Arc<AtomicBool>);

impl Anew {
    pub(super) fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Waits until the keys are others.
fn changed(changes: &Inotify) -> io::Result<()> {
    let wait = |timeout: PollTimeout| poll(&mut [PollFd::new(changes.as_fd(), PollFlags::POLLIN)], timeout);
    let mut is_other = false;
    loop {
        let settled = PollTimeout::from(u16::try_from(SETTLED.as_millis()).unwrap_or(u16::MAX));
        if wait(if is_other { settled } else { PollTimeout::NONE })? == 0 {
            return Ok(());
        }
        // What is written before it is put in its place has another ending.
        let is_key = |name: &std::ffi::OsString| std::path::Path::new(name).extension().is_some_and(|ending| ending == KEY);
        is_other |= changes.read_events()?.iter().any(|event| event.name.as_ref().is_some_and(is_key));
    }
}

/// What a probe has: one or the other.
pub(super) enum End {
    /// It dials.
    Dials(Dials),
    /// It is dialled.
    Listens(Box<Listens>),
}

impl End {
    pub(super) fn open(args: &RunArgs, caps: Caps) -> Result<End> {
        match args.listen {
            Some(_) if args.to.is_some() => bail!("--listen and --to: a probe dials, or is dialled"),
            Some(addr) => Ok(End::Listens(Box::new(Listens::open(addr, args, caps)?))),
            None => Ok(End::Dials(Dials::open(args)?)),
        }
    }

    /// Its own number, where somebody gave it one.
    pub(super) fn id(&self) -> u32 {
        match self {
            End::Dials(dials) => dials.id(),
            End::Listens(_) => 0,
        }
    }

    /// What it sends and hears has this port at one end.
    pub(super) fn port(&self) -> u16 {
        match self {
            End::Dials(dials) => dials.port(),
            End::Listens(listens) => listens.addr.port(),
        }
    }

    pub(super) fn line(self, caps: Caps, stop: impl FnOnce() + Send + 'static) -> Result<(Box<dyn Line>, Anew)> {
        match self {
            End::Dials(dials) => Ok((Box::new(dials.line(caps)?), Anew::default())),
            End::Listens(listens) => listens.line(stop).map(|(line, anew)| (Box::new(line) as Box<dyn Line>, anew)),
        }
    }
}
