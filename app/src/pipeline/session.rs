//! One source on its way to the screen: its threads, their channels, and what the window asks and is told.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use capture::proc::Visible;
use capture::source::BATCHES_WAITING;
use capture::supervised::{Common, Line, Other, Supervised, register_columns};
use capture::{Columns, Command, Context, Dissectors, Ended, Level, Notice, Outlet, Progress, Source, World};
use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{
    Computations, Details, Drawn, Limits, Listed, Model, Origin, OriginId, Prepared, ProcessId, Realm, Realms, Registry, RegistryBuilder,
    Rows, Schema, Sums, Time,
};
use hickory_resolver::net::NetError;
use layouts::Change;
use tokio::sync::oneshot;

use crate::computing::Computing;
use crate::open::{Hearing, Processes};

use super::computer::Computer;
use super::hearing::{Beside, Heard, Way};
use super::layout::{Layouter, ToLayout};
use super::lookups;
use super::model::{Modeller, ToModel, Values};
use super::own_feed::OwnFeed;
use super::workers::{self, Workers};
use super::{Placed, Slot, Timings, Update};

/// What kind of source a session shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A made-up story.
    Demo,
    /// A recording.
    File,
    /// An interface of this machine.
    Live,
}

/// A source that is open, and how to show it.
pub struct Start {
    /// What it is.
    pub kind: SourceKind,
    /// The source.
    pub source: Box<dyn Source>,
    /// What else tells of the same machine.
    pub beside: Processes,
    /// Times recorded time; none reads a recording as fast as possible, and then nothing that was seen fades away.
    pub speed: Option<f64>,
    /// What else may be heard of the same, switched on and off meanwhile.
    pub others: Vec<Other>,
    /// Where the source itself hears probes: how these are.
    pub heard: Option<Heard>,
    /// The file in which the places of nodes are kept from run to run.
    pub places: Option<PathBuf>,
}

/// How a source ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing more to read.
    Finished,
    /// It was told to.
    Stopped,
    /// It died; the text says of what, and what to do.
    Failed(String),
}

/// Things that wait between threads.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) update: Slot<Update>,
    pub(super) drawn: Slot<Arc<Drawn>>,
    pub(super) drawn_for_layout: Slot<Arc<Drawn>>,
    pub(super) placed: Slot<Placed>,
    pub(super) timings: Arc<Timings>,
    pub(super) rows: Slot<Rows>,
    pub(super) sums: Slot<Sums>,
    pub(super) values: Slot<Values>,
    pub(super) details: Slot<Option<Details>>,
    pub(super) clock: Mutex<Option<(Time, Instant)>>,
    pub(super) computations: Arc<Mutex<Arc<[Listed]>>>,
    pub(super) outcome: OnceLock<Outcome>,
    progress: Arc<Progress>,
}

/// A repaint of the window, asked for by any thread.
pub(super) type Repaint = Arc<dyn Fn() + Send + Sync>;

/// A running source, the model of what it says, and the layout of that.
pub struct Session {
    name: String,
    schema: Arc<Schema>,
    kind: SourceKind,
    speed: Mutex<Option<f64>>,
    paused: AtomicBool,
    shared: Arc<Shared>,
    commands: Sender<Command>,
    /// What sources share that come while it runs.
    world: Arc<World>,
    outlet: Outlet,
    /// How the probes are, where the source itself hears them.
    heard: Option<Heard>,
    /// What hears probes since it runs.
    beside_heard: Vec<Beside>,
    /// To what tells of the same machine beside the source.
    beside: Vec<Sender<Command>>,
    /// What may be switched on and off.
    others: Vec<Supervised>,
    visible: Visible,
    notices: Receiver<Notice>,
    to_model: Option<Sender<ToModel>>,
    to_layout: Option<Sender<ToLayout>>,
    threads: Vec<JoinHandle<()>>,
    workers: Workers,
    /// Whether names are to be looked up, and the thread that does it.
    look_up: bool,
    names: Option<Names>,
}

/// The thread that looks names up, and what ends it.
struct Names {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Small commands that may wait for the model.
pub(super) const COMMANDS_WAITING: usize = 64;

/// In so many ways probes are heard beside a source.
const MAX_WAYS: usize = 16;

impl Session {
    /// Starts the threads of a source. `repaint` is called from them whenever there is something new to see.
    pub fn start(start: Start, mut computing: Computing, repaint: impl Fn() + Send + Sync + 'static) -> Result<Session> {
        let Start { kind, source, beside: Processes { sources: beside, visible, feed, .. }, others: may_be, speed, heard, places } = start;
        let name = source.name();
        let repaint: Repaint = Arc::new(repaint);
        let shared = Arc::new(Shared::default());
        let names: Vec<String> = std::iter::once(name.clone()).chain(beside.iter().map(|source| source.name())).collect();
        let (memories, watch) = (computing.memories.clone(), computing.watch.take());
        let (model, world, computations) =
            new_world(&names.iter().map(String::as_str).collect::<Vec<_>>(), limits(kind, speed), computing)?;
        let origin = OriginId(0);
        let schema = model.schema().clone();

        let (batches_in, batches) = bounded(BATCHES_WAITING);
        let (commands, commands_out) = bounded(COMMANDS_WAITING);
        let (notices_in, notices) = bounded(COMMANDS_WAITING);
        let (to_model, asked) = bounded(COMMANDS_WAITING);
        let (to_layout, layout_told) = bounded(COMMANDS_WAITING);
        let (wake_layout, layout_woken) = bounded(1);

        let context = |origin, commands, progress| {
            let (outlet, notices) = (Outlet(batches_in.clone()), notices_in.clone());
            Context { origin, world: world.clone(), outlet, commands, notices, progress, clock }
        };
        let main = context(origin, commands_out, shared.progress.clone());
        let mut others = Vec::new();
        for (source, origin) in beside.into_iter().zip(1..) {
            let (commands, commands_out) = bounded(COMMANDS_WAITING);
            others.push((source, context(OriginId(origin), commands_out, Arc::default()), commands));
        }
        let outlet = Outlet(batches_in);
        let feed = feed.map(OwnFeed);
        let workers = Workers::new(shared.clone(), notices_in, repaint.clone());
        let computer = Computer::new(computations, memories, watch, shared.computations.clone(), workers.teller());
        let modeller = Modeller::new((model, origin), computer, feed, (batches, asked), wake_layout, shared.clone(), repaint.clone());
        let layouter = Layouter::new((layout_told, layout_woken), shared.clone(), repaint, places, workers.teller());
        let mut threads = vec![
            workers.spawn("source", {
                let shared = shared.clone();
                move || {
                    let outcome = match source.run(main) {
                        Ok(Ended::Finished) => Outcome::Finished,
                        Ok(Ended::Stopped | Ended::Unheard | Ended::Anew) => Outcome::Stopped,
                        Err(error) => Outcome::Failed(error.to_string()),
                    };
                    let _first_wins = shared.outcome.set(outcome);
                }
            })?,
            workers.spawn("model", move || modeller.run())?,
            workers.spawn("layout", move || layouter.run())?,
        ];
        let mut beside = Vec::new();
        for (source, context, commands) in others {
            let tell = workers.teller();
            threads.push(workers.spawn(source.name(), move || {
                if let Err(error) = source.run(context) {
                    tell(Notice { level: Level::Warning, text: error.to_string(), remedy: None });
                }
            })?);
            beside.push(commands);
        }
        let mut session = Session {
            schema,
            name,
            kind,
            speed: Mutex::new(speed),
            paused: AtomicBool::new(false),
            shared,
            commands,
            world,
            outlet,
            heard,
            beside_heard: Vec::new(),
            beside,
            others: Vec::new(),
            visible,
            notices,
            to_model: Some(to_model),
            to_layout: Some(to_layout),
            threads,
            workers,
            look_up: false,
            names: None,
        };
        for other in may_be {
            session.add_source(other)?;
        }
        Ok(session)
    }

    /// The columns.
    pub fn registry(&self) -> &Arc<Registry> {
        self.world.registry()
    }

    /// The source's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What can be asked of its rows.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// What kind of source it is.
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// What changed since this was last called. While a live capture is paused the view stands still, and the capture goes on.
    pub fn update(&self) -> Option<Update> {
        if self.holds() { None } else { self.shared.update.take() }
    }

    /// Where the nodes are now, if they moved since this was last called.
    pub fn placed(&self) -> Option<Placed> {
        self.shared.placed.take()
    }

    /// How long its threads take.
    pub fn timings(&self) -> &Arc<Timings> {
        &self.shared.timings
    }

    /// What was asked to be summed, if it is new.
    pub fn sums(&self) -> Option<Sums> {
        if self.holds() { None } else { self.shared.sums.take() }
    }

    /// The values that were asked for last, if they are new.
    pub fn values(&self) -> Option<Values> {
        self.shared.values.take()
    }

    /// The window of rows that was asked for, if it is new.
    pub fn rows(&self) -> Option<Rows> {
        if self.holds() { None } else { self.shared.rows.take() }
    }

    /// The details that were asked for, if they are new. The inner none: what they were about is gone.
    pub fn details(&self) -> Option<Option<Details>> {
        if self.holds() { None } else { self.shared.details.take() }
    }

    /// What the graph shows, if it changed.
    pub fn drawn(&self) -> Option<Arc<Drawn>> {
        if self.holds() { None } else { self.shared.drawn.take() }
    }

    /// Asks the model for something. False: it is busy, and this was not taken.
    pub fn ask(&self, what: ToModel) -> bool {
        self.to_model.as_ref().is_some_and(|to| to.try_send(what).is_ok())
    }

    /// Tells the layout of pins and moves. False: it is busy, and this was not taken.
    pub fn layout(&self, changes: Vec<Change>) -> bool {
        self.tell_layout(ToLayout::Changes(changes))
    }

    /// Chooses another layout.
    pub fn set_layout(&self, kind: layouts::Kind) -> bool {
        self.tell_layout(ToLayout::Kind(kind))
    }

    /// Stops the nodes where they are, or lets them move again.
    pub fn freeze(&self, frozen: bool) -> bool {
        self.tell_layout(ToLayout::Freeze(frozen))
    }

    fn tell_layout(&self, what: ToLayout) -> bool {
        self.to_layout.as_ref().is_some_and(|to| to.try_send(what).is_ok())
    }

    /// Asks the system's name servers for the names of hosts without one, or asks nobody any more: then there is neither thread nor
    /// socket for it, and what was learnt stays. The demo's made-up addresses are never asked. False: the model is busy, and this was
    /// not taken.
    pub fn look_up_names(&mut self, on: bool) -> bool {
        self.look_up(on.then_some(lookups::system))
    }

    fn look_up(&mut self, config: Option<impl FnOnce() -> Result<lookups::Config, NetError> + Send + 'static>) -> bool {
        if config.is_some() == self.look_up {
            return true;
        }
        if let Some(config) = config.filter(|_| self.kind != SourceKind::Demo) {
            let (asker, work) = lookups::pair();
            if !self.ask(ToModel::LookUp(asker)) {
                return false;
            }
            let (stop, stopped) = oneshot::channel();
            let tell = self.workers.teller();
            match self.workers.spawn("names", move || work.run(config, stopped, tell)) {
                Ok(thread) => self.names = Some(Names { stop, thread }),
                Err(error) => self.workers.teller()(Notice { level: Level::Error, text: format!("{error:#}"), remedy: None }),
            }
            self.look_up = true;
        } else {
            self.end_names();
            self.look_up = !self.look_up;
        }
        true
    }

    fn end_names(&mut self) {
        if let Some(Names { stop, thread }) = self.names.take() {
            drop(stop);
            if thread.join().is_err() {
                workers::note_panic();
            }
        }
    }

    /// Stands still, or goes on. A recording and the demo stop; of a live capture only the view does.
    pub fn pause(&self, paused: bool) -> bool {
        if self.kind != SourceKind::Live && self.commands.try_send(Command::Pause(paused)).is_err() {
            return false;
        }
        self.paused.store(paused, Ordering::Relaxed);
        true
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    /// Times recorded time; none is as fast as possible.
    pub fn set_speed(&self, speed: Option<f64>) -> bool {
        let told = self.commands.try_send(Command::Speed(speed)).is_ok() && self.ask(ToModel::Limits(limits(self.kind, speed)));
        if told {
            *self.speed.lock().unwrap_or_else(PoisonError::into_inner) = speed;
        }
        told
    }

    /// Tells the source something else: a step, a filter.
    pub fn command(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Hears probes from now on, beside its source.
    ///
    /// # Errors
    /// Where there is no thread to be had, or too many are heard.
    pub fn hear(&mut self, hearing: Hearing) -> Result<()> {
        self.stop_hearing(&hearing.way);
        self.end_hearing(|beside| beside.heard().is_none());
        ensure!(self.beside_heard.len() < MAX_WAYS, "too many probes are dialled: leave one first");
        self.beside_heard.push(Beside::start(hearing, &self.world, &self.outlet, &self.workers)?);
        Ok(())
    }

    /// Hears probes no more in that way. What they told of stays until it is idle.
    pub fn stop_hearing(&mut self, way: &Way) {
        self.end_hearing(|beside| beside.is(way));
    }

    fn end_hearing(&mut self, which: impl Fn(&Beside) -> bool) {
        let (ending, staying) = std::mem::take(&mut self.beside_heard).into_iter().partition(which);
        self.beside_heard = staying;
        let ended: Vec<bool> = Vec::into_iter(ending).map(Beside::end).collect();
        if ended.contains(&false) {
            workers::note_panic();
        }
    }

    /// Hears another source from now on, or may; one of a machine as it is now not beside a recording.
    ///
    /// # Errors
    /// Where there is no thread to be had, or too many came and went.
    pub fn add_source(&mut self, Other { factory, on }: Other) -> Result<()> {
        if self.kind == SourceKind::File && factory.is_live() {
            return Ok(());
        }
        let clock = if self.kind == SourceKind::File { || Time::ZERO } else { clock };
        let common = Common {
            world: self.world.clone(),
            outlet: self.outlet.clone(),
            notices: self.workers.notices(),
            realms: REALMS,
            clock,
            changed: self.workers.repaint(),
        };
        self.others.push(Supervised::new(factory, common).context("too many sources came and went: open this anew")?);
        if on { self.switch_source(self.others.len() - 1, true) } else { Ok(()) }
    }

    /// Hears one of them no more: what it told stays until it is idle.
    pub fn remove_source(&mut self, nth: usize) {
        if nth < self.others.len() {
            self.others.remove(nth);
        }
    }

    /// What may be switched on and off beside its source, and how it is.
    pub fn sources(&self) -> impl Iterator<Item = Line> {
        self.others.iter().map(Supervised::line)
    }

    /// Switches one of them on or off; on means to try again, where it failed.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn switch_source(&mut self, nth: usize, on: bool) -> Result<()> {
        let Some(source) = self.others.get_mut(nth) else { return Ok(()) };
        let workers = &self.workers;
        source.switch(on, &|name, work| workers.spawn(name, work).map_err(std::io::Error::other))?;
        Ok(())
    }

    /// The probes that are heard: its own, where its source is one that hears them, then those beside it.
    pub fn heard(&self) -> impl Iterator<Item = &Heard> {
        let own = self.heard.as_ref().filter(|_| self.outcome().is_none());
        own.into_iter().chain(self.beside_heard.iter().filter_map(Beside::heard))
    }

    /// How its own source hears probes, if it does: then it ends with that.
    pub fn only_hears(&self) -> Option<&Way> {
        self.heard.as_ref().map(|heard| &heard.way)
    }

    /// Tells whoever hears probes something. False: one of them is busy, or nobody does.
    pub fn tell_probes(&self, command: &Command) -> bool {
        let own = self.heard.iter().map(|_| self.command(command.clone()));
        let told: Vec<bool> = own.chain(self.beside_heard.iter().map(|beside| beside.tell(command.clone()))).collect();
        !told.is_empty() && !told.contains(&false)
    }

    /// The view shows these processes: they are measured from now on.
    pub fn show_processes(&self, processes: impl IntoIterator<Item = ProcessId>) {
        self.visible.set(processes);
    }

    /// The computations, in the order in which they are told, and how each stands.
    pub fn computations(&self) -> Arc<[Listed]> {
        self.shared.computations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Switches a computation on or off. False: the model is busy, and this was not taken.
    pub fn compute(&self, name: &str, on: bool) -> bool {
        self.ask(ToModel::Compute { name: name.to_owned(), on })
    }

    /// A computation goes on with other files, and what is known already is computed anew. False: the model is busy, and this was not taken.
    pub fn recompute(&self, prepared: Box<dyn Prepared>) -> bool {
        self.ask(ToModel::Replace(prepared))
    }

    /// A computation forgets what it remembers, from earlier runs too. False: the model is busy, and this was not taken.
    pub fn forget(&self, name: &str) -> bool {
        self.ask(ToModel::Forget { name: name.to_owned() })
    }

    /// What the source has to say since this was last called.
    pub fn notices(&self) -> impl Iterator<Item = Notice> + '_ {
        self.notices.try_iter()
    }

    /// How far a recording has been read, from 0 to 1.
    pub fn progress(&self) -> Option<f32> {
        self.shared.progress.fraction()
    }

    /// How the source ended, once it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.shared.outcome.get()
    }

    /// Whether time passes: then rates fade and dots move.
    pub fn is_playing(&self) -> bool {
        !self.is_paused() && self.outcome().is_none() && (self.kind != SourceKind::File || self.speed().is_some())
    }

    /// The source's time: the model's, and the wall clock since it was told, while time passes.
    pub fn now(&self) -> Time {
        let clock = *self.shared.clock.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((at, told)) = clock else { return Time::ZERO };
        if !self.is_playing() {
            return at;
        }
        at.plus(told.elapsed().mul_f64(self.speed().unwrap_or(1.0).clamp(0.0, 1000.0)))
    }

    fn speed(&self) -> Option<f64> {
        match self.kind {
            SourceKind::Live => Some(1.0),
            SourceKind::File | SourceKind::Demo => *self.speed.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    fn holds(&self) -> bool {
        self.kind == SourceKind::Live && self.is_paused()
    }
}

impl Drop for Session {
    /// Ends the threads, which each takes at most 100 ms, and waits for them.
    fn drop(&mut self) {
        for commands in self.beside.iter().chain([&self.commands]) {
            let _gone_or_full = commands.try_send(Command::Stop);
        }
        self.others.iter_mut().for_each(Supervised::stop);
        self.end_hearing(|_| true);
        self.end_names();
        self.others.clear();
        self.to_model = None;
        self.to_layout = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                workers::note_panic();
            }
        }
    }
}

/// Of this machine.
pub const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };

/// A model of origins of this machine, numbered in this order, and what their sources share, with every column of the program; nothing is computed.
pub fn new_model(origins: &[&str], limits: Limits) -> Result<(Model, Arc<World>)> {
    let all = Computing::bare();
    let off = all.prepared.iter().map(|one| one.name().to_owned()).collect();
    let (model, world, _off) = new_world(origins, limits, Computing { off, ..all })?;
    Ok((model, world))
}

/// The same with computations, whose origins come after those.
pub fn new_world(origins: &[&str], limits: Limits, computing: Computing) -> Result<(Model, Arc<World>, Computations)> {
    let mut builder = RegistryBuilder::default();
    let columns = Columns::register(builder.filled_by("packets"))?;
    let dissectors = Dissectors::register(builder.filled_by("dissectors, from packets"))?;
    register_columns(builder.filled_by("sources beside packets"))?;
    let mut computations = Computations::register(computing.prepared, builder.filled_by("computations"))?;
    let registry = builder.freeze();
    let mut model = Model::new(registry.clone(), limits);
    model.set_vicinity(computing.vicinity);
    for name in origins {
        model.add_origin(Origin { name: (*name).to_owned(), realms: REALMS }).context("too many sources")?;
    }
    computations.attach(&mut model, REALMS, computing.off.iter().map(String::as_str));
    let origins = origins.len() + computations.list().count();
    let world = World::new(columns, registry, u16::try_from(origins).context("too many sources")?);
    Ok((model, world.dissecting(dissectors).into(), computations))
}

fn limits(kind: SourceKind, speed: Option<f64>) -> Limits {
    if kind == SourceKind::File && speed.is_none() { Limits::keep_all() } else { Limits::default() }
}

/// The wall clock, which sources are given.
pub fn clock() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time::ZERO.plus(since)
}

#[cfg(test)]
mod tests;
