//! The field: everything in a share repels everything, links are springs, gravity holds it together, and heat says who
//! may move.
//!
//! Bodies, tree, far field and springs are flat lists that last. They are arranged anew every few ticks, and in between
//! follow the places: whatever moved a little is still in the right part of the tree.

mod bodies;
mod cooling;
mod far;
mod motion;
mod near;
mod springs;
mod tree;

use self::bodies::Bodies;
use self::near::Near;
use self::springs::Springs;
use self::tree::Tree;
use crate::graph::Graph;
use crate::shares::Shares;

/// The length a link wants to have between the rims of its two circles, in layout units.
pub(crate) const LINK_LENGTH: f32 = 80.0;
/// Every so many ticks bodies are ordered anew.
const LASTS: u32 = 4;

/// A graph, its shares of the plane, and what is computed of them.
#[derive(Debug, Default)]
pub(crate) struct Field {
    pub(crate) graph: Graph,
    pub(crate) shares: Shares,
    bodies: Bodies,
    tree: Tree,
    near: Near,
    springs: Springs,
    /// Of which version of the graph this is, and for how many ticks.
    arranged: Option<u64>,
    age: u32,
}

impl Field {
    /// One tick. `ticks` is how long it is: 1 for a sixtieth of a second.
    pub(crate) fn tick(&mut self, ticks: f32) {
        if self.arranged != Some(self.graph.version()) || self.age >= LASTS {
            self.arrange();
        }
        self.age += 1;
        self.bodies.follow(&self.graph);
        self.near.add(&mut self.bodies, &self.tree);
        far::act(&mut self.bodies, &self.tree);
        self.springs.add(&mut self.bodies);
        self.advance(ticks);
    }

    /// Something that is no change of the graph's structure: who is hot, who is pinned, how large a circle is.
    pub(crate) fn touch(&mut self) {
        self.arranged = None;
    }

    /// Whether anything may still move.
    pub(crate) fn is_moving(&self) -> bool {
        self.shares.list.iter().any(|share| share.hot) || self.shares.is_moving()
    }

    fn arrange(&mut self) {
        self.springs.list(&self.graph);
        self.bodies.arrange(&self.graph, &mut self.shares);
        self.tree.build(&self.bodies);
        self.near.pairs.clear();
        far::meet(&mut self.tree, &mut self.near.pairs);
        self.near.sort();
        self.springs.join(&self.graph, &self.bodies);
        self.arranged = Some(self.graph.version());
        self.age = 0;
    }
}
