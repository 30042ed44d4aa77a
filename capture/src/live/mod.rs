//! The source `live`: packets of a network interface, through libpcap.
//!
//! A [`Config`] is opened where the process may still do so; the [`Live`] that comes of it needs no privilege to run.
//!
//! ```no_run
//! use capture::live::{Config, LiveError};
//! let live = match Config::new("eth0").open() {
//!     Err(error @ LiveError::NotPermitted { .. }) => panic!("{error}"), // says the command that helps
//!     other => other?,
//! };
//! # Ok::<(), LiveError>(())
//! ```

mod drain;
mod drops;
mod error;
mod handle;
pub(crate) mod linktype;
mod loopback;
mod losses;
mod outage;
mod pace;
mod sampling;
mod session;

use crate::interfaces::ANY;
use crate::source::{Context, Ended, Source, SourceError};
use crate::summariser::Own;

pub use error::LiveError;

use handle::Handle;
use session::Session;

/// What a live capture is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The interface, or [`ANY`] for all together.
    pub interface: String,
    /// Whether to take packets that are for others too, where the interface hears them. [`ANY`] cannot.
    pub promiscuous: bool,
    /// A BPF filter (pcap-filter(7)); empty takes everything.
    pub filter: String,
    /// Who opens an interface again that was gone and is back.
    pub reopen: Reopen,
    /// What this program itself sends, to leave it out.
    pub own: Own,
    /// Take one packet in so many, by chance; 0 and 1 are all.
    pub sample: u32,
}

/// Who opens an interface again that was gone and is back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reopen {
    /// The source, if it may; else it ends with an error that says what to run.
    #[default]
    Source,
    /// Whoever started this process: the source ends with [`Ended::Anew`].
    Starter,
}

impl Config {
    /// Everything that interface sends and receives, and what else it hears.
    pub fn new(interface: impl Into<String>) -> Config {
        let interface = interface.into();
        Config { promiscuous: interface != ANY, interface, filter: String::new(), reopen: Reopen::Source, own: Own::default(), sample: 1 }
    }

    /// Opens the interface. From here on packets are captured; they wait in the kernel until the source runs.
    ///
    /// # Errors
    /// See [`LiveError`]: each says what to do.
    pub fn open(self) -> Result<Live, LiveError> {
        let handle = Handle::open(&self)?;
        Ok(Live { config: self, handle })
    }
}

/// An open live capture.
pub struct Live {
    config: Config,
    handle: Handle,
}

impl Live {
    /// Leaves out what this program itself sends, as it is known once its sockets are open.
    pub fn leave_out(&mut self, own: Own) {
        self.config.own = own;
    }

    /// Sets another filter before it runs, for who compiles it without a privilege; what was captured meanwhile passes it, too. Names of ports and hosts are
    /// looked up in files, and are not found where those are barred.
    ///
    /// # Errors
    /// Where it does not compile; the old one stays.
    pub fn set_filter(&mut self, filter: &str) -> Result<(), LiveError> {
        self.handle.filter(filter).map_err(|message| LiveError::Filter { filter: filter.to_owned(), message })?;
        filter.clone_into(&mut self.config.filter);
        Ok(())
    }
}

impl Source for Live {
    fn name(&self) -> String {
        self.config.interface.clone()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        Session::new(self.config, &context).run(self.handle)
    }
}
