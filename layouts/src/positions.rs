//! Where everything is.

use std::sync::Arc;

use crate::{NodeId, Point};

/// The place of every node, sorted by id. Cheap to clone: one flat list, and one that is shared until nodes come or go.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Positions {
    ids: Arc<[NodeId]>,
    points: Vec<Point>,
}

impl Positions {
    /// The place of one node; `None` if there is no such node.
    pub fn get(&self, id: NodeId) -> Option<Point> {
        let at = self.ids.binary_search(&id).ok()?;
        self.points.get(at).copied()
    }

    /// All nodes with their places, by ascending id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (NodeId, Point)> + '_ {
        self.ids.iter().copied().zip(self.points.iter().copied())
    }

    /// All ids, ascending; `points()` has the same order.
    pub fn ids(&self) -> &[NodeId] {
        &self.ids
    }

    /// All places, in the order of `ids()`.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The corners (least, greatest) of the box around all centres; `None` without nodes.
    pub fn bounds(&self) -> Option<(Point, Point)> {
        let first = *self.points.first()?;
        Some(self.points.iter().fold((first, first), |(low, high), p| {
            (Point { x: low.x.min(p.x), y: low.y.min(p.y) }, Point { x: high.x.max(p.x), y: high.y.max(p.y) })
        }))
    }

    /// Other nodes are there, whose ids must ascend; their places come next.
    pub(crate) fn name(&mut self, ids: Arc<[NodeId]>) {
        self.ids = ids;
    }

    /// Replaces all places, by ascending id.
    pub(crate) fn place(&mut self, points: impl Iterator<Item = Point>) {
        self.points.clear();
        self.points.extend(points);
    }
}
