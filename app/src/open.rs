//! From the command line to an open source.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use capture::file::Detail;
use capture::{Source, demo, file, live};

use crate::cli::SourceArgs;
use crate::pipeline::{SourceKind, Start};
use crate::state::action::Open;

/// A source that is open, and what it was opened from.
pub enum Opened {
    /// An interface, and its name.
    Live(Box<live::Live>, String),
    /// A recording, and its path.
    File(Box<file::File>, PathBuf),
    /// The demo.
    Demo(demo::Demo),
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
            Opened::Live(_, interface) => Open::Interface(interface.clone()),
            Opened::File(_, path) => Open::File(path.clone()),
            Opened::Demo(_) => Open::Demo,
        }
    }

    /// The source.
    pub fn into_source(self) -> Box<dyn Source> {
        match self {
            Opened::Live(live, _) => live,
            Opened::File(file, _) => file,
            Opened::Demo(demo) => Box::new(demo),
        }
    }

    /// The same as the window takes it: a recording as fast as possible.
    pub fn into_start(self) -> Start {
        let (kind, speed) = match &self {
            Opened::Live(..) => (SourceKind::Live, Some(1.0)),
            Opened::File(..) => (SourceKind::File, None),
            Opened::Demo(_) => (SourceKind::Demo, Some(1.0)),
        };
        Start { kind, source: self.into_source(), beside: Vec::new(), speed }
    }
}

/// Opens what the arguments name; none where they name nothing. This is where a privilege is used. `detail` is how much is wanted of a recording.
pub fn open(args: &SourceArgs, detail: Detail) -> Result<Option<Opened>> {
    match (&args.interface, &args.read) {
        (Some(interface), _) => Ok(Some(Opened::Live(Box::new(interface_of(interface, args).open()?), interface.clone()))),
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
