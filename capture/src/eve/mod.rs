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

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
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

    /// Looks whether records could come that way now: a file is opened and closed, a socket made and removed.
    ///
    /// # Errors
    /// What hinders it, and whether it may go better another time: a file may come later.
    pub fn check(&self) -> Result<(), Refused> {
        let Way::File(path) = &self.way else { return self.open().map(drop) };
        let shown = path.display();
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Refused::for_now(format!("there is no {shown}: check the name, or start Suricata, which makes it")));
            }
            Err(error) => return Err(self.refused(&error)),
            Ok(metadata) => metadata,
        };
        // To open something else may wait for whoever writes to it.
        match metadata.file_type() {
            kind if kind.is_dir() => {
                Err(Refused::for_good(format!("{shown} is a folder: name the file in it, such as {}", path.join("eve.json").display())))
            }
            kind if kind.is_socket() => Err(Refused::for_good(format!(
                "{shown} is a socket and no file: choose a socket above, of the kind that Suricata writes to"
            ))),
            kind if !kind.is_file() => Err(Refused::for_good(format!("{shown} is no file: name the one that Suricata writes to"))),
            _ => self.open().map(drop),
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

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_hinders_a_source_is_said_before_it_is_added() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let check = |way: Way| Config::new(way).check();
        let refused = |way: Way, words: &str, for_good: bool| {
            let refused = check(way).unwrap_err();
            assert!(refused.text.contains(words) && refused.text.contains(&*dir.path().to_string_lossy()), "{refused}");
            assert_eq!(refused.for_good, for_good, "{refused}");
        };
        refused(Way::File(path("none")), "check the name", false);
        refused(Way::File(dir.path().into()), "is a folder: name the file in it", true);
        let _listener = UnixListener::bind(path("socket")).unwrap();
        refused(Way::File(path("socket")), "is a socket and no file", true);
        refused(Way::Stream(path("socket")), "another program listens there", false);
        refused(Way::Datagram(path("no/folder")), "no such folder", true);
        nix::unistd::mkfifo(&path("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        refused(Way::File(path("pipe")), "is no file", true);

        fs::write(path("eve.json"), "").unwrap();
        refused(Way::Datagram(path("eve.json")), "something that is no socket has that name", true);
        assert_eq!(check(Way::File(path("eve.json"))), Ok(()));
        assert_eq!(check(Way::Stream(path("new"))), Ok(()));
        assert!(!path("new").exists(), "it is not taken yet");
    }
}
