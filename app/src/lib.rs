//! The desktop program: its window and its command line.

pub mod cli;
pub mod computing;
pub mod interfaces;
pub mod open;
pub mod others;
pub mod pipeline;
pub mod privilege;
pub mod probes;
pub mod program;
pub mod ps;
mod report;
pub mod shot;
pub mod state;
pub mod table;
pub mod theme;
pub mod units;
pub mod view;
pub mod window;
