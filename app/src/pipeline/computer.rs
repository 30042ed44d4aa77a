//! The computations of a model that lives: what they say is taken in, what fails is told, and what they remember is kept. They hear too when
//! this machine comes to another network.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use capture::interfaces::{self, Watch};
use capture::{Level, Notice};
use crossbeam_channel::{Receiver, RecvError, never};
use graph::{Computations, Failure, Listed, Model, Prepared};

use crate::computing::Memories;

/// So often what they remember is written, and at the end.
const KEEP_EVERY: Duration = Duration::from_secs(300);

/// Runs computations beside whoever owns the model.
pub(crate) struct Computer {
    computations: Computations,
    memories: Memories,
    kept: Instant,
    /// What tells that this machine's addresses changed, and where it tells.
    _watch: Option<Watch>,
    moved: Receiver<()>,
    /// How each stands, for the view.
    listed: Arc<Mutex<Arc<[Listed]>>>,
    tell: Box<dyn Fn(Notice) + Send>,
}

impl Computer {
    pub(crate) fn new(
        computations: Computations,
        memories: Memories,
        watch: Option<Watch>,
        listed: Arc<Mutex<Arc<[Listed]>>>,
        tell: impl Fn(Notice) + Send + 'static,
    ) -> Computer {
        let moved = watch.as_ref().map_or_else(never, |watch| watch.changed().clone());
        let computer = Computer { computations, memories, kept: Instant::now(), _watch: watch, moved, listed, tell: Box::new(tell) };
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

    /// Where it is told that this machine's addresses may have changed: then [`Computer::look_around`].
    pub(crate) const fn moved(&self) -> &Receiver<()> {
        &self.moved
    }

    /// The model learns which addresses this machine has now. Whether they are others than before.
    pub(crate) fn look_around(&mut self, told: Result<(), RecvError>, model: &mut Model) -> bool {
        if told.is_err() {
            self.moved = never();
        }
        let vicinity =
            told.map_err(|_| "nobody tells any more".to_owned()).and_then(|()| interfaces::vicinity().map_err(|e| e.to_string()));
        let has_moved = match vicinity {
            Ok(vicinity) => model.set_vicinity(vicinity),
            Err(error) => {
                let text = format!("how far hosts are is told by addresses and networks that this machine had before: {error}");
                (self.tell)(Notice { level: Level::Warning, text, remedy: Some("open the source again".to_owned()) });
                false
            }
        };
        if has_moved {
            self.run(model);
        }
        has_moved
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

#[cfg(test)]
mod tests {
    use graph::{Limits, RegistryBuilder};

    use super::*;

    #[test]
    fn that_nobody_watches_addresses_any_more_is_told_once() {
        let (tell, told) = crossbeam_channel::unbounded();
        let tell = move |notice| tell.send(notice).unwrap();
        let mut computer = Computer::new(Computations::default(), Memories::default(), None, Arc::default(), tell);
        let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
        assert!(!computer.look_around(Err(RecvError), &mut model));
        assert!(told.try_recv().unwrap().text.contains("nobody tells any more"));
        assert!(computer.moved().try_recv().is_err_and(|error| error.is_empty()), "and nothing comes of it");
    }
}
