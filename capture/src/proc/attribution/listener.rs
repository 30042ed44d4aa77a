//! What hears of connections on a thread of its own, beside the source that looks for their owners.

use std::io;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::source::{Command, SourceError};

/// One that runs.
pub(super) struct Listener {
    what: &'static str,
    stop: Sender<Command>,
    thread: JoinHandle<Result<(), String>>,
}

impl Listener {
    /// Runs `hear`, on a thread of that name, until it is told to stop. `what` is what the user calls it.
    pub(super) fn start(
        name: &str,
        what: &'static str,
        hear: impl FnOnce(&Receiver<Command>) -> Result<(), String> + Send + 'static,
    ) -> io::Result<Listener> {
        let (stop, stopped) = bounded(1);
        let thread = Builder::new().name(name.to_owned()).spawn(move || hear(&stopped))?;
        Ok(Listener { what, stop, thread })
    }

    /// Stops it. The error is why it heard nothing any more before that.
    pub(super) fn stop(self) -> Result<(), SourceError> {
        let _ended_already = self.stop.try_send(Command::Stop);
        match self.thread.join() {
            Ok(Ok(())) => Ok(()),
            Ok(Err(message)) => Err(SourceError(format!("{} ended: {message}", self.what))),
            Err(_) => Err(SourceError(format!("{} failed: short-lived clients are missed", self.what))),
        }
    }
}
