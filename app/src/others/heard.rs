//! How a report hears other sources.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use capture::supervised::{Common, Count, Line, Other, State, Supervised, plain_thread};
use capture::{Level, Notice, Outlet, World};
use crossbeam_channel::Sender;
use graph::Time;

use crate::pipeline::{REALMS, clock};
use crate::report::tell;

/// What a report hears beside its source.
#[derive(Clone, Default)]
pub struct Beside {
    /// Them.
    pub list: Vec<Other>,
    /// Whether its source is a recording: then what is not of a machine as it is now is heard to its end before that.
    pub recorded: bool,
    /// Whether nothing else tells of anything: then it ends with them.
    pub alone: bool,
}

/// Those that a report hears.
#[derive(Default)]
pub(crate) struct Heard(Vec<Supervised>);

impl Heard {
    /// Starts them.
    pub(crate) fn start(beside: Beside, world: &Arc<World>, outlet: &Outlet, notices: &Sender<Notice>) -> Result<Heard> {
        let Beside { list, recorded, .. } = beside;
        let mut heard = Heard::default();
        for Other { factory, .. } in list.into_iter().filter(|other| other.on && !(recorded && other.factory.is_live())) {
            let clock = if recorded { || Time::ZERO } else { clock };
            let (world, outlet, notices) = (world.clone(), outlet.clone(), notices.clone());
            let common = Common { world, outlet, notices, realms: REALMS, clock, changed: Arc::new(|| {}) };
            let mut one = Supervised::new(factory, common).context("too many sources")?;
            one.switch(true, &plain_thread)?;
            heard.0.push(one);
        }
        Ok(heard)
    }

    /// Whether one of them still tells what it has, or will.
    pub(crate) fn goes_on(&self) -> bool {
        self.0.iter().any(Supervised::is_running)
    }

    /// Tells them to end.
    pub(crate) fn stop(&mut self) {
        self.0.iter_mut().for_each(Supervised::stop);
    }

    /// Lets go of them, once none goes on, and says what each counted; what could not be opened at all is an error.
    pub(crate) fn end(&mut self) -> Result<()> {
        for Line { name, from, counts, .. } in self.0.iter().map(Supervised::line).filter(|line| !line.counts.is_empty()) {
            let counts: Vec<String> = counts.iter().map(|Count { name, count, .. }| format!("{count} {name}")).collect();
            let source = [name, from].join(" ");
            tell(Notice { level: Level::Info, text: format!("{}: {}", source.trim_end(), counts.join(", ")), remedy: None });
        }
        let failed = self.0.iter().find_map(|one| match one.line().state {
            State::Failed(why) => Some(format!("{}: {why}", one.line().name)),
            _ => None,
        });
        self.0.clear();
        failed.map_or(Ok(()), |why| Err(anyhow::Error::msg(why)))
    }
}
