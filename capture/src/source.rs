//! What every source has in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError};
use graph::{Event, OriginId, Registry, RegistryBuilder, RegistryError, Time};

use crate::supervised::register_columns;
use crate::{Columns, Dissectors};

/// The most events in one batch.
pub const BATCH_EVENTS: usize = 256;
/// How many batches wait between a source and the model.
pub const BATCHES_WAITING: usize = 64;

/// Events of one source, and the time up to which it has told everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The source's time: the wall clock for what is live, the recorded time for what is not. The model's slices close by it.
    pub now: Time,
    /// At most [`BATCH_EVENTS`] events. None is well: then only time passes.
    pub events: Vec<Event>,
}

/// A source that is open and ready to run.
pub trait Source: Send {
    /// A short name for the user: an interface, a file's name, "demo".
    fn name(&self) -> String;

    /// Runs until it ends by itself or is told to stop, which it obeys within 100 ms. It says everything through `context`;
    /// the last batch holds the final [`graph::Ledger`]. An error is what the user must know and do.
    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError>;
}

/// Why a source no longer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to stop.
    Stopped,
    /// There is nothing more to read.
    Finished,
    /// Nobody reads its events any more.
    Unheard,
    /// It goes on once it is opened anew, which takes a privilege that this process gave up.
    Anew,
}

/// A source died. The text names the thing and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

/// What a source is given when it runs.
pub struct Context {
    /// What its events carry.
    pub origin: OriginId,
    /// What all sources of the model share.
    pub world: Arc<World>,
    /// Where its events go.
    pub outlet: Outlet,
    /// What it is told.
    pub commands: Receiver<Command>,
    /// Where it tells the user something; a full channel drops the oldest, not the source.
    pub notices: Sender<Notice>,
    /// How far it has come.
    pub progress: Arc<Progress>,
    /// The wall clock. Tests give their own.
    pub clock: fn() -> Time,
}

/// What all sources of one model share: its columns, and the numbers of origins.
#[derive(Debug)]
pub struct World {
    columns: Columns,
    dissectors: Dissectors,
    registry: Arc<Registry>,
    next_origin: AtomicU32,
}

impl World {
    /// That of a model with these columns, in which so many origins are known. Nothing is dissected.
    pub fn new(columns: Columns, registry: Registry, origins: u16) -> World {
        let dissectors = Dissectors::default();
        World { columns, dissectors, registry: Arc::new(registry), next_origin: AtomicU32::new(origins.into()) }
    }

    /// The same, where these look at the packets.
    pub fn dissecting(self, dissectors: Dissectors) -> World {
        World { dissectors, ..self }
    }

    /// That of no model at all, with every column that sources fill: for sources that are run by themselves.
    ///
    /// # Errors
    /// Where two columns have one name.
    pub fn alone() -> Result<World, RegistryError> {
        let mut builder = RegistryBuilder::default();
        let (columns, dissectors) = (Columns::register(&mut builder)?, Dissectors::register(&mut builder)?);
        register_columns(&mut builder)?;
        Ok(World::new(columns, builder.freeze(), 1).dissecting(dissectors))
    }

    /// The columns that packets fill.
    pub fn columns(&self) -> Columns {
        self.columns
    }

    /// Who looks at the packets.
    pub fn dissectors(&self) -> Dissectors {
        self.dissectors.clone()
    }

    /// What columns there are.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// A number that no origin has, for one that comes while the model runs: [`graph::Kind::Origin`] tells the model of it. None where all are given out.
    pub fn new_origin(&self) -> Option<OriginId> {
        let next =
            self.next_origin.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| (next <= u16::MAX.into()).then_some(next + 1));
        next.ok().and_then(|next| u16::try_from(next).ok()).map(OriginId)
    }
}

impl Context {
    /// Tells the user something. If nobody listens it is dropped: a source never waits for a reader of notices.
    pub fn notice(&self, notice: Notice) {
        let _full_or_gone = self.notices.try_send(notice);
    }
}

/// The way to the model, bounded.
#[derive(Clone, Debug)]
pub struct Outlet(pub Sender<Batch>);

/// What became of a batch that was offered.
#[derive(Debug)]
pub enum Offer {
    /// It is on its way.
    Taken,
    /// The model is behind: here it is again.
    Full(Batch),
    /// The model is gone.
    Unheard,
}

impl Outlet {
    /// Offers a batch without waiting: what is live does this.
    pub fn offer(&self, batch: Batch) -> Offer {
        match self.0.try_send(batch) {
            Ok(()) => Offer::Taken,
            Err(TrySendError::Full(batch)) => Offer::Full(batch),
            Err(TrySendError::Disconnected(_)) => Offer::Unheard,
        }
    }

    /// Sends any number of events, in batches, as [`Outlet::send`] does.
    pub(crate) fn send_all(&self, now: Time, events: Vec<Event>, mut give_up: impl FnMut() -> bool) -> bool {
        let mut events = events.into_iter();
        while !events.as_slice().is_empty() {
            let batch = Batch { now, events: events.by_ref().take(BATCH_EVENTS).collect() };
            if !self.send(batch, &mut give_up) {
                return false;
            }
        }
        true
    }

    /// Sends a batch and waits while the model is behind, but answers commands: returns false once the model is gone.
    /// What is read from a file does this. `until` is asked every 50 ms whether to give up.
    pub fn send(&self, batch: Batch, mut give_up: impl FnMut() -> bool) -> bool {
        let mut batch = batch;
        loop {
            match self.0.send_timeout(batch, std::time::Duration::from_millis(50)) {
                Ok(()) => return true,
                Err(crossbeam_channel::SendTimeoutError::Timeout(back)) => {
                    if give_up() {
                        return false;
                    }
                    batch = back;
                }
                Err(crossbeam_channel::SendTimeoutError::Disconnected(_)) => return false,
            }
        }
    }
}

/// What a source can be told while it runs. One that cannot do a thing ignores it.
#[derive(Clone, Debug)]
pub enum Command {
    /// End.
    Stop,
    /// Stand still (a recording or the demo; a live capture goes on and its view stands still).
    Pause(bool),
    /// While paused: go on by one packet (a recording) or one tick (the demo).
    Step,
    /// Times recorded time, 0.1 to 1000; none is as fast as possible.
    Speed(Option<f64>),
    /// Another BPF filter; empty is none. The answer is libpcap's message where it does not compile.
    Filter {
        /// The expression.
        text: String,
        /// Where the answer goes.
        answer: Sender<Result<(), String>>,
    },
    /// Pass over what this probe says, or hear it again: then it tells all that lives.
    PauseProbe {
        /// Its number.
        probe_id: u32,
        /// Whether to pass it over.
        paused: bool,
    },
}

impl Command {
    /// For a source without packets, which can only be told to stop: whether this does. Who wants to filter is told why not.
    pub(crate) fn stops(self, no_filter: &str) -> bool {
        if let Command::Filter { answer, .. } = &self {
            let _asker_gone = answer.try_send(Err(no_filter.to_owned()));
        }
        matches!(self, Command::Stop)
    }
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something is missing or lost.
    Warning,
    /// Something does not work.
    Error,
}

/// Something to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave.
    pub level: Level,
    /// What happened, naming the thing.
    pub text: String,
    /// What to do about it, if anything can be done; a command if there is one.
    pub remedy: Option<String>,
}

/// How far a source has come, for a progress bar. Written by the source, read by anyone.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress {
    /// Sets both, in bytes of the file or any unit that both share; a total of 0 means that no end is known.
    pub fn set(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// From 0 to 1, or none where no end is known.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.total.load(Ordering::Relaxed);
        let done = self.done.load(Ordering::Relaxed);
        (total > 0).then(|| (done as f64 / total as f64).clamp(0.0, 1.0) as f32)
    }
}
