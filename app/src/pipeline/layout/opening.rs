//! Groups that open and close: members appear where their group was, and a group in the middle of its members.

use std::collections::{BTreeMap, BTreeSet};

use graph::{Drawn, DrawnNode, GroupId, Node};
use layouts::{NodeId, Point};

/// From one member to the next outer one, times the root of its number: room for a node.
const APART: f32 = 24.0;
/// Successive multiples of this angle never meet.
const GOLDEN_ANGLE: f32 = 2.399_963_2;

/// The groups that open and close between two drawings.
pub(super) struct Opening {
    /// Where each group is that opens, and how many of its members have appeared.
    opened: BTreeMap<GroupId, (Point, u32)>,
    /// The sum of the places of the members of each group that closes, and how many they are.
    closed: BTreeMap<GroupId, (Point, u32)>,
}

impl Opening {
    pub(super) fn new(before: &Drawn, now: &Drawn, place: impl Fn(NodeId) -> Option<Point>) -> Self {
        let mut opening = Opening { opened: BTreeMap::new(), closed: BTreeMap::new() };
        let open: BTreeSet<GroupId> = now.nodes.iter().flat_map(around).collect();
        for id in before.nodes.iter().filter_map(|node| node.id.group()).filter(|id| open.contains(id)) {
            if let Some(at) = place(Node::Group(id).number()) {
                opening.opened.insert(id, (at, 0));
            }
        }
        for node in &before.nodes {
            let closed = around(node).find(|id| now.index(Node::Group(*id)).is_some());
            if let Some((id, at)) = closed.zip(place(node.id.number())) {
                let (sum, count) = opening.closed.entry(id).or_default();
                (sum.x, sum.y, *count) = (sum.x + at.x, sum.y + at.y, *count + 1);
            }
        }
        opening
    }

    /// Where a new node appears for that reason.
    pub(super) fn place_of(&mut self, node: &DrawnNode) -> Option<Point> {
        if let Some((sum, count)) = node.id.group().and_then(|id| self.closed.get(&id)) {
            let count = *count as f32;
            return Some(Point { x: sum.x / count, y: sum.y / count });
        }
        let opened = around(node).find(|id| self.opened.contains_key(id))?;
        let (at, appeared) = self.opened.get_mut(&opened)?;
        let (away, turn) = ((*appeared as f32).sqrt() * APART, *appeared as f32 * GOLDEN_ANGLE);
        *appeared += 1;
        Some(Point { x: at.x + away * turn.cos(), y: at.y + away * turn.sin() })
    }
}

/// The open groups that a node is drawn in.
fn around(node: &DrawnNode) -> impl Iterator<Item = GroupId> + use<> {
    [node.inner, node.within].into_iter().flatten()
}
