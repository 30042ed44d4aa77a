//! What the user asks of a recording while it plays.

use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender};
use graph::Time;

use super::filters::Filters;
use super::pace::{Pace, Pacer};
use crate::source::{Command, Context};

/// The commands so far, in effect.
pub(super) struct Controls<'c> {
    context: &'c Context,
    pub(super) filters: Filters,
    pacer: Pacer,
    paused: bool,
    /// Packets to go on by while paused.
    steps: u32,
    stopped: bool,
}

impl<'c> Controls<'c> {
    pub(super) fn new(context: &'c Context, filters: Filters, pace: Pace) -> Controls<'c> {
        let pacer = Pacer::new(pace, (context.clock)());
        Controls { context, filters, pacer, paused: false, steps: 0, stopped: false }
    }

    /// Whether it was told to end.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether recorded time passes in proportion to the wall clock's.
    #[inline]
    pub(super) fn is_paced(&self) -> bool {
        self.pacer.pace() != Pace::AsFastAsPossible
    }

    /// The recorded time it is, where it passes.
    pub(super) fn recorded_now(&self) -> Time {
        self.pacer.now().filter(|_| !self.paused).unwrap_or_default()
    }

    /// Obeys what has come.
    pub(super) fn look(&mut self) {
        while !self.stopped {
            match self.context.commands.try_recv() {
                Ok(command) => self.obey(command),
                Err(_) => return,
            }
        }
    }

    /// Obeys what comes within `timeout`; returns as soon as it has obeyed something.
    pub(super) fn wait(&mut self, timeout: Duration) {
        match self.context.commands.recv_timeout(timeout) {
            Ok(command) => {
                self.obey(command);
                self.look();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(timeout),
        }
    }

    /// Whether a packet of that time may go on its way. Where it may not, [`Controls::rest`] is how long to wait.
    #[inline]
    pub(super) fn lets_go(&mut self, at: Time) -> bool {
        if self.paused {
            return self.step(at);
        }
        self.pacer.is_due(at)
    }

    /// Lets recorded time pass, unless it is paused.
    pub(super) fn pass(&mut self) {
        let wall = (self.context.clock)();
        if self.paused { self.pacer.stand(wall) } else { self.pacer.pass(wall) }
    }

    /// How long a packet of that time cannot go.
    pub(super) fn rest(&self, at: Time) -> Duration {
        if self.paused { Duration::MAX } else { self.pacer.until(at) }
    }

    fn step(&mut self, at: Time) -> bool {
        let may = self.steps > 0;
        if may {
            self.steps -= 1;
            self.pacer.reach(at);
        }
        may
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Stop => self.stopped = true,
            Command::Pause(paused) => {
                self.pass();
                (self.paused, self.steps) = (paused, 0);
            }
            Command::Step if self.paused => self.steps = self.steps.saturating_add(1),
            Command::Step | Command::PauseProbe { .. } => {}
            Command::Speed(times) => {
                self.pass();
                self.pacer.set(Pace::of(times));
            }
            Command::Filter { text, answer } => self.filter(&text, &answer),
        }
    }

    fn filter(&mut self, text: &str, answer: &Sender<Result<(), String>>) {
        let set = self.filters.set(text).map_err(|error| error.message);
        let _nobody_waits = answer.try_send(set);
    }
}
