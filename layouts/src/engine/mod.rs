//! The engine: takes changes, steps a layout, says where everything is.

mod apply;

use std::sync::Arc;

use fdg_sim::glam::Vec2;

use crate::circle::Circle;
use crate::driver::Driver;
use crate::easing::ease;
use crate::field::Field;
use crate::graph::{Slot, point};
use crate::layers::Layers;
use crate::place::Placer;
use crate::shares::By;
use crate::{Disc, NodeId, Positions};

/// Which layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Hubs apart from one another, leaves around them: a simulation of charges and springs. What is not linked has a part
    /// of the plane of its own.
    #[default]
    Force,
    /// All nodes on one circle.
    Circle,
    /// A column for each layer from left to right, ordered so that few links cross.
    Layers,
    /// A disc of the plane for every group, and the force layout in each.
    Grouped,
}

/// A layout that follows a changing graph. Not a thread: the caller steps it.
pub struct Engine {
    kind: Kind,
    field: Field,
    driver: Driver,
    circle: Circle,
    layers: Layers,
    /// Where all nodes belong, in a layout that computes places.
    targets: Vec<(Slot, Vec2)>,
    placer: Placer,
    positions: Positions,
    /// The nodes in the order of the positions.
    order: Vec<Slot>,
    clusters: Vec<(u64, Disc)>,
    moving: bool,
    /// Of which version of the graph the shares are, and the order.
    shared: u64,
    ordered: u64,
}

impl Engine {
    /// An empty layout. The seed chooses how the picture is turned, nothing else.
    pub fn new(kind: Kind, seed: u64) -> Self {
        Self {
            kind,
            field: Field::default(),
            driver: Driver::new(),
            circle: Circle::default(),
            layers: Layers::default(),
            targets: Vec::new(),
            placer: Placer::new(seed),
            positions: Positions::default(),
            order: Vec::new(),
            clusters: Vec::new(),
            moving: false,
            shared: 0,
            ordered: 0,
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
        if self.has_forces() {
            self.field.shares.clear(&mut self.field.graph);
            let by = self.by();
            self.field.shares.update(&mut self.field.graph, by);
            self.field.shares.seat(&self.field.graph, |_| false);
        }
        self.reheat();
    }

    /// One tick of a sixtieth of a second. Returns whether anything still moves; once it does not, a tick costs nothing.
    pub fn tick(&mut self) -> bool {
        if !self.moving {
            return false;
        }
        self.moving = if self.has_forces() {
            self.driver.tick(&mut self.field);
            self.field.is_moving()
        } else {
            ease(&mut self.field.graph, &self.targets)
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
        for share in 0..self.field.shares.list.len() {
            self.field.warm(share, 1.0);
        }
        self.arrange();
        self.wake(true);
    }

    /// Where every node is now.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The disc of every group that has nodes, by ascending group; none in another layout than [`Kind::Grouped`]. At rest
    /// no two of them overlap.
    pub fn clusters(&self) -> &[(u64, Disc)] {
        &self.clusters
    }

    /// Whether a node is pinned; `false` if there is no such node.
    pub fn is_pinned(&self, id: NodeId) -> bool {
        self.field.graph.slot(id).is_some_and(|slot| self.field.graph.node(slot).pinned)
    }

    /// All pinned nodes, by ascending id.
    pub fn pinned(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.field.graph.iter().filter(|(_, slot)| self.field.graph.node(*slot).pinned).map(|(id, _)| id)
    }

    fn has_forces(&self) -> bool {
        matches!(self.kind, Kind::Force | Kind::Grouped)
    }

    fn by(&self) -> By {
        if self.kind == Kind::Grouped { By::Cluster } else { By::Component }
    }

    /// Computes where all nodes belong.
    fn arrange(&mut self) {
        self.targets = match self.kind {
            Kind::Circle => self.circle.arrange(&self.field.graph),
            Kind::Layers => self.layers.arrange(&self.field.graph),
            Kind::Force | Kind::Grouped => Vec::new(),
        };
    }

    fn wake(&mut self, changed: bool) {
        if changed {
            self.moving = !self.field.graph.is_empty();
            self.refill();
        }
    }

    fn refill(&mut self) {
        let graph = &self.field.graph;
        if self.ordered != graph.version() {
            self.ordered = graph.version();
            self.order = graph.iter().map(|(_, slot)| slot).collect();
            if !graph.iter().map(|(id, _)| id).eq(self.positions.ids().iter().copied()) {
                self.positions.name(graph.iter().map(|(id, _)| id).collect::<Arc<[NodeId]>>());
            }
        }
        self.positions.place(self.order.iter().map(|slot| point(graph.node(*slot).at)));
        self.clusters.clear();
        if self.kind == Kind::Grouped {
            let shares = self.field.shares.list.iter();
            let discs = shares.filter_map(|share| Some((share.cluster?, Disc { centre: point(share.at), radius: share.radius })));
            self.clusters.extend(discs);
            self.clusters.sort_unstable_by_key(|(cluster, _)| *cluster);
        }
    }
}
