//! Probes that are heard beside what a session shows: sources that come and go while the model runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};
use capture::remote::board::Board;
use capture::{Batch, Command, Context, Level, Notice, Outlet, Source, World};
use crossbeam_channel::{Sender, bounded};
use graph::{Event, Kind, Origin};

use super::session::{COMMANDS_WAITING, REALMS, clock};
use super::workers::Workers;
use crate::open::Hearing;
use crate::state::action::Open;

/// How probes are heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// They come to this address.
    Listens(SocketAddr),
    /// One is dialled: where it is, and the file of the key that it gave.
    Dials(String, PathBuf),
}

impl Way {
    /// The same as something to open.
    pub fn what(&self) -> Open {
        match self {
            Way::Listens(addr) => Open::Listen(*addr),
            Way::Dials(host, key) => Open::Connect(host.clone(), key.clone()),
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Listens(addr) => write!(f, "Listens at {addr}, UDP"),
            Way::Dials(host, _) => write!(f, "Connected to {host}"),
        }
    }
}

/// Probes that are heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// How.
    pub way: Way,
    /// How each of them is.
    pub board: Board,
}

/// What hears probes beside a session's source.
pub(super) struct Beside {
    heard: Heard,
    commands: Sender<Command>,
    thread: JoinHandle<()>,
}

impl Beside {
    /// Starts its thread: the model is told of its origin, then of what it hears.
    pub(super) fn start(hearing: Hearing, world: &Arc<World>, outlet: &Outlet, workers: &Workers) -> Result<Beside> {
        let heard = hearing.heard();
        let source = hearing.source;
        let origin = world.new_origin().context("too many sources came and went: open this anew")?;
        let (commands, commands_out) = bounded(COMMANDS_WAITING);
        let (notices, outlet, progress) = (workers.notices(), outlet.clone(), Arc::default());
        let context = Context { origin, world: world.clone(), outlet, commands: commands_out, notices, progress, clock };
        let tell = workers.teller();
        let thread = workers.spawn(source.name(), move || {
            let now = clock();
            let kind = Kind::Origin(Origin { name: source.name(), realms: REALMS });
            let first = Batch { now, events: vec![Event { at: now, origin, kind }] };
            let is_over = || matches!(context.commands.try_recv(), Ok(Command::Stop));
            if !context.outlet.send(first, is_over) {
                return;
            }
            if let Err(error) = source.run(context) {
                tell(Notice { level: Level::Error, text: error.to_string(), remedy: None });
            }
        })?;
        Ok(Beside { heard, commands, thread })
    }

    /// Its probes, while they are heard.
    pub(super) fn heard(&self) -> Option<&Heard> {
        (!self.thread.is_finished()).then_some(&self.heard)
    }

    /// Whether that is how it hears.
    pub(super) fn is(&self, way: &Way) -> bool {
        self.heard.way == *way
    }

    /// Tells it something. False: it is busy, or gone.
    pub(super) fn tell(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Ends it, and waits for that. False: it panicked.
    pub(super) fn end(self) -> bool {
        let _gone_or_full = self.commands.try_send(Command::Stop);
        drop(self.commands);
        self.thread.join().is_ok()
    }
}
