//! From node to node by the arrow keys.

use egui::{Pos2, Vec2};
use graph::Node as Who;

use super::{Node, Stage};

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

impl Way {
    /// Whether it leads from one place to another, give or take 45 degrees.
    fn leads(self, from: Pos2, to: Pos2) -> bool {
        let Vec2 { x, y } = to - from;
        match self {
            Way::Left => -x > y.abs(),
            Way::Right => x > y.abs(),
            Way::Up => -y >= x.abs() && y != 0.0,
            Way::Down => y >= x.abs() && y != 0.0,
        }
    }
}

impl Stage {
    /// The nearest neighbour of a node in a direction; where there is none, the nearest node.
    pub fn towards(&self, from: Who, way: Way) -> Option<Who> {
        let here = self.node(from)?.place?;
        let far = |node: &Node| {
            let place = node.place.filter(|place| node.id != from && way.leads(here, *place))?;
            Some(((place - here).length(), node.id))
        };
        let ends = self.edges.iter().filter_map(|edge| self.ends(edge)).filter(|(a, b)| a.id == from || b.id == from);
        let neighbours = ends.flat_map(|(a, b)| [a, b]).filter_map(far);
        let nearest = |a: &(f32, Who), b: &(f32, Who)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        let anybody = || self.nodes.iter().filter_map(far).min_by(nearest);
        neighbours.min_by(nearest).or_else(anybody).map(|(_, id)| id)
    }

    /// The nearest of certain nodes to another one.
    pub fn nearest(&self, from: Who, is_one: impl Fn(Who) -> bool) -> Option<Who> {
        let here = self.node(from)?.place?;
        let others = self.nodes.iter().filter(|node| node.id != from && is_one(node.id));
        let far = others.filter_map(|node| Some(((node.place? - here).length(), node.id)));
        far.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Net;
    use super::*;

    #[test]
    fn neighbours_come_before_others_that_are_nearer() {
        // 0 talks to 1 (right, far), 2 (down) and 3 (up, to the left); 4 is right beside it, and nobody's neighbour but 5's.
        let links = [(0, 1, 443, 900), (0, 2, 443, 800), (0, 3, 443, 700), (4, 5, 443, 600)];
        let places = [(0.0, 0.0), (300.0, 40.0), (10.0, 200.0), (-90.0, -100.0), (60.0, 0.0), (-70.0, 5.0)];
        let net = Net::of(6, &links).placed(&places);
        let stage = net.stage();
        let go = |from: usize, way| stage.towards(net.node(from), way);
        assert_eq!(go(0, Way::Right), Some(net.node(1)));
        assert_eq!(go(0, Way::Down), Some(net.node(2)));
        assert_eq!(go(0, Way::Up), Some(net.node(3)));
        assert_eq!(go(0, Way::Left), Some(net.node(5)), "no neighbour is there, but a node");
        assert_eq!(go(5, Way::Right), Some(net.node(4)), "its neighbour, over others");
        assert_eq!(go(1, Way::Right), None);
    }
}
