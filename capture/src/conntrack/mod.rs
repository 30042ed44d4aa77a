//! The kernel's connection tracking as a source: every connection that this machine has or forwards, what it moved, and how its addresses are translated.
//!
//! It hears what comes and goes, and asks for everything right before each slice closes, because counters are told only there and at the end. What
//! addresses are translated to is told as a second face of the same flow ([`graph::Kind::Translated`]). A state machine is told the time and what the
//! kernel says (`tracker.rs`); the questions are sent by a child that keeps the privilege for that ([`child`]).

pub mod child;
pub(crate) mod columns;
mod connection;
mod pace;
mod session;
mod tracker;

use caps::{CapSet, Capability};
use nix::errno::Errno;

use self::child::{Asker, AskerError};
use self::session::Session;
use crate::interfaces::{self, Remedy};
use crate::netlink::Socket;
use crate::source::{Context, Ended, Source, SourceError};
use crate::supervised::{Factory, Refused, Tally};

/// 40,000 beginnings and ends; the kernel's usual buffer loses some of them.
const BUFFER_BYTES: u32 = 16 << 20;
/// The kernel fills at most so much at once.
const DATAGRAM_BYTES: usize = 64 << 10;

/// Whether this process may ask, and so its child.
pub fn is_permitted() -> bool {
    caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_ADMIN).unwrap_or(false)
}

/// The commands that let this program ask; none where it may.
pub fn remedy() -> Option<Remedy> {
    (!is_permitted()).then(|| interfaces::remedy_to("--conntrack"))
}

/// What the source is opened from.
#[derive(Debug)]
pub struct Config {
    asker: Result<Asker, AskerError>,
    tally: Tally,
    buffer_bytes: u32,
}

impl Config {
    /// Asks by that child; or says why there is none.
    pub fn new(asker: Result<Asker, AskerError>) -> Config {
        Config { asker, tally: Tally::default(), buffer_bytes: BUFFER_BYTES }
    }

    /// The same with another buffer, in bytes: the kernel keeps so much of what comes and goes until it is read.
    pub fn buffering(self, buffer_bytes: u32) -> Config {
        Config { buffer_bytes, ..self }
    }
}

/// Its name, on the command line and for the user.
pub const NAME: &str = "conntrack";

impl Factory for Config {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn is_live(&self) -> bool {
        true
    }

    fn open(&self) -> Result<Box<dyn Source>, Refused> {
        let asker = self.asker.clone().map_err(|error| Refused::for_good(remedied(&error)))?;
        let socket = asker.open(self.buffer_bytes).map_err(|error| match error {
            AskerError::Silent => Refused::for_now(remedied(&error)),
            // Nothing is left to hand on to another one.
            AskerError::Gone => Refused::for_good(format!("{error}: start glouglou again")),
            _ => Refused::for_good(remedied(&error)),
        })?;
        Ok(Box::new(Conntrack { asker, socket: Socket::new(socket, DATAGRAM_BYTES), tally: self.tally.clone() }))
    }

    fn tally(&self) -> Tally {
        self.tally.clone()
    }
}

/// What hinders it, and what to do.
fn remedied(error: &AskerError) -> String {
    match error {
        AskerError::Refused(Errno::EPERM | Errno::EACCES) => {
            format!("{error}: {}", interfaces::remedy_to("--conntrack"))
        }
        AskerError::Refused(Errno::EINVAL | Errno::EOPNOTSUPP | Errno::ENOENT | Errno::EPROTONOSUPPORT) => {
            format!("{error}: sudo modprobe nf_conntrack_netlink")
        }
        error => error.to_string(),
    }
}

/// The source, open.
#[derive(Debug)]
struct Conntrack {
    asker: Asker,
    socket: Socket,
    tally: Tally,
}

impl Source for Conntrack {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        Session::new(&context, self.asker, self.tally).run(self.socket)
    }
}
