//! The source: opened while a privilege may still be held, run without.

use std::path::{Path, PathBuf};

use super::child::{ChildError, ProcChild};
use super::connector::{Connector, ConnectorError};
use super::machine;
use super::reader::Reader;
use super::session::Session;
use super::visible::Visible;
use crate::source::{Context, Ended, Source, SourceError};

/// 40,000 births, programs and deaths; the kernel's usual buffer loses most of 10,000.
const BUFFER_BYTES: usize = 32 << 20;

/// What the source of processes is opened with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where procfs is mounted: `/proc`.
    pub root: PathBuf,
    /// Whether to ask the kernel for events. Without them /proc is looked through a few times a second.
    pub connector: bool,
    /// How much the kernel may keep of what it tells until it is read, in bytes; it grants what it may.
    pub buffer_bytes: usize,
    /// The processes that are measured, once a second. None at first.
    pub visible: Visible,
    /// Who reads what this process may not, if anybody does; or why nobody, which is said when it runs.
    pub child: Result<Option<ProcChild>, ChildError>,
    /// Whether it ends once it has told of everything that lives.
    pub once: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            root: "/proc".into(),
            connector: true,
            buffer_bytes: BUFFER_BYTES,
            visible: Visible::default(),
            child: Ok(None),
            once: false,
        }
    }
}

/// Why the source of processes did not open.
#[derive(Debug, thiserror::Error)]
pub enum ProcError {
    /// There is no /proc, or it may not be read.
    #[error("cannot read {}: {error}; is it mounted? run sudo mount -t proc proc {}", root.display(), root.display())]
    Root {
        /// Where it was looked for.
        root: PathBuf,
        /// The kernel's answer.
        error: std::io::Error,
    },
}

impl Config {
    /// Opens /proc and, where that is permitted, the kernel's process connector. From here on events are kept; they wait in the kernel
    /// until the source runs. Without the connector it opens all the same, and says so when it runs.
    ///
    /// # Errors
    /// Where /proc cannot be read at all.
    pub fn open(self) -> Result<Proc, ProcError> {
        let child = self.child.clone().ok().flatten();
        let reader = Reader::open(&self.root, child).map_err(|error| ProcError::Root { root: self.root.clone(), error })?;
        let connector = self.connector.then(|| Connector::open(self.buffer_bytes));
        // Who they are is read now, and understood once there is no privilege left.
        let users = machine::read_users(Path::new("/etc/passwd"));
        Ok(Proc { config: self, reader, connector, users })
    }
}

/// An open source of processes.
#[derive(Debug)]
pub struct Proc {
    config: Config,
    reader: Reader,
    connector: Option<Result<Connector, ConnectorError>>,
    users: Vec<u8>,
}

impl Proc {
    /// Why the kernel's events are not to be had; none where they are, or were not asked for.
    pub fn refused(&self) -> Option<ConnectorError> {
        self.connector.as_ref().and_then(|connector| connector.as_ref().err()).copied()
    }

    /// Whether the kernel tells of every process. Else /proc is polled, and short-lived ones are missed.
    pub fn is_told(&self) -> bool {
        matches!(self.connector, Some(Ok(_)))
    }
}

impl Source for Proc {
    fn name(&self) -> String {
        "processes".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Config { visible, once, child, .. } = self.config;
        Session::new(&context, self.reader, visible, once).run(self.connector, child, &self.users)
    }
}
