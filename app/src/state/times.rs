//! How long frames take, and what is drawn in one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::pipeline::{Samples, Timings};

/// How long frames take, and what is drawn in one.
#[derive(Debug)]
pub struct Times {
    /// Whether it is shown.
    pub shown: bool,
    /// The graph as a whole.
    pub frame: Samples,
    /// Bringing the stage up to date, and putting it on the screen.
    pub stage: Samples,
    /// Making the mesh.
    pub mesh: Samples,
    /// Choosing labels.
    pub labels: Samples,
    /// Vertices of the last mesh.
    pub vertices: usize,
    /// What the threads take; none without a session.
    pub session: Option<Arc<Timings>>,
    begun: Instant,
}

impl Default for Times {
    fn default() -> Self {
        let (frame, stage, mesh, labels) = Default::default();
        Times { shown: false, frame, stage, mesh, labels, vertices: 0, session: None, begun: Instant::now() }
    }
}

impl Times {
    /// Since these are kept.
    pub fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// What began then has just been done. Returns when that was.
    pub fn took(&self, which: impl FnOnce(&Times) -> &Samples, began: Instant) -> Instant {
        let now = Instant::now();
        which(self).add(now.saturating_duration_since(self.begun), now.saturating_duration_since(began));
        now
    }
}
