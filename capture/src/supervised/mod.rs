//! Sources beside the one that a model is of: each is switched on and off while the model runs, on a thread of its own, and started again when it dies.
//!
//! A [`Factory`] is what one is opened from, as often as it must be. Its origin stays the same, so that what it told before stays its own.

mod backoff;
mod tally;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use graph::{Event, Kind, Origin, OriginId, Realms, RegistryBuilder, RegistryError, Round, Time};

pub use tally::{Count, Of, Tally};

use self::backoff::Backoff;
use crate::source::{Batch, Command, Context, Ended, Level, Notice, Outlet, Source, World};
use crate::{conntrack, eve};

/// Commands that may wait for a source.
const COMMANDS_WAITING: usize = 8;

/// What a source is opened from, again when it died.
pub trait Factory: Send + Sync {
    /// A short name for the user, and of its thread: at most 15 bytes.
    fn name(&self) -> String;

    /// From what it is opened: a path, an address; empty where the name says it all.
    fn from(&self) -> String {
        String::new()
    }

    /// Whether it tells of this machine as it is now: beside a recording that would be of something else.
    fn is_live(&self) -> bool;

    /// Opens it, on the thread on which it will run.
    ///
    /// # Errors
    /// What the user must know and do, and whether it may go better another time.
    fn open(&self) -> Result<Box<dyn Source>, Refused>;

    /// What its sources count.
    fn tally(&self) -> Tally;

    /// For what its source waits, while there is nothing that it could hear.
    fn waits_for(&self) -> Option<String> {
        None
    }
}

/// A source did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    /// What hinders it, naming the thing and the remedy.
    pub text: String,
    /// Whether trying again will not help.
    pub for_good: bool,
}

impl Refused {
    /// It may go better another time.
    pub fn for_now(text: impl Into<String>) -> Refused {
        Refused { text: text.into(), for_good: false }
    }

    /// It will not.
    pub fn for_good(text: impl Into<String>) -> Refused {
        Refused { text: text.into(), for_good: true }
    }
}

/// How a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is switched off.
    Off,
    /// It runs.
    Running,
    /// It runs, and there is nothing yet that it could hear; for what it waits.
    Waiting(String),
    /// It died, and is started again at a time.
    Restarting {
        /// When.
        at: Instant,
        /// What it died of.
        why: String,
    },
    /// It has told all there was.
    Finished,
    /// It cannot be opened; what hinders it, and what to do.
    Failed(String),
}

impl State {
    /// In how many seconds it is started again, if it is.
    pub fn restarts_in(&self, now: Instant) -> Option<u64> {
        match self {
            State::Restarting { at, .. } => Some(at.saturating_duration_since(now).as_secs_f64().ceil() as u64),
            _ => None,
        }
    }
}

/// A source, as one may show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose its events are.
    pub origin: OriginId,
    /// What it is called.
    pub name: String,
    /// From what it is opened.
    pub from: String,
    /// How it is.
    pub state: State,
    /// How often it was started again.
    pub restarts: u64,
    /// What it counted, by name.
    pub counts: Vec<Count>,
}

/// A source that may be heard beside another one.
#[derive(Clone)]
pub struct Other {
    /// What it is opened from.
    pub factory: Arc<dyn Factory>,
    /// Whether it is heard from the beginning.
    pub on: bool,
}

/// What all sources of one model are given.
#[derive(Clone)]
pub struct Common {
    /// What they share.
    pub world: Arc<World>,
    /// Where their events go.
    pub outlet: Outlet,
    /// Where they tell the user something.
    pub notices: Sender<Notice>,
    /// In which realms their addresses stand.
    pub realms: Realms,
    /// The wall clock; for sources beside a recording one that stands still.
    pub clock: fn() -> Time,
    /// Called when one of them is otherwise than before.
    pub changed: Arc<dyn Fn() + Send + Sync>,
}

/// Starts a thread of that name.
pub type Spawn<'a> = &'a dyn Fn(String, Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>;

/// One source that may be switched on and off.
pub struct Supervised {
    worker: Arc<Worker>,
    running: Option<Running>,
}

struct Running {
    commands: Sender<Command>,
    /// Whether it was told to end.
    stopped: bool,
    thread: JoinHandle<()>,
}

/// What its thread and whoever looks share.
struct Worker {
    factory: Arc<dyn Factory>,
    common: Common,
    origin: OriginId,
    state: Mutex<(State, u64)>,
}

impl Supervised {
    /// One that is off. None where there are too many origins already.
    pub fn new(factory: Arc<dyn Factory>, common: Common) -> Option<Supervised> {
        let origin = common.world.new_origin()?;
        let worker = Worker { factory, common, origin, state: Mutex::new((State::Off, 0)) };
        Some(Supervised { worker: Arc::new(worker), running: None })
    }

    /// How it is.
    pub fn line(&self) -> Line {
        let Worker { factory, origin, state, .. } = &*self.worker;
        let (mut state, restarts) = state.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if state == State::Running && self.running.as_ref().is_none_or(|running| running.thread.is_finished()) {
            state = State::Failed(format!(
                "the thread of {} failed: start glouglou again, and report what stands in the terminal",
                factory.name()
            ));
        }
        if let (State::Running, Some(what)) = (&state, factory.waits_for()) {
            state = State::Waiting(what);
        }
        Line { origin: *origin, name: factory.name(), from: factory.from(), state, restarts, counts: factory.tally().read() }
    }

    /// Whether its thread runs.
    pub fn is_running(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.thread.is_finished())
    }

    /// Switches it on or off; on means to try again, where it failed. It is off within 100 ms, and this does not wait for it.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn switch(&mut self, on: bool, spawn: Spawn<'_>) -> io::Result<()> {
        let runs = self.running.as_ref().is_some_and(|running| !running.stopped && !running.thread.is_finished());
        if on == runs {
            return Ok(());
        }
        if !on {
            self.stop();
            return Ok(());
        }
        self.end();
        let (commands, commands_out) = bounded(COMMANDS_WAITING);
        let worker = self.worker.clone();
        worker.set(State::Running);
        let thread = spawn(self.worker.factory.name(), Box::new(move || worker.run(&commands_out)))?;
        self.running = Some(Running { commands, stopped: false, thread });
        Ok(())
    }

    /// Tells it to end, and does not wait.
    pub fn stop(&mut self) {
        if let Some(running) = &mut self.running {
            running.stopped = true;
            let _gone_or_told = running.commands.try_send(Command::Stop);
        }
    }

    /// Ends it, and waits for that. False: it panicked.
    pub fn end(&mut self) -> bool {
        self.stop();
        self.running.take().is_none_or(|running| running.thread.join().is_ok())
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.end();
    }
}

impl Worker {
    fn set(&self, state: State) {
        let mut known = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        known.1 += u64::from(matches!(state, State::Restarting { .. }));
        known.0 = state;
        drop(known);
        (self.common.changed)();
    }

    /// Opens and runs it until it is told to end, and again whenever it died.
    fn run(&self, commands: &Receiver<Command>) {
        let Common { outlet, realms, .. } = &self.common;
        let is_over = || matches!(commands.try_recv(), Ok(Command::Stop));
        if !self.tell(Kind::Origin(Origin { name: self.factory.name(), realms: *realms }), outlet, is_over) {
            return self.set(State::Off);
        }
        let mut backoff = Backoff::new();
        loop {
            let began = Instant::now();
            self.set(State::Running);
            let ended = self.factory.open().map(|source| source.run(self.context(commands)));
            // It may have died before it could say so.
            self.tell(Kind::Round(Round::Over), outlet, || began.elapsed() > Duration::from_millis(50));
            let (why, for_good) = match ended {
                Ok(Ok(Ended::Stopped | Ended::Unheard)) => return self.set(State::Off),
                Ok(Ok(Ended::Finished)) => return self.set(State::Finished),
                Ok(Ok(Ended::Anew)) => ("it has to be opened anew".to_owned(), false),
                Ok(Err(error)) => (error.to_string(), false),
                Err(Refused { text, for_good }) => (text, for_good),
            };
            let name = self.factory.name();
            if for_good {
                self.notice(Level::Error, format!("{name}: {why}"));
                return self.set(State::Failed(why));
            }
            let wait = backoff.after(began.elapsed());
            self.notice(Level::Warning, format!("{name}: {why}; it is started again in {} s", wait.as_secs()));
            self.set(State::Restarting { at: Instant::now() + wait, why });
            if !stays_away(commands, wait) {
                return self.set(State::Off);
            }
        }
    }

    fn context(&self, commands: &Receiver<Command>) -> Context {
        let Common { world, outlet, notices, clock, .. } = self.common.clone();
        Context { origin: self.origin, world, outlet, commands: commands.clone(), notices, progress: Arc::default(), clock }
    }

    fn tell(&self, kind: Kind, outlet: &Outlet, give_up: impl FnMut() -> bool) -> bool {
        let now = (self.common.clock)();
        outlet.send(Batch { now, events: vec![Event { at: now, origin: self.origin, kind }] }, give_up)
    }

    fn notice(&self, level: Level, text: String) {
        let _full_or_gone = self.common.notices.try_send(Notice { level, text, remedy: None });
    }
}

/// Waits for so long; false where it is told to end.
fn stays_away(commands: &Receiver<Command>, wait: Duration) -> bool {
    let until = Instant::now() + wait;
    loop {
        match commands.recv_deadline(until) {
            Ok(Command::Stop) => return false,
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}

/// Registers the columns that such sources fill; after those of others, with which they may share some.
///
/// # Errors
/// Where two columns of one name are not one thing.
pub fn register_columns(builder: &mut RegistryBuilder) -> Result<(), RegistryError> {
    conntrack::columns::register(builder)?;
    eve::columns::register(builder)
}

/// A thread as it is, without anything around it.
///
/// # Errors
/// Where there is none to be had.
pub fn plain_thread(name: String, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name).spawn(work)
}

#[cfg(test)]
mod tests;
