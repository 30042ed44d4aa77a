//! The engine: takes changes, steps a layout, says where everything is.

mod apply;

use fdg_sim::Simulation;

use crate::circle::Circle;
use crate::force::{chill_all, is_hot, simulation, warm_all};
use crate::graph::{Body, Index, Link, point};
use crate::place::Placer;
use crate::{Disc, NodeId, Positions};

/// After this many ticks in a row in which nothing moved visibly, all is at rest.
const CALM_TICKS: u32 = 20;
/// What cannot be seen, in layout units a tick.
const INVISIBLE: f32 = 0.01;

/// Which layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Hubs apart from one another, leaves around them: a simulation of charges and springs.
    #[default]
    Force,
    /// All nodes on one circle.
    Circle,
    /// Rows from the first layer down, ordered so that few links cross.
    Layers,
    /// A disc of the plane for every group, and the force layout in each.
    Grouped,
}

/// A layout that follows a changing graph. Not a thread: the caller steps it.
pub struct Engine {
    kind: Kind,
    simulation: Simulation<Body, Link>,
    index: Index,
    circle: Circle,
    placer: Placer,
    positions: Positions,
    clusters: Vec<(u64, Disc)>,
    moving: bool,
    calm_ticks: u32,
}

impl Engine {
    /// An empty layout. The seed chooses how the picture is turned, nothing else.
    pub fn new(kind: Kind, seed: u64) -> Self {
        Self {
            kind,
            simulation: simulation(),
            index: Index::new(),
            circle: Circle::default(),
            placer: Placer::new(seed),
            positions: Positions::default(),
            clusters: Vec::new(),
            moving: false,
            calm_ticks: 0,
        }
    }

    /// Which layout this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Changes to another layout; everything moves there from where it is. Pinned nodes stay.
    pub fn set_kind(&mut self, kind: Kind) {
        if kind == self.kind {
            return;
        }
        self.kind = kind;
        self.reheat();
    }

    /// One tick of a sixtieth of a second. Returns whether anything still moves; once it does not, a tick costs nothing.
    pub fn tick(&mut self) -> bool {
        if !self.moving {
            return false;
        }
        self.moving = match self.kind {
            Kind::Circle => self.circle.step(self.simulation.get_graph_mut()),
            Kind::Force | Kind::Layers | Kind::Grouped => self.tick_force(),
        };
        self.refill();
        self.moving
    }

    /// Whether everything is at rest.
    pub fn settled(&self) -> bool {
        !self.moving
    }

    /// Lays everything out again from where it is.
    pub fn reheat(&mut self) {
        warm_all(self.simulation.get_graph_mut(), 1.0);
        if self.kind == Kind::Circle {
            self.circle.arrange(self.simulation.get_graph(), &self.index);
        }
        self.wake(true);
    }

    /// Where every node is now.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The disc of every group that has nodes, by ascending group; none in another layout than [`Kind::Grouped`].
    pub fn clusters(&self) -> &[(u64, Disc)] {
        &self.clusters
    }

    /// Whether a node is pinned; `false` if there is no such node.
    pub fn is_pinned(&self, id: NodeId) -> bool {
        self.body(id).is_some_and(|body| body.pinned)
    }

    /// All pinned nodes, by ascending id.
    pub fn pinned(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.index.keys().copied().filter(|id| self.is_pinned(*id))
    }

    fn tick_force(&mut self) -> bool {
        self.simulation.update(1.0);
        let graph = self.simulation.get_graph_mut();
        let visible = graph.node_weights().any(|node| node.location.distance(node.old_location) > INVISIBLE);
        self.calm_ticks = if visible { 0 } else { self.calm_ticks + 1 };
        if self.calm_ticks == CALM_TICKS {
            chill_all(graph);
        }
        is_hot(graph)
    }

    fn wake(&mut self, changed: bool) {
        if changed {
            self.moving = !self.index.is_empty();
            self.calm_ticks = 0;
            self.refill();
        }
    }

    fn refill(&mut self) {
        let graph = self.simulation.get_graph();
        let nodes = self.index.iter().filter_map(|(id, slot)| Some((*id, point(graph.node_weight(*slot)?))));
        self.positions.refill(nodes);
    }

    fn body(&self, id: NodeId) -> Option<&Body> {
        let node = self.simulation.get_graph().node_weight(*self.index.get(&id)?)?;
        Some(&node.data)
    }
}
