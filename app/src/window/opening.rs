//! From what the user named to an open source.

use std::path::Path;

use capture::file::{self, FileError, Pace};
use capture::live::{self, LiveError};

use crate::open::{Hearing, Opened, Processes, captured, connect, listener};
use crate::pipeline::{SourceKind, Start};
use crate::state::action::Open;
use crate::state::{Settings, Speed};

/// The story that the demo tells.
const SEED: u64 = 1;

/// What could not be opened, and where that is to be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// At the filter: it is none.
    Filter(String),
    /// At what was to be opened.
    Source(String),
}

/// Opens it, with that filter; empty is none.
pub(super) fn open(open: &Open, filter: &str, settings: &Settings) -> Result<Start, Refused> {
    match open {
        Open::Demo => demo(),
        Open::File(path) => recording(path, filter, settings.speed),
        Open::Interface(name) => interface(name, filter, settings.promiscuous),
        Open::Listen(addr) => remote(listener(*addr)),
        Open::Connect(host, key) => remote(connect(host, key)),
        Open::Machine => Ok(Opened::Machine(Processes::open_all(Vec::new())).into_start()),
    }
}

fn remote(hearing: anyhow::Result<Hearing>) -> Result<Start, Refused> {
    let hearing = hearing.map_err(|error| Refused::Source(format!("{error:#}")))?;
    Ok(Opened::Remote(hearing).into_start())
}

fn demo() -> Result<Start, Refused> {
    let config = capture::demo::Config { seed: SEED, ..Default::default() };
    let demo = config.open().map_err(|e| Refused::Source(e.to_string()))?;
    Ok(Start {
        kind: SourceKind::Demo,
        source: Box::new(demo),
        beside: Processes::default(),
        speed: Some(1.0),
        others: Vec::new(),
        heard: None,
        places: None,
    })
}

fn recording(path: &Path, filter: &str, speed: Speed) -> Result<Start, Refused> {
    let pace = match speed {
        Speed::Times(times) => Pace::Times(times),
        Speed::Max => Pace::AsFastAsPossible,
    };
    let filter = (!filter.is_empty()).then(|| filter.to_owned());
    let file = file::Config { filter, pace, ..file::Config::new(path) }.open().map_err(|error| match error {
        FileError::Filter(error) => Refused::Filter(error.to_string()),
        error => Refused::Source(error.to_string()),
    })?;
    Ok(Start {
        kind: SourceKind::File,
        source: Box::new(file),
        beside: Processes::default(),
        speed: speed.times(),
        others: Vec::new(),
        heard: None,
        places: None,
    })
}

fn interface(name: &str, filter: &str, promiscuous: bool) -> Result<Start, Refused> {
    let mut config = live::Config::new(name);
    config.promiscuous &= promiscuous;
    filter.clone_into(&mut config.filter);
    let (source, beside) = captured(config).map_err(|error| match error {
        LiveError::Filter { message, .. } => Refused::Filter(message),
        error => Refused::Source(error.to_string()),
    })?;
    Ok(Start { kind: SourceKind::Live, source, beside, speed: None, others: Vec::new(), heard: None, places: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(what: &Open, filter: &str) -> Refused {
        open(what, filter, &Settings::default()).err().unwrap()
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let Refused::Source(text) = refused(&Open::File("/no/such/file.pcap".into()), "") else { panic!() };
        assert!(text.contains("/no/such/file.pcap"), "{text}");
        let Refused::Source(text) = refused(&Open::Interface("no-such-if".into()), "") else { panic!() };
        assert!(text.contains("no-such-if"), "{text}");
    }

    #[test]
    fn the_demo_opens() {
        assert_eq!(open(&Open::Demo, "", &Settings::default()).ok().unwrap().kind, SourceKind::Demo);
    }
}
