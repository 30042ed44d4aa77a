//! Suricata's records as a source of tags: what it found in flows that others count. It counts nothing itself.
//!
//! Records come by a file, over whose rotation nothing is lost, or by a Unix socket at which this program listens. Each is of a flow by its ends:
//! where these are translated, either face does. Where nobody else tells of flows it says that they are there.

pub(crate) mod columns;
mod listener;
mod reader;
mod session;
mod tail;
mod way;

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Instant;

use wire::eve::Record;

pub use way::Way;

use self::listener::{Datagrams, Streams};
use self::session::{Ear, Session};
use self::tail::Tail;
use crate::source::{Context, Ended, Source, SourceError};
use crate::supervised::{Factory, Refused, Tally};

/// Its name, on the command line and for the user.
pub const NAME: &str = "suricata";

/// What the source is opened from.
#[derive(Debug)]
pub struct Config {
    way: Way,
    tally: Tally,
    /// Whether nobody else tells of flows.
    opens: bool,
    /// Whether a file is read from its beginning to its end, and that is all.
    once: bool,
}

impl Config {
    /// Hears what comes that way, from now on.
    pub fn new(way: Way) -> Config {
        Config { way, tally: Tally::default(), opens: false, once: false }
    }

    /// Reads a file from its beginning to its end, once: what was found in a recording.
    pub fn once(self) -> Config {
        Config { once: true, ..self }
    }

    /// Tells of the flows themselves, where nobody else does.
    pub fn opening(self) -> Config {
        Config { opens: true, ..self }
    }

    /// How the records come.
    pub fn way(&self) -> &Way {
        &self.way
    }

    fn path(&self) -> &Path {
        match &self.way {
            Way::File(path) | Way::Stream(path) | Way::Datagram(path) => path,
        }
    }

    fn ear(&self) -> io::Result<Ear> {
        Ok(match &self.way {
            Way::File(path) if self.once && !tail::exists(path) => return Err(ErrorKind::NotFound.into()),
            Way::File(path) => Ear::File(Box::new(Tail::new(path, self.once, Instant::now())?)),
            Way::Stream(path) => Ear::Streams(Streams::open(path)?),
            Way::Datagram(path) => Ear::Datagrams(Datagrams::open(path)?),
        })
    }

    fn refused(&self, error: &io::Error) -> Refused {
        let (path, way) = (self.path().display(), &self.way);
        let text = match (error.kind(), way) {
            (ErrorKind::PermissionDenied, Way::File(_)) => {
                format!("cannot read {path}: {error}; let this user read it: sudo setfacl -m u:$USER:r {path}")
            }
            (ErrorKind::PermissionDenied, _) => {
                format!("cannot listen at {path}: {error}; name a socket in a folder that this user may write to")
            }
            (ErrorKind::NotFound, Way::File(_)) => format!("cannot read {path}: there is no such file"),
            (ErrorKind::NotFound, _) => format!("cannot listen at {path}: there is no such folder"),
            (_, Way::File(_)) => format!("cannot read {path}: {error}"),
            _ => format!("cannot listen at {path}: {error}"),
        };
        // What another program has may become free, and a disk may answer again.
        if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::InvalidInput) {
            Refused::for_good(text)
        } else {
            Refused::for_now(text)
        }
    }
}

impl Factory for Config {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn from(&self) -> String {
        self.way.to_string()
    }

    fn is_live(&self) -> bool {
        !self.once
    }

    fn open(&self) -> Result<Box<dyn Source>, Refused> {
        let ear = self.ear().map_err(|error| self.refused(&error))?;
        Ok(Box::new(Eve { ear, path: self.way.to_string(), tally: self.tally.clone(), opens: self.opens, once: self.once }))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// The source, open.
#[derive(Debug)]
struct Eve {
    ear: Ear,
    path: String,
    tally: Tally,
    opens: bool,
    once: bool,
}

impl Source for Eve {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Eve { ear, path, tally, opens, once } = *self;
        Session::new(&context, tally, opens).run(ear, once).map_err(|error| SourceError(format!("cannot read {path}: {error}")))
    }
}

/// The flow that a record is of, as events name it; none where it is of none.
pub fn flow_of(record: &Record) -> Option<graph::Tuple> {
    record.ends.as_ref().map(|ends| reader::tuple(ends).0)
}
