//! Several sources and one model, as the program runs them, without the program.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use capture::proc::attribution::Feed;
use capture::source::{BATCHES_WAITING, Command, Context, Ended, Outlet, Progress, Source, SourceError};
use capture::{Batch, Columns, Dissectors, World};
use crossbeam_channel::{Sender, bounded};
use graph::{Limits, Model, Origin, Realm, Realms, RegistryBuilder, Time};

use crate::wait::PATIENCE;

/// Where all of it stands.
pub const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };

type Running = JoinHandle<Result<Ended, SourceError>>;

/// A model that sources tell of this machine.
#[derive(Debug)]
pub struct Whole {
    told: Arc<(Mutex<Model>, Condvar)>,
    sources: Vec<(Sender<Command>, Running)>,
    model: JoinHandle<()>,
}

impl Whole {
    /// Runs them; `feed` is told of everything.
    ///
    /// # Panics
    /// Where a thread does not start.
    pub fn start(sources: Vec<Box<dyn Source>>, feed: Feed) -> Whole {
        let mut registry = RegistryBuilder::default();
        let columns = Columns::register(&mut registry).expect("columns");
        let dissectors = Dissectors::register(&mut registry).expect("columns");
        let registry = registry.freeze();
        let mut model = Model::new(registry.clone(), Limits::keep_all());
        let world = Arc::new(World::new(columns, registry, sources.len() as u16).dissecting(dissectors));
        let (batches_in, batches) = bounded(BATCHES_WAITING);
        let mut running = Vec::new();
        for source in sources {
            let origin = model.add_origin(Origin { name: source.name(), realms: REALMS }).expect("an origin");
            let (commands, inbox) = bounded(8);
            let (notices, _nobody_reads_them) = bounded(64);
            let outlet = Outlet(batches_in.clone());
            let context =
                Context { origin, world: world.clone(), outlet, commands: inbox, notices, progress: Arc::new(Progress::default()), clock };
            let thread = thread::Builder::new().name(source.name());
            running.push((commands, thread.spawn(move || source.run(context)).expect("a thread")));
        }
        let told = Arc::new((Mutex::new(model), Condvar::new()));
        let into = told.clone();
        let model = thread::spawn(move || batches.iter().for_each(|batch| take_in(&into, &feed, &batch)));
        Whole { told, sources: running, model }
    }

    /// Waits until the model knows it.
    ///
    /// # Panics
    /// Where it never does.
    pub fn wait<T>(&self, what: &str, found: impl Fn(&Model) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut model = self.told.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = found(&model) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {what}; flows: {:#?}", model.flows().collect::<Vec<_>>());
            model = self.told.1.wait_timeout(model, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Stops all of them.
    ///
    /// # Panics
    /// Where one of them failed.
    pub fn stop(self) {
        for (commands, thread) in self.sources {
            let _ended_already = commands.send(Command::Stop);
            thread.join().expect("no panic").expect("it ran");
        }
        self.model.join().expect("no panic");
    }
}

fn take_in(told: &(Mutex<Model>, Condvar), feed: &Feed, batch: &Batch) {
    feed.see(&batch.events);
    let mut model = told.0.lock().unwrap_or_else(PoisonError::into_inner);
    for event in &batch.events {
        model.apply(batch.now, event, &mut ());
    }
    model.advance(batch.now, &mut ());
    told.1.notify_all();
}

fn clock() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64))
}
