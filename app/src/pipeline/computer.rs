//! The computations of a model that lives: what they say is taken in, what fails is told, and what they remember is kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::{Level, Notice};
use graph::{Computations, Failure, Listed, Model, Prepared};

use crate::computing::Memories;

/// So often what they remember is written, and at the end.
const KEEP_EVERY: Duration = Duration::from_secs(300);

/// Runs computations beside whoever owns the model.
pub(crate) struct Computer {
    computations: Computations,
    memories: Memories,
    kept: Instant,
    /// How each stands, for the view.
    listed: Arc<Mutex<Arc<[Listed]>>>,
    tell: Box<dyn Fn(Notice) + Send>,
}

impl Computer {
    pub(crate) fn new(
        computations: Computations,
        memories: Memories,
        listed: Arc<Mutex<Arc<[Listed]>>>,
        tell: impl Fn(Notice) + Send + 'static,
    ) -> Computer {
        let computer = Computer { computations, memories, kept: Instant::now(), listed, tell: Box::new(tell) };
        computer.list();
        computer
    }

    /// Events were applied: tells the computations what happened.
    pub(crate) fn run(&mut self, model: &mut Model) {
        let failures = self.computations.run(model);
        if !failures.is_empty() {
            self.list();
        }
        for Failure { name, text } in failures {
            let remedy = Some("the other computations go on; it is on again when the source is opened again".to_owned());
            (self.tell)(Notice { level: Level::Warning, text: format!("the computation {name} is switched off: {text}"), remedy });
        }
        if self.kept.elapsed() >= KEEP_EVERY {
            self.keep();
        }
    }

    /// Whether it is to be run though nothing happened.
    pub(crate) fn is_behind(&self) -> bool {
        self.computations.is_behind()
    }

    pub(crate) fn switch(&mut self, name: &str, on: bool, model: &mut Model) {
        self.computations.switch(name, on, model);
        self.list();
    }

    pub(crate) fn replace(&mut self, prepared: Box<dyn Prepared>, model: &mut Model) {
        let name = prepared.name();
        if let Err(error) = self.computations.replace(prepared, model) {
            (self.tell)(Notice { level: Level::Warning, text: format!("the computation {name} stays as it was: {error}"), remedy: None });
        }
        self.list();
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.computations.forget(name);
        self.keep();
    }

    /// There will be no more events.
    pub(crate) fn end(&mut self) {
        self.keep();
    }

    fn keep(&mut self) {
        self.kept = Instant::now();
        for (name, memory) in self.computations.memories() {
            if let Some(notice) = self.memories.keep(name, &memory) {
                (self.tell)(notice);
            }
        }
    }

    fn list(&self) {
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = self.computations.list().cloned().collect();
    }
}
