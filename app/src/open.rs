//! From the command line to an open source.

use std::path::Path;

use anyhow::{Result, bail};
use capture::{Source, file, live};

use crate::cli::SourceArgs;
use crate::pipeline::{SourceKind, Start};

/// A source that was named on the command line.
pub enum Opened {
    /// An interface.
    Live(live::Live),
    /// A recording.
    File(file::File),
}

impl Opened {
    /// The source behind it.
    pub fn into_source(self) -> Box<dyn Source> {
        match self {
            Opened::Live(live) => Box::new(live),
            Opened::File(file) => Box::new(file),
        }
    }

    /// The same as the window takes it.
    pub fn into_start(self) -> Start {
        let (kind, speed) = match &self {
            Opened::Live(_) => (SourceKind::Live, Some(1.0)),
            Opened::File(_) => (SourceKind::File, None),
        };
        Start { kind, source: self.into_source(), speed }
    }
}

/// Opens what the arguments name; none where they name nothing. This is where a privilege is used.
pub fn open(args: &SourceArgs) -> Result<Option<Opened>> {
    match (&args.interface, &args.read) {
        (Some(interface), _) => Ok(Some(Opened::Live(interface_of(interface, args).open()?))),
        (None, Some(path)) => Ok(Some(Opened::File(recording(path, args).open()?))),
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

fn recording(path: &Path, args: &SourceArgs) -> file::Config {
    file::Config { path: path.to_owned(), filter: args.filter.clone(), pace: file::Pace::AsFastAsPossible }
}
