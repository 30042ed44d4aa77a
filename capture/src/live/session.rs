//! One run of a live capture, from its first packet to its last.

use std::thread;
use std::time::Instant;

use super::Config;
use super::handle::Handle;
use super::losses::Losses;
use super::outage::Outage;
use super::pace::Pace;
use crate::interfaces::{self, Link};
use crate::source::{Command, Context, Ended, Level, Notice, SourceError};
use crate::summariser::Summariser;
use crate::wakeup::Wakeup;

/// How many packets are read before commands are looked at again: about a millisecond's work.
const READ_AT_ONCE: usize = 2_048;
/// How many connections are summed at a time; beyond that the one that was silent longest is told and forgotten.
const MAX_FLOWS: usize = 200_000;

/// What one run holds beside the open interface.
pub(super) struct Session<'a> {
    pub(super) config: Config,
    pub(super) context: &'a Context,
    pub(super) summariser: Summariser,
    pub(super) losses: Losses,
    pub(super) pace: Pace,
}

/// Why packets no longer come.
pub(super) enum Halt {
    /// The source is to end.
    Ended(Ended),
    /// The interface was switched off or is gone.
    Outage,
}

impl<'a> Session<'a> {
    pub(super) fn new(config: Config, context: &'a Context) -> Session<'a> {
        let mut summariser = Summariser::new(context.origin, context.world.columns(), MAX_FLOWS);
        summariser.dissect(context.world.dissectors());
        summariser.leave_out(config.own);
        Session { config, context, summariser, losses: Losses::default(), pace: Pace::new(Instant::now()) }
    }

    /// Captures until told to stop, through every outage of the interface. Whatever ends it, the last ledger is told.
    pub(super) fn run(mut self, mut handle: Handle) -> Result<Ended, SourceError> {
        let ended = thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "live commands", &self.context.commands).map_err(|e| self.error(&e.to_string()))?;
            loop {
                match self.capture(&mut handle, &wakeup)? {
                    Halt::Ended(ended) => {
                        self.close(handle);
                        return Ok(ended);
                    }
                    Halt::Outage => self.drain(&mut handle),
                };
                match self.outage(handle, &wakeup)? {
                    Outage::Over(again) => handle = again,
                    Outage::Ended(ended) => return Ok(ended),
                }
            }
        });
        self.finish();
        ended
    }

    /// Reads packets until the interface fails or somebody ends it.
    fn capture(&mut self, handle: &mut Handle, wakeup: &Wakeup) -> Result<Halt, SourceError> {
        loop {
            let rest = self.pace.rest(Instant::now());
            let troubled = wakeup.wait(Some(handle.descriptor()), rest).map_err(|e| self.error(&e.to_string()))?;
            while let Some(command) = wakeup.command() {
                match command {
                    Command::Stop => return Ok(Halt::Ended(Ended::Stopped)),
                    Command::Filter { text, answer } => {
                        let result = handle.filter(&text);
                        if result.is_ok() {
                            self.config.filter = text;
                        }
                        let _asker_is_gone = answer.try_send(result);
                    }
                    Command::Pause(_) | Command::Step | Command::Speed(_) | Command::PauseProbe { .. } => {}
                }
            }
            let read = self.read(handle);
            let looked = self.pace.look(Instant::now());
            if looked {
                self.count_losses(handle);
            }
            if (troubled || looked || read.is_err()) && self.lost(handle) {
                return Ok(Halt::Outage);
            }
            read.map_err(|message| self.error(&message))?;
            if !self.tell() {
                return Ok(Halt::Ended(Ended::Unheard));
            }
        }
    }

    /// Reads what has come, at most so much that the next command does not wait.
    pub(super) fn read(&mut self, handle: &mut Handle) -> Result<usize, String> {
        let (summariser, link_type) = (&mut self.summariser, handle.link_type);
        let read = handle.read(READ_AT_ONCE, |frame, wire_len, at| summariser.packet(link_type, frame, wire_len, at))?;
        self.pace.news |= read > 0;
        Ok(read)
    }

    /// Asks for what the kernel and the interface have dropped. Returns how many packets wait to be read, if that is known.
    pub(super) fn count_losses(&mut self, handle: &mut Handle) -> Option<u32> {
        let stat = handle.stats().ok()?;
        if self.losses.update(&stat) {
            self.summariser.set_lost(self.losses.kernel, self.losses.interface);
            self.pace.news = true;
        }
        handle.waiting(&stat)
    }

    /// Tells the model, if it is time. A model that is behind is told more at the next tick. False where it is gone.
    pub(super) fn tell(&mut self) -> bool {
        if !self.pace.tell(Instant::now()) {
            return true;
        }
        let outlet = &self.context.outlet;
        let heard = self.summariser.flush((self.context.clock)(), |batch| outlet.offer(batch));
        self.pace.news |= self.summariser.has_news();
        heard
    }

    /// Whether the interface that was opened is no longer there, or no longer up.
    fn lost(&self, handle: &Handle) -> bool {
        let link = interfaces::link(&self.config.interface);
        !matches!(link, Ok(Link::Up { index, .. }) if index == handle.index)
    }

    pub(super) fn notice(&self, level: Level, what: &str, remedy: Option<String>) {
        self.context.notice(Notice { level, text: format!("{} {what}", self.config.interface), remedy });
    }

    pub(super) fn error(&self, message: &str) -> SourceError {
        SourceError(format!("{}: {message}", self.config.interface))
    }
}
