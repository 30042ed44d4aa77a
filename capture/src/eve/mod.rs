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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Whether the file is not there, or nobody is connected.
    waits: Arc<AtomicBool>,
    /// Whether nobody else tells of flows.
    opens: bool,
    /// Whether a file is read from its beginning to its end, and that is all.
    once: bool,
}

impl Config {
    /// Hears what comes that way, from now on.
    pub fn new(way: Way) -> Config {
        Config { way, tally: Tally::default(), waits: Arc::default(), opens: false, once: false }
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
        let (tally, waits) = (self.tally.clone(), self.waits.clone());
        Ok(Box::new(Eve { ear, path: self.way.to_string(), tally, waits, opens: self.opens, once: self.once }))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }

    fn waits_for(&self) -> Option<String> {
        let what = match self.way {
            Way::File(_) => "waits for the file: there is none of that name now",
            Way::Stream(_) => "waits for Suricata to connect",
            Way::Datagram(_) => return None,
        };
        self.waits.load(Ordering::Relaxed).then(|| what.to_owned())
    }
}

/// The source, open.
#[derive(Debug)]
struct Eve {
    ear: Ear,
    path: String,
    tally: Tally,
    waits: Arc<AtomicBool>,
    opens: bool,
    once: bool,
}

impl Source for Eve {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Eve { ear, path, tally, waits, opens, once } = *self;
        Session::new(&context, tally, &waits, opens).run(ear, once).map_err(|error| SourceError(format!("cannot read {path}: {error}")))
    }
}

/// The flow that a record is of, as events name it; none where it is of none.
pub fn flow_of(record: &Record) -> Option<graph::Tuple> {
    record.ends.as_ref().map(|ends| reader::tuple(ends).0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::time::Duration;

    use crossbeam_channel::bounded;
    use graph::{Realm, Realms, Time};

    use super::*;
    use crate::source::{Outlet, World};
    use crate::supervised::{Common, State, Supervised, plain_thread};

    /// One that is heard, and whoever takes what it tells.
    fn heard(way: Way) -> (Supervised, [Box<dyn std::any::Any>; 2]) {
        let ((batches, batches_out), (notices, notices_out)) = (bounded(99), bounded(99));
        let common = Common {
            world: World::alone().unwrap().into(),
            outlet: Outlet(batches),
            notices,
            realms: Realms { local: Realm(1), site: Realm(2) },
            clock: || Time::from_secs(7),
            changed: Arc::new(|| {}),
        };
        let mut supervised = Supervised::new(Arc::new(Config::new(way)), common).unwrap();
        supervised.switch(true, &plain_thread).unwrap();
        (supervised, [Box::new(batches_out), Box::new(notices_out)])
    }

    fn until(supervised: &Supervised, holds: impl Fn(&State) -> bool) {
        let late = Instant::now() + Duration::from_secs(20);
        while !holds(&supervised.line().state) {
            assert!(Instant::now() < late, "it is {:?}", supervised.line().state);
            std::thread::yield_now();
        }
    }

    #[test]
    fn it_says_that_it_waits_while_there_is_nothing_to_hear() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("eve");
        let waits = |state: &State| matches!(state, State::Waiting(_));
        let (mut file, _kept) = heard(Way::File(path.clone()));
        until(&file, waits);
        fs::write(&path, "").unwrap();
        until(&file, |state| *state == State::Running);
        fs::remove_file(&path).unwrap();
        until(&file, waits);
        assert!(file.end());
        assert_eq!(file.line().state, State::Off);

        let (socket, _kept) = heard(Way::Stream(path.clone()));
        until(&socket, waits);
        let suricata = UnixStream::connect(&path).unwrap();
        until(&socket, |state| *state == State::Running);
        drop(suricata);
        until(&socket, waits);
    }

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
