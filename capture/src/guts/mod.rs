//! What the pakon-guts daemon tells: tags and counters, as lines of JSON at its Unix socket. **Unverified**: what its records look like is not published,
//! so the user's mapping says where what stands ([`Config::open`]), and nobody has run this with the daemon itself.

mod mapping;
mod reader;

use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use wire::eve::Lines;

use self::mapping::Mapping;
use self::reader::Reader;
use crate::source::{Context, Ended, Source, SourceError};
use crate::supervised::{Factory, Refused, Tally};
use crate::wakeup::Wakeup;

/// Its name, on the command line and for the user.
pub const NAME: &str = "guts";

/// The longest mapping, in bytes.
const MAX_MAPPING: u64 = 1 << 20;
const BUFFER_BYTES: usize = 128 << 10;
/// How long the socket is waited for at a time.
const REST: Duration = Duration::from_secs(60);

/// What the source is opened from.
#[derive(Debug)]
pub struct Config {
    socket: PathBuf,
    mapping: Mapping,
    tally: Tally,
}

impl Config {
    /// Reads the mapping; the daemon's socket is looked for when the source is switched on.
    ///
    /// # Errors
    /// What is wrong with the mapping, and where.
    pub fn open(socket: &Path, map: &Path) -> Result<Config, String> {
        let read = || {
            let mut text = String::new();
            std::fs::File::open(map)?.take(MAX_MAPPING).read_to_string(&mut text)?;
            std::io::Result::Ok(text)
        };
        let text = read().map_err(|error| format!("cannot read {}: {error}", map.display()))?;
        let mapping = Mapping::parse(&text).map_err(|why| format!("{}: {why}", map.display()))?;
        Ok(Config { socket: socket.to_owned(), mapping, tally: Tally::default() })
    }
}

impl Factory for Config {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn from(&self) -> String {
        self.socket.display().to_string()
    }

    fn is_live(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn Source>, Refused> {
        let path = self.socket.display();
        let stream = UnixStream::connect(&self.socket).and_then(|stream| stream.set_nonblocking(true).map(|()| stream));
        let stream = stream.map_err(|error| Refused::for_now(format!("cannot connect to {path}: {error}; is the daemon running?")))?;
        Ok(Box::new(Guts { stream, path: path.to_string(), mapping: self.mapping.clone(), tally: self.tally.clone() }))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// The source, open.
#[derive(Debug)]
struct Guts {
    stream: UnixStream,
    path: String,
    mapping: Mapping,
    tally: Tally,
}

impl Source for Guts {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Guts { mut stream, path, mapping, tally } = *self;
        let broken = |why: &dyn std::fmt::Display| SourceError(format!("{path}: {why}; is the daemon running?"));
        let first = ((context.clock)().micros() / 1_000) as u32;
        let mut reader = Reader::new(context.origin, mapping, context.world.registry(), tally, first);
        let (mut lines, mut buffer) = (Lines::default(), vec![0; BUFFER_BYTES]);
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "guts commands", &context.commands).map_err(|error| broken(&error))?;
            loop {
                wakeup.wait(Some(stream.as_fd()), REST).map_err(|error| broken(&error))?;
                if wakeup.stops("this source tells of records: there are no packets to filter") {
                    return Ok(Ended::Stopped);
                }
                let now = (context.clock)();
                match stream.read(&mut buffer) {
                    Ok(0) => return Err(broken(&"it was closed")),
                    Ok(len) => lines.take(buffer.get(..len).unwrap_or_default(), |line| reader.line(now, line)),
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                    Err(error) => return Err(broken(&error)),
                }
                if !context.outlet.send_all(now, reader.take(), || wakeup.is_told()) {
                    return Ok(if wakeup.is_told() { Ended::Stopped } else { Ended::Unheard });
                }
            }
        })
    }
}
