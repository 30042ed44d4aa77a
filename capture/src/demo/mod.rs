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

pub use load::{Emitted, Load, Loading};
pub use packets::{Truth, write_pcap};
pub use scenario::{Scenario, ScenarioError};

use story::Story;

use crate::source::{Context, Ended, Source, SourceError};

/// What the demo tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The same seed tells the same story.
    pub seed: u64,
    /// A scenario's file; none is the built-in one.
    pub scenario: Option<PathBuf>,
}

impl Config {
    /// Reads the scenario and checks it.
    pub fn open(self) -> Result<Demo, ScenarioError> {
        let scenario = match &self.scenario {
            Some(path) => Scenario::read(path)?,
            None => Scenario::built_in()?,
        };
        Ok(Demo { scenario: scenario.into(), seed: self.seed })
    }
}

/// The demo, ready to run: [`Config::open`] makes it. Its events depend on its seed alone; the clock says when
/// they come, in steps of 50 ms from the start.
#[derive(Clone, Debug)]
pub struct Demo {
    scenario: Arc<Scenario>,
    seed: u64,
}

impl Source for Demo {
    fn name(&self) -> String {
        "demo".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        Ok(ticker::run(&context, |start| Story::new(self.scenario.clone(), context.origin, context.world.columns(), self.seed, start)))
    }
}
