//! From the command line to an open source.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use capture::file::Detail;
use capture::idle::Idle;
use capture::live::LiveError;
use capture::proc::attribution::{self, Feed};
use capture::proc::child::ProcChild;
use capture::proc::{self, Visible};
use capture::remote::board::Board;
use capture::remote::helper;
use capture::remote::keys::{KeyDir, read_invitation};
use capture::remote::os_random;
use capture::remote::viewer::{self, Remote};
use capture::{Source, demo, file, live};

use wire::glouglou::session::{Plain, Random};

use crate::cli::SourceArgs;
use crate::others::Beside;
use crate::pipeline::{Heard, REALMS, SourceKind, Start, Way};
use crate::probes;
use crate::state::action::Open;

/// A source that is open, and what it was opened from.
pub enum Opened {
    /// An interface, its name, and the processes of this machine.
    Live(Box<dyn Source>, String, Processes),
    /// A recording, and its path.
    File(Box<file::File>, PathBuf),
    /// The demo.
    Demo(demo::Demo),
    /// Probes.
    Remote(Hearing),
    /// Nothing of itself: other sources tell of this machine. And its processes.
    Machine(Processes),
}

/// Probes that are heard: those that come, or one that is dialled.
pub struct Hearing {
    /// The source of what they tell.
    pub source: Box<Remote>,
    /// How they are heard.
    pub way: Way,
    /// How each of them is.
    pub board: Board,
}

impl Hearing {
    /// All but the source.
    pub fn heard(&self) -> Heard {
        Heard { way: self.way.clone(), board: self.board.clone() }
    }
}

/// What tells of this machine's processes, beside a source of packets.
#[derive(Default)]
pub struct Processes {
    /// The processes themselves, and whose the flows are; fewer where there is no /proc.
    pub sources: Vec<Box<dyn Source>>,
    /// The processes that are measured: what a view shows.
    pub visible: Visible,
    /// What is to be told of every event, so that flows find their owners.
    pub feed: Option<Feed>,
    /// What else a report hears.
    pub others: Beside,
}

impl Processes {
    /// Opens it; connections on `interface` are looked at as they begin. This is where a privilege is used, if there is one; without, the
    /// source says what is missed.
    pub fn open(interface: &str) -> Processes {
        Processes::open_all(vec![interface.to_owned()])
    }

    /// The same of several interfaces, or none: then flows find their owners once they are told of.
    pub fn open_all(interfaces: Vec<String>) -> Processes {
        let mut all = Processes::default();
        let complain = |error: &dyn std::fmt::Display| eprintln!("glouglou: {error}");
        let child = ProcChild::start();
        let attribution = attribution::Config { root: "/proc".into(), interfaces, child: child.clone().ok().flatten() };
        match (proc::Config { visible: all.visible.clone(), child, ..proc::Config::default() }).open() {
            Ok(source) => all.sources.push(Box::new(source)),
            Err(error) => complain(&error),
        }
        match attribution.open() {
            Ok((source, feed)) => {
                all.sources.push(Box::new(source));
                all.feed = Some(feed);
            }
            Err(error) => complain(&format_args!("whose flows are whose is not known: {error}")),
        }
        all
    }
}

/// The story that the demo tells.
const SEED: u64 = 1;

impl Opened {
    /// The demo.
    pub fn demo() -> Result<Opened> {
        Ok(Opened::Demo(demo::Config { seed: SEED, ..demo::Config::default() }.open()?))
    }

    /// The beginning of the demo's story, told as fast as it is heard; it is always the same.
    pub fn story(lasts: std::time::Duration) -> Result<Opened> {
        Ok(Opened::Demo(demo::Config { seed: SEED, scenario: None, lasts: Some(lasts) }.open()?))
    }

    /// What it was opened from.
    pub fn what(&self) -> Open {
        match self {
            Opened::Live(_, interface, _) => Open::Interface(interface.clone()),
            Opened::File(_, path) => Open::File(path.clone()),
            Opened::Demo(_) => Open::Demo,
            Opened::Remote(hearing) => hearing.way.what(),
            Opened::Machine(_) => Open::Machine,
        }
    }

    /// The source, and what tells of the same machine beside it.
    pub fn into_sources(self) -> (Box<dyn Source>, Processes) {
        match self {
            Opened::Live(live, _, processes) => (live, processes),
            Opened::File(file, _) => (file, Processes::default()),
            Opened::Demo(demo) => (Box::new(demo), Processes::default()),
            Opened::Remote(hearing) => (hearing.source, Processes::default()),
            Opened::Machine(processes) => (Box::new(Idle), processes),
        }
    }

    /// The same as the window takes it: a recording as fast as possible.
    pub fn into_start(self) -> Start {
        let (kind, speed) = match &self {
            Opened::Live(..) | Opened::Remote(..) | Opened::Machine(_) => (SourceKind::Live, Some(1.0)),
            Opened::File(..) => (SourceKind::File, None),
            Opened::Demo(_) => (SourceKind::Demo, Some(1.0)),
        };
        let heard = match &self {
            Opened::Remote(hearing) => Some(hearing.heard()),
            _ => None,
        };
        let (source, beside) = self.into_sources();
        let places = if kind == SourceKind::Live { crate::state::home::places() } else { None };
        Start { kind, source, beside, others: Vec::new(), speed, heard, places }
    }
}

/// Opens what the arguments name; none where they name nothing. This is where a privilege is used. `detail` is how much is wanted of a recording.
pub fn open(args: &SourceArgs, detail: Detail) -> Result<Option<Opened>> {
    if let (Some(addr), true) = (args.listen, args.listens_alone()) {
        return Ok(Some(Opened::Remote(listener_of(probes::keys()?, addr, args.plain())?)));
    }
    if let (Some(host), Some(key)) = (&args.connect, &args.key) {
        return connect(host, key).map(|hearing| Some(Opened::Remote(hearing)));
    }
    match (&args.interface, &args.read) {
        (Some(interface), _) => {
            let (source, processes) = captured(interface_of(interface, args))?;
            Ok(Some(Opened::Live(source, interface.clone(), processes)))
        }
        (None, Some(path)) => Ok(Some(Opened::File(Box::new(recording(path, args, detail).open()?), path.clone()))),
        (None, None) if args.hears_others() => Ok(Some(Opened::Machine(Processes::open_all(Vec::new())))),
        (None, None) if args.filter.is_some() => bail!("a filter needs something to filter: add -i INTERFACE or -r FILE"),
        (None, None) => Ok(None),
    }
}

/// Opens an interface, and what tells of the processes of this machine beside it: by itself where that is permitted, else through the helper, if there is one. A thread that
/// gave its privileges up finds none: nothing that it starts may have more.
///
/// # Errors
/// What hinders it; what a helper is refused shows when the source runs.
pub fn captured(config: live::Config) -> Result<(Box<dyn Source>, Processes), LiveError> {
    let name = config.interface.clone();
    let error = match config.clone().open() {
        Ok(live) => return Ok((Box::new(live), Processes::open(&name))),
        Err(error) => error,
    };
    let Some(by) = matches!(error, LiveError::NotPermitted { .. }).then(helper::find).flatten() else { return Err(error) };
    // Who asks for a password becomes root, and tells of all processes; else this program sees those of its user.
    let processes = if by.asks() { Processes::default() } else { Processes::open(&name) };
    let live::Config { interface, filter, promiscuous, .. } = config;
    let helper = helper::Config { by, interface, filter, promiscuous, site: REALMS.site };
    let helped =
        helper.open().map_err(|error| LiveError::Refused { interface: name, message: format!("the helper does not start: {error}") })?;
    Ok((Box::new(helped), processes))
}

/// Dials a probe that listens at `host`, with the key that it gave.
pub fn connect(host: &str, key: &Path) -> Result<Hearing> {
    let invitation = read_invitation(key)?.at(host)?;
    let board = Board::default();
    let source = Box::new(Remote::dial(&invitation, os_random().number(), REALMS.site, board.clone())?);
    Ok(Hearing { source, way: Way::Dials(host.to_owned(), key.to_owned()), board })
}

/// Listens beside an interface, where the arguments say so. That takes no privilege, and the keys are the user's: it is done after these are given up.
pub fn open_beside(args: &SourceArgs) -> Result<Option<Hearing>> {
    let Some(addr) = args.listen.filter(|_| !args.listens_alone()) else { return Ok(None) };
    let keys = probes::keys().context("no keys of probes: they are kept in the home of the user that glouglou is after it has opened the interface; start it through sudo")?;
    listener_of(keys, addr, args.plain()).map(Some)
}

/// Listens for the probes that may come.
pub fn listener(addr: SocketAddr) -> Result<Hearing> {
    listener_of(probes::keys()?, addr, Plain::Never)
}

/// The same, with keys of its own, and perhaps for those that seal nothing.
pub(crate) fn listener_of(keys: KeyDir, addr: SocketAddr, plain: Plain) -> Result<Hearing> {
    let own = keys.listener(&mut os_random())?;
    let board = Board::default();
    let config = viewer::Config { addr, keys: own, probes: keys, plain, site: REALMS.site, board: board.clone() };
    let source = Box::new(config.open()?);
    let way = Way::Listens(source.addr().unwrap_or(addr));
    Ok(Hearing { source, way, board })
}

fn interface_of(interface: &str, args: &SourceArgs) -> live::Config {
    let mut config = live::Config::new(interface);
    config.promiscuous = !args.no_promiscuous;
    config.filter = args.filter.clone().unwrap_or_default();
    config
}

fn recording(path: &Path, args: &SourceArgs, detail: Detail) -> file::Config {
    file::Config { filter: args.filter.clone(), detail, ..file::Config::new(path) }
}
