//! The layout's thread: it follows the model's graph and moves the nodes, sixty times a second while any moves.

mod ground;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select};
use graph::Snapshot;
use layouts::{Change, Engine, Kind, Positions};

use self::ground::Ground;
use super::Update;
use super::session::{Repaint, Shared};

/// One tick of the layout.
const TICK: Duration = Duration::from_nanos(16_666_667);
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
pub(crate) fn laid_out(snapshot: &Snapshot, kind: Kind, seed: u64) -> Positions {
    let (mut engine, mut ground, mut changes) = (Engine::new(kind, seed), Ground::default(), Vec::new());
    ground.take_in(Update::Snapshot(Box::new(snapshot.clone())), &mut changes);
    engine.apply(changes);
    let mut ticks = 0;
    while ticks < MOST_TICKS && engine.tick() {
        ticks += 1;
    }
    engine.positions().clone()
}

pub(super) struct Layouter {
    engine: Engine,
    told: Receiver<ToLayout>,
    woken: Receiver<()>,
    shared: Arc<Shared>,
    repaint: Repaint,
    frozen: bool,
    ground: Ground,
}

impl Layouter {
    pub(super) fn new(told: Receiver<ToLayout>, woken: Receiver<()>, shared: Arc<Shared>, repaint: Repaint) -> Self {
        let engine = Engine::new(Kind::Force, SEED);
        Layouter { engine, told, woken, shared, repaint, frozen: false, ground: Ground::default() }
    }

    /// Runs until the view is gone.
    pub(super) fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let moving = !self.frozen && !self.engine.settled();
            let wait = if moving { next.saturating_duration_since(Instant::now()) } else { Duration::from_secs(3600) };
            select! {
                recv(self.told) -> what => match what {
                    Ok(what) => self.obey(what),
                    Err(_) => return,
                },
                recv(self.woken) -> woken => match woken {
                    Ok(()) => self.follow(),
                    Err(_) => self.woken = never(),
                },
                default(wait) => {
                    self.engine.tick();
                    self.publish();
                    next = (next + TICK).max(Instant::now());
                }
            }
        }
    }

    fn obey(&mut self, what: ToLayout) {
        match what {
            ToLayout::Changes(changes) => {
                self.engine.apply(changes);
                self.publish();
            }
            ToLayout::Kind(kind) => self.engine.set_kind(kind),
            ToLayout::Freeze(frozen) => self.frozen = frozen,
        }
    }

    fn publish(&self) {
        self.shared.positions.put(self.engine.positions().clone());
        (self.repaint)();
    }

    fn follow(&mut self) {
        let mut changes = Vec::new();
        if let Some(update) = self.shared.for_layout.take() {
            self.ground.take_in(update, &mut changes);
        }
        if let Some(cast) = self.shared.cast_for_layout.take() {
            self.ground.set_cast(cast, &mut changes);
        }
        if !changes.is_empty() {
            self.engine.apply(changes);
            if self.frozen || self.engine.settled() {
                self.publish();
            }
        }
    }
}
