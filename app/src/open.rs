//! From the command line to an open source.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use capture::file::Detail;
use capture::proc::{self, Visible};
use capture::{Source, demo, file, live};

use crate::cli::SourceArgs;
use crate::pipeline::{SourceKind, Start};
use crate::state::action::Open;

/// A source that is open, and what it was opened from.
pub enum Opened {
    /// An interface, its name, and the processes of this machine.
    Live(Box<live::Live>, String, Processes),
    /// A recording, and its path.
    File(Box<file::File>, PathBuf),
    /// The demo.
    Demo(demo::Demo),
}

/// The source of this machine's processes.
pub struct Processes {
    /// None where there is no /proc.
    pub source: Option<Box<dyn Source>>,
    /// Those that are measured: what a view shows.
    pub visible: Visible,
}

impl Processes {
    /// Opens it. This is where a privilege is used, if there is one; without, the source says what is missed.
    pub fn open() -> Processes {
        let visible = Visible::default();
        let opened = proc::Config { visible: visible.clone(), ..proc::Config::default() }.open();
        let source = opened.map(|source| Box::new(source) as Box<dyn Source>);
        Processes { source: source.inspect_err(|error| eprintln!("glouglou: {error}")).ok(), visible }
    }
}

/// The story that the demo tells.
const SEED: u64 = 1;

impl Opened {
    /// The demo.
    pub fn demo() -> Result<Opened> {
        Ok(Opened::Demo(demo::Config { seed: SEED, scenario: None }.open()?))
    }

    /// What it was opened from.
    pub fn what(&self) -> Open {
        match self {
            Opened::Live(_, interface, _) => Open::Interface(interface.clone()),
            Opened::File(_, path) => Open::File(path.clone()),
            Opened::Demo(_) => Open::Demo,
        }
    }

    /// The source, and what tells of the same machine beside it.
    pub fn into_sources(self) -> (Box<dyn Source>, Vec<Box<dyn Source>>) {
        match self {
            Opened::Live(live, _, processes) => (live, processes.source.into_iter().collect()),
            Opened::File(file, _) => (file, Vec::new()),
            Opened::Demo(demo) => (Box::new(demo), Vec::new()),
        }
    }

    /// The same as the window takes it: a recording as fast as possible.
    pub fn into_start(self) -> Start {
        let (kind, speed, visible) = match &self {
            Opened::Live(_, _, processes) => (SourceKind::Live, Some(1.0), processes.visible.clone()),
            Opened::File(..) => (SourceKind::File, None, Visible::default()),
            Opened::Demo(_) => (SourceKind::Demo, Some(1.0), Visible::default()),
        };
        let (source, beside) = self.into_sources();
        Start { kind, source, beside, visible, speed }
    }
}

/// Opens what the arguments name; none where they name nothing. This is where a privilege is used. `detail` is how much is wanted of a recording.
pub fn open(args: &SourceArgs, detail: Detail) -> Result<Option<Opened>> {
    match (&args.interface, &args.read) {
        (Some(interface), _) => {
            let live = interface_of(interface, args).open()?;
            Ok(Some(Opened::Live(Box::new(live), interface.clone(), Processes::open())))
        }
        (None, Some(path)) => Ok(Some(Opened::File(Box::new(recording(path, args, detail).open()?), path.clone()))),
        (None, None) if args.filter.is_some() => bail!("a filter needs something to filter: add -i INTERFACE or -r FILE"),
        (None, None) => Ok(None),
    }
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
