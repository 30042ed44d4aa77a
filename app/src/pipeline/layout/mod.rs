//! The layout's thread: it follows the model's graph and moves the nodes, sixty times a second while any moves.

mod memory;
mod opening;
mod told;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select};
use graph::Drawn;
use layouts::{Change, Engine, Kind};

use capture::{Level, Notice};

use self::memory::Memory;
use self::told::Told;
use super::Placed;
use super::session::{Repaint, Shared};

/// One tick of the layout.
const TICK: Duration = Duration::from_nanos(16_666_667);
/// At most this often places are saved.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// The same network is laid out alike on every start.
const SEED: u64 = 1;

/// What is not at rest after so many ticks is shown as it is.
const MOST_TICKS: u32 = 3_000;

/// What the view tells the layout.
#[derive(Debug)]
pub(super) enum ToLayout {
    /// Pins and moves.
    Changes(Vec<Change>),
    /// Another layout.
    Kind(Kind),
    /// Stand still, or move again.
    Freeze(bool),
}

/// Where everything comes to rest.
pub(crate) fn laid_out(drawn: &Arc<Drawn>, kind: Kind, seed: u64) -> Placed {
    let mut engine = Engine::new(kind, seed);
    engine.apply(Told::default().news(drawn.clone(), |_| None, |_| None));
    let mut ticks = 0;
    while ticks < MOST_TICKS && engine.tick() {
        ticks += 1;
    }
    Placed::of(&engine)
}

pub(super) struct Layouter {
    engine: Engine,
    asked: Receiver<ToLayout>,
    woken: Receiver<()>,
    shared: Arc<Shared>,
    repaint: Repaint,
    frozen: bool,
    told: Told,
    memory: Memory,
    tell: Box<dyn Fn(Notice) + Send>,
    /// Whether anything moved since places were saved, and when that was.
    unsaved: bool,
    saved: Instant,
}

impl Layouter {
    /// `places` is the file in which places are kept from run to run.
    pub(super) fn new(
        (asked, woken): (Receiver<ToLayout>, Receiver<()>),
        shared: Arc<Shared>,
        repaint: Repaint,
        places: Option<PathBuf>,
        tell: impl Fn(Notice) + Send + 'static,
    ) -> Self {
        let engine = Engine::new(Kind::Force, SEED);
        let (memory, error) = Memory::load(places.clone());
        if let (Some(error), Some(path)) = (error, places) {
            let text = format!("{}: {error}. Where the nodes are is not remembered.", path.display());
            tell(Notice { level: Level::Warning, text, remedy: Some(format!("rm {}", path.display())) });
        }
        let (told, tell, saved) = (Told::default(), Box::new(tell), Instant::now());
        Layouter { engine, asked, woken, shared, repaint, frozen: false, told, memory, tell, unsaved: false, saved }
    }

    /// Runs until the view is gone.
    pub(super) fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let moving = !self.frozen && !self.engine.settled();
            let wait = if moving { next.saturating_duration_since(Instant::now()) } else { self.until_saved() };
            select! {
                recv(self.asked) -> what => match what {
                    Ok(what) => self.obey(what),
                    Err(_) => break,
                },
                recv(self.woken) -> woken => match woken {
                    Ok(()) => self.follow(),
                    Err(_) => self.woken = never(),
                },
                default(wait) => {
                    if moving {
                        let began = Instant::now();
                        self.engine.tick();
                        self.shared.timings.took(|timings| &timings.layout, began);
                        self.publish();
                        next = (next + TICK).max(Instant::now());
                    }
                    if self.until_saved().is_zero() {
                        self.remember();
                    }
                }
            }
        }
        self.remember();
    }

    /// How long there is nothing to remember.
    fn until_saved(&self) -> Duration {
        let kept = self.unsaved && self.memory.is_kept();
        if kept { SAVE_EVERY.saturating_sub(self.saved.elapsed()) } else { Duration::from_secs(3600) }
    }

    fn obey(&mut self, what: ToLayout) {
        match what {
            ToLayout::Changes(changes) => {
                self.engine.apply(changes);
                self.unsaved = true;
                self.publish();
            }
            ToLayout::Kind(kind) => self.engine.set_kind(kind),
            ToLayout::Freeze(frozen) => self.frozen = frozen,
        }
    }

    fn publish(&self) {
        self.shared.placed.put(Placed::of(&self.engine));
        (self.repaint)();
    }

    fn follow(&mut self) {
        let Some(drawn) = self.shared.drawn_for_layout.take() else { return };
        let (memory, positions) = (&self.memory, self.engine.positions());
        let changes = self.told.news(drawn, |identity| memory.place_of(identity), |node| positions.get(node));
        if !changes.is_empty() {
            self.engine.apply(changes);
            self.unsaved = true;
            if self.frozen || self.engine.settled() {
                self.publish();
            }
        }
    }

    /// Remembers where everything is, once it is at rest; not all the time.
    fn remember(&mut self) {
        if !self.unsaved || !self.memory.is_kept() {
            return;
        }
        self.unsaved = false;
        self.saved = Instant::now();
        for (identity, node) in self.told.identities() {
            if let Some(at) = self.engine.positions().get(node) {
                self.memory.see(identity, at);
            }
        }
        if let Err(error) = self.memory.save() {
            (self.tell)(Notice { level: Level::Warning, text: format!("where the nodes are is not remembered: {error}"), remedy: None });
            self.memory = Memory::default();
        }
    }
}
