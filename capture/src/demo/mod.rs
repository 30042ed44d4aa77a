//! The source `demo`: a made-up home and office, and the processes of one machine there, for looking around without any
//! privilege; and generators of load.
//!
//! ```
//! let demo = capture::demo::Config::default().open()?;
//! assert_eq!(capture::Source::name(&demo), "demo");
//! # Ok::<(), capture::demo::ScenarioError>(())
//! ```

#[cfg(test)]
mod books;
mod flow;
mod load;
mod packets;
mod programs;
mod scenario;
mod story;
mod ticker;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use load::{Emitted, Load, Loading};
pub use packets::{Truth, write_pcap};
pub use scenario::{Scenario, ScenarioError};

use graph::Time;
use story::Story;

use crate::source::{Context, Ended, Source, SourceError};

/// When a story begins that is not told in real time.
const BEGINNING: Time = Time::from_secs(1_700_000_000);

/// What the demo tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The same seed tells the same story.
    pub seed: u64,
    /// A scenario's file; none is the built-in one.
    pub scenario: Option<PathBuf>,
    /// How much of the story is told, as fast as it is heard and from a beginning that is always the same; none is all there is, in real time.
    pub lasts: Option<Duration>,
}

impl Config {
    /// Reads the scenario and checks it.
    pub fn open(self) -> Result<Demo, ScenarioError> {
        let scenario = match &self.scenario {
            Some(path) => Scenario::read(path)?,
            None => Scenario::built_in()?,
        };
        Ok(Demo { scenario: scenario.into(), seed: self.seed, lasts: self.lasts })
    }
}

/// The demo, ready to run: [`Config::open`] makes it. Its events depend on its seed alone; the clock says when
/// they come, in steps of 50 ms from the start.
#[derive(Clone, Debug)]
pub struct Demo {
    scenario: Arc<Scenario>,
    seed: u64,
    lasts: Option<Duration>,
}

impl Source for Demo {
    fn name(&self) -> String {
        "demo".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let story = |start| Story::new(self.scenario.clone(), context.origin, context.world.columns(), self.seed, start);
        Ok(match self.lasts {
            Some(lasts) => ticker::tell(&context, BEGINNING, lasts, story),
            None => ticker::run(&context, story),
        })
    }
}
