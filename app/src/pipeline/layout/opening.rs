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

#[cfg(test)]
mod tests {
    use graph::{Attribute, Both, ConnId, Counts, Endpoint, Event, Folding, Kind, Limits, Model, OriginId, Proto, Time, Total, Tuple};

    use super::*;
    use crate::pipeline::new_model;

    /// Five hosts of one subnet, and one who talks with all of them.
    fn office() -> Model {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let end = |addr: [u8; 4], port| Endpoint { addr: addr.into(), port };
        for host in 1..=5 {
            let (tuple, _) = Tuple::new(Proto::TCP, end([10, 0, 0, host], 50_000), end([192, 0, 2, 9], 443));
            let counts = Counts { packets: 1, bytes: 100, ip_bytes: 100 };
            let total = Total(Both { ab: counts, ba: Counts::default() });
            let kind = Kind::Data { tuple, conn: ConnId(1), total, last: Time::from_secs(1) };
            model.apply(Time::from_secs(1), &Event { at: Time::from_secs(1), origin: OriginId(0), kind }, &mut ());
        }
        model
    }

    #[test]
    fn members_appear_where_their_group_was_and_a_group_amid_its_members() {
        let mut model = office();
        let closed = Folding { levels: vec![Attribute::Subnet], ..Folding::default() };
        let (shut, open) = (model.draw(&closed, None), model.draw(&Folding { open: true, ..closed.clone() }, None));
        let group = shut.nodes.iter().find_map(|node| node.id.group()).unwrap();
        let at = Point { x: 100.0, y: -50.0 };
        let mut opening = Opening::new(&shut, &open, |node| (node == Node::Group(group).number()).then_some(at));
        let places: Vec<Point> = open.nodes.iter().filter_map(|node| opening.place_of(node)).collect();
        assert_eq!(places.len(), 5, "the sixth was there before");
        assert!(places.iter().all(|place| (place.x - at.x).hypot(place.y - at.y) < 3.0 * APART));
        assert!(places.iter().enumerate().all(|(nth, place)| !places[..nth].contains(place)), "none on another: {places:?}");

        let order: Vec<NodeId> = open.nodes.iter().filter(|node| node.inner == Some(group)).map(|node| node.id.number()).collect();
        let place = |node: NodeId| Some(Point { x: order.iter().position(|id| *id == node)? as f32, y: 7.0 });
        let mut closing = Opening::new(&open, &shut, place);
        let there = shut.nodes.iter().find(|node| node.id == Node::Group(group)).and_then(|node| closing.place_of(node));
        assert_eq!(there, Some(Point { x: 2.0, y: 7.0 }));
    }
}
