//! What is known of the source that is open: filled from its session once a frame, read by every view.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use graph::{Details, Drawn, Listed, Registry, Rows, Schema, Snapshot, Sums, Table, Time};

use super::{Traffic, probes, sources};
use crate::pipeline::{Outcome, Placed, SourceKind, Values};

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Speed {
    /// So many times the recorded time.
    Times(f64),
    /// As fast as it can be read.
    #[default]
    Max,
}

impl Speed {
    /// Those that are offered, slowest first.
    pub const STEPS: [Speed; 14] = [
        Speed::Times(0.1),
        Speed::Times(0.2),
        Speed::Times(0.5),
        Speed::Times(1.0),
        Speed::Times(2.0),
        Speed::Times(5.0),
        Speed::Times(10.0),
        Speed::Times(20.0),
        Speed::Times(50.0),
        Speed::Times(100.0),
        Speed::Times(200.0),
        Speed::Times(500.0),
        Speed::Times(1000.0),
        Speed::Max,
    ];

    /// As a source takes it: none is as fast as possible.
    pub const fn times(self) -> Option<f64> {
        match self {
            Speed::Times(times) => Some(times),
            Speed::Max => None,
        }
    }

    /// The next step up.
    pub fn faster(self) -> Speed {
        Speed::STEPS.into_iter().find(|s| s.order() > self.order()).unwrap_or(Speed::Max)
    }

    /// The next step down.
    pub fn slower(self) -> Speed {
        Speed::STEPS.into_iter().rev().find(|s| s.order() < self.order()).unwrap_or(Speed::Times(0.1))
    }

    fn order(self) -> f64 {
        self.times().unwrap_or(f64::INFINITY)
    }

    /// Reads what [`Speed`] prints; anything outside of ×0.1 to ×1000 is refused.
    pub fn parse(text: &str) -> Option<Speed> {
        let text = text.trim();
        if text == "max" {
            return Some(Speed::Max);
        }
        let times: f64 = text.strip_prefix('×').unwrap_or(text).parse().ok()?;
        (0.1..=1000.0).contains(&times).then_some(Speed::Times(times))
    }
}

impl fmt::Display for Speed {
    /// `×0.5`, `×20`, `max`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Speed::Times(times) => write!(f, "×{times}"),
            Speed::Max => f.pad("max"),
        }
    }
}

/// The source that is open.
#[derive(Debug)]
pub struct Picture {
    /// Its name: an interface, a file's name.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// What can be asked of its rows.
    pub schema: Arc<Schema>,
    /// The columns of what may be known.
    pub registry: Arc<Registry>,
    /// Hosts, links and totals.
    pub snapshot: Snapshot,
    /// What of it the graph shows.
    pub drawn: Arc<Drawn>,
    /// Where the nodes are.
    pub placed: Placed,
    /// The model's time, now.
    pub now: Time,
    /// The rows that each table asked for last.
    pub rows: BTreeMap<Table, Rows>,
    /// What a query summed last.
    pub sums: Option<Sums>,
    /// The values of a field that were asked for last.
    pub values: Option<Values>,
    /// What is known of what is selected.
    pub details: Option<Details>,
    /// How far a recording has been read.
    pub progress: Option<f32>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
    /// Whether it stands still.
    pub paused: bool,
    /// How fast it is played.
    pub speed: Speed,
    /// How its rate went.
    pub traffic: Traffic,
    /// The probes of other machines.
    pub probes: probes::Shown,
    /// What else tells of the same, and how each of those is.
    pub sources: sources::Shown,
    /// What is computed, and how that stands.
    pub computations: Arc<[Listed]>,
}

impl Picture {
    /// A source of which nothing is known yet.
    pub fn new(name: String, kind: SourceKind, speed: Speed) -> Self {
        Picture {
            name,
            kind,
            schema: Schema::new(&Registry::default()).into(),
            registry: Arc::default(),
            snapshot: Snapshot::default(),
            drawn: Arc::default(),
            placed: Placed::default(),
            now: Time::ZERO,
            rows: BTreeMap::new(),
            sums: None,
            values: None,
            details: None,
            progress: None,
            outcome: None,
            paused: false,
            speed,
            traffic: Traffic::default(),
            probes: probes::Shown::default(),
            sources: sources::Shown::default(),
            computations: Arc::from([]),
        }
    }

    /// Whether bytes flow, so that what is shown changes by itself.
    pub fn is_moving(&self) -> bool {
        !self.paused && self.outcome.is_none() && self.snapshot.totals.rate_bytes.at(self.now) > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_up_and_down_and_read_back() {
        for speed in Speed::STEPS {
            assert_eq!(Speed::parse(&speed.to_string()), Some(speed));
        }
        assert_eq!((Speed::Times(2.0).faster(), Speed::Times(3.0).faster()), (Speed::Times(5.0), Speed::Times(5.0)));
        assert_eq!(Speed::Times(3.0).slower(), Speed::Times(2.0));
        assert_eq!(Speed::Max.faster(), Speed::Max);
        assert_eq!(Speed::Max.slower(), Speed::Times(1000.0));
        assert_eq!(Speed::Times(0.1).slower(), Speed::Times(0.1));
        assert_eq!(Speed::parse("0"), None);
        assert_eq!(Speed::parse("NaN"), None);
    }
}
