//! While the interface is switched off or gone: wait for it, and go on as soon as it is back.

use std::time::Duration;

use super::handle::Handle;
use super::session::Session;
use super::{LiveError, Reopen};
use crate::interfaces::{self, Link, capture_remedy};
use crate::source::{Command, Ended, Level, SourceError};
use crate::wakeup::Wakeup;

/// How often the interface is looked for.
const RETRY: Duration = Duration::from_millis(250);

/// How an outage ended.
pub(super) enum Outage {
    /// Packets come again.
    Over(Handle),
    /// The source is to end.
    Ended(Ended),
}

/// What is left of the interface.
enum Remains {
    /// It is switched off; its handle works again by itself once it is switched on.
    Down(Handle),
    /// It is gone; one of the same name must be opened anew.
    Gone,
}

impl Session<'_> {
    /// Waits until the interface is back. An error where one of its name is back and may not, or cannot, be opened.
    pub(super) fn outage(&mut self, handle: Handle, wakeup: &Wakeup) -> Result<Outage, SourceError> {
        let interface = self.config.interface.clone();
        let mut remains = Remains::Down(handle);
        let mut told = None;
        loop {
            let link = interfaces::link(&interface).map_err(|e| self.error(&e.to_string()))?;
            remains = match (remains, link) {
                (Remains::Down(handle), Link::Up { index, .. }) if index == handle.index => {
                    self.notice(Level::Info, "is up again", None);
                    return Ok(Outage::Over(handle));
                }
                (Remains::Down(handle), Link::Down { index }) if index == handle.index => Remains::Down(handle),
                // Of another that is gone or replaced, what was captured before is still to be read.
                (Remains::Down(handle), _) => {
                    self.close(handle);
                    Remains::Gone
                }
                (Remains::Gone, Link::Absent | Link::Down { .. }) => Remains::Gone,
                (Remains::Gone, Link::Up { .. }) if self.config.reopen == Reopen::Starter => return Ok(Outage::Ended(Ended::Anew)),
                (Remains::Gone, Link::Up { .. }) => match Handle::open(&self.config) {
                    Ok(handle) => {
                        self.losses.handle_changed();
                        self.notice(Level::Info, "is back", None);
                        return Ok(Outage::Over(handle));
                    }
                    // It went away again in between.
                    Err(LiveError::NoSuchInterface { .. } | LiveError::Down { .. }) => Remains::Gone,
                    Err(error) => return Err(SourceError(format!("{interface} is back, but {error}"))),
                },
            };
            let now = matches!(remains, Remains::Gone);
            if told != Some(now) {
                told = Some(now);
                self.tell_outage(&remains);
            }
            if let Some(ended) = self.wait(&mut remains, wakeup)? {
                if let Remains::Down(handle) = remains {
                    self.close(handle);
                }
                return Ok(Outage::Ended(ended));
            }
        }
    }

    fn tell_outage(&self, remains: &Remains) {
        let interface = &self.config.interface;
        match remains {
            Remains::Down(_) => {
                let remedy = format!("sudo ip link set {interface} up");
                self.notice(Level::Warning, "is down: capture goes on when it is up again", Some(remedy));
            }
            Remains::Gone => match capture_remedy(interface).filter(|_| self.config.reopen == Reopen::Source) {
                None => self.notice(Level::Warning, "is gone: capture goes on when it is back", None),
                Some(remedy) => {
                    let what = "is gone: the privilege to open it again was given up, so start anew when it is back";
                    self.notice(Level::Warning, what, Some(remedy.command));
                }
            },
        }
    }

    /// Lets a moment pass, and answers commands.
    fn wait(&mut self, remains: &mut Remains, wakeup: &Wakeup) -> Result<Option<Ended>, SourceError> {
        wakeup.wait(None, RETRY).map_err(|e| self.error(&e.to_string()))?;
        while let Some(command) = wakeup.command() {
            match command {
                Command::Stop => return Ok(Some(Ended::Stopped)),
                Command::Filter { text, answer } => {
                    let result = match remains {
                        Remains::Down(handle) => handle.filter(&text),
                        Remains::Gone => Err(format!("{} is gone; set the filter when it is back", self.config.interface)),
                    };
                    if result.is_ok() {
                        self.config.filter = text;
                    }
                    let _asker_is_gone = answer.try_send(result);
                }
                Command::Pause(_) | Command::Step | Command::Speed(_) | Command::PauseProbe { .. } => {}
            }
        }
        Ok((!self.tell()).then_some(Ended::Unheard))
    }
}
