//! Layouts: where each node of the graph goes. Positions only; drawing, threads and clocks are the caller's.
//!
//! An [`Engine`] is told what [`Change`]s, is stepped by [`Engine::tick`] sixty times a second until it has settled, and
//! is asked for its [`Positions`] at any moment. The same changes, ticks and seed give the same positions.
//!
//! ```
//! use layouts::{Change, Engine, Kind};
//!
//! let mut engine = Engine::new(Kind::Force, 1);
//! engine.apply([
//!     Change::AddNode { id: 1, radius: 12.0, at: None },
//!     Change::AddNode { id: 2, radius: 6.0, at: None },
//!     Change::AddLink { a: 1, b: 2, weight: 1.0 },
//! ]);
//! while engine.tick() {}
//!
//! let (router, laptop) = (engine.positions().get(1).unwrap(), engine.positions().get(2).unwrap());
//! let apart = (router.x - laptop.x).hypot(router.y - laptop.y);
//! assert!((70.0..160.0).contains(&apart));
//! ```

mod change;
mod circle;
mod disc;
mod driver;
mod easing;
mod engine;
mod field;
mod graph;
mod growth;
mod layers;
mod place;
mod positions;
mod prepare;
mod shares;

pub use change::{Change, NodeId, Point};
pub use disc::Disc;
pub use engine::{Engine, Kind};
pub use positions::Positions;
