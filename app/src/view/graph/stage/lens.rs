//! What is brought out, and everything else dimmed.

use std::sync::Arc;

use graph::{Family, Node as Who};

/// How many links away a neighbour may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Steps {
    /// One.
    One,
    /// Two.
    Two,
    /// Three.
    Three,
    /// As many as there are.
    All,
}

impl Steps {
    /// Every number of them.
    pub const EACH: [Steps; 4] = [Steps::One, Steps::Two, Steps::Three, Steps::All];

    /// So many.
    pub const fn most(self) -> u32 {
        match self {
            Steps::One => 1,
            Steps::Two => 2,
            Steps::Three => 3,
            Steps::All => u32::MAX,
        }
    }

    /// What they are called.
    pub const fn label(self) -> &'static str {
        match self {
            Steps::One => "1",
            Steps::Two => "2",
            Steps::Three => "3",
            Steps::All => "all",
        }
    }

    /// One more, as long as there is any.
    pub const fn more(self) -> Steps {
        match self {
            Steps::One => Steps::Two,
            Steps::Two => Steps::Three,
            Steps::Three | Steps::All => Steps::All,
        }
    }

    /// One less, if any is left.
    pub const fn fewer(self) -> Option<Steps> {
        match self {
            Steps::One => None,
            Steps::Two => Some(Steps::One),
            Steps::Three => Some(Steps::Two),
            Steps::All => Some(Steps::Three),
        }
    }
}

/// Some of the nodes, and the lines that belong to them.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// Nodes, and whoever is that few links away from one of them.
    Around {
        /// The nodes.
        centres: Arc<[Who]>,
        /// The links.
        steps: Steps,
    },
    /// The shortest way from one node to another.
    Between([Who; 2]),
    /// These alone.
    These(Arc<[Who]>),
}

/// What is brought out, and everything else dimmed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lens {
    /// Some of the nodes.
    pub out: Option<Out>,
    /// A family of services.
    pub family: Option<Family>,
    /// What the pointer is on.
    pub hovered: Option<Who>,
}
