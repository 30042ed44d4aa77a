//! Support for the scenarios: one file a scenario stands in `tests/`.

pub mod crowd;
pub mod desk;
pub mod family;
pub mod hosts;
pub mod lossy;
pub mod mmdb;
pub mod netns;
pub mod parties;
pub mod probe;
pub mod processes;
mod program;
pub mod routed;
pub mod run;
pub mod scratch;
pub mod sender;
pub mod signalling;
mod skip;
pub mod storm;
mod wait;
pub mod whole;
pub mod work;

pub use program::{example, ggprobe, glouglou};
pub use skip::{Need, able, skip};
pub use wait::wait;
