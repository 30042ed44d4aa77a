//! What is under a point of the screen.

use egui::{Pos2, Rect, vec2};
use graph::Subject;

use super::scale::self_loop;
use super::stage::Stage;

/// A node is hit this far beside its disc, in points: small discs are hard to point at.
const BESIDE_DISC: f32 = 5.0;
/// A link is hit this far beside its line, in points.
const BESIDE_LINK: f32 = 4.0;

/// What is under a point: the nearest node whose disc it hits, else the nearest link, or the link that a share is part of.
pub(super) fn hit(stage: &Stage, point: Pos2, zoom: f32) -> Option<Subject> {
    let discs = stage.nodes().iter().filter(|node| node.visible);
    let near = discs.map(|node| ((point - node.at).length() - node.radius, node)).filter(|(beside, _)| *beside <= BESIDE_DISC);
    if let Some((_, node)) = near.min_by(|(a, _), (b, _)| a.total_cmp(b)) {
        return Some(node.id.subject());
    }
    let lines = stage.edges().iter().filter_map(|edge| {
        let link = edge.link?;
        let (a, b) = stage.ends(edge)?;
        let reach = BESIDE_LINK + Stage::width(edge, zoom) / 2.0;
        if a.id == b.id {
            let (away, radius) = self_loop(a.radius);
            let beside = ((point - (a.at + vec2(away, -away))).length() - radius).abs();
            return (beside <= reach).then_some((beside, link));
        }
        let beside = Rect::from_two_pos(a.at, b.at).expand(reach).contains(point).then(|| distance(point, a.at, b.at))?;
        (beside <= reach).then_some((beside, link))
    });
    lines.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, link)| Subject::Link(link))
}

/// The distance of a point from the straight line between two others.
fn distance(point: Pos2, from: Pos2, to: Pos2) -> f32 {
    let way = to - from;
    let part = ((point - from).dot(way) / way.length_sq().max(f32::EPSILON)).clamp(0.0, 1.0);
    (point - (from + way * part)).length()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Net;
    use super::*;
    use egui::pos2;

    #[test]
    fn hosts_come_before_links_and_links_before_nothing() {
        let net = Net::star(3).placed(&[(0.0, 0.0), (200.0, 0.0), (0.0, 200.0), (-200.0, 0.0)]);
        let stage = net.stage();
        let at = |x: f32, y: f32| hit(&stage, Net::SCREEN.center() + vec2(x, y), 1.0);
        assert_eq!(at(2.0, 1.0), Some(Subject::Host(net.host(0))));
        assert_eq!(at(200.0, 9.0), Some(Subject::Host(net.host(1))));
        assert_eq!(at(100.0, 3.0), Some(Subject::Link(net.link(0, 1))));
        assert_eq!(at(3.0, 100.0), Some(Subject::Link(net.link(0, 2))));
        assert_eq!(at(100.0, 40.0), None);
        assert_eq!(at(260.0, 0.0), None, "beyond the end of a link");
    }

    #[test]
    fn who_talks_to_itself_has_a_loop() {
        let net = Net::of(1, &[(0, 0, 443, 1000)]).placed(&[(0.0, 0.0)]);
        let stage = net.stage();
        let (away, radius) = self_loop(stage.nodes()[0].radius);
        let top = Net::SCREEN.center() + vec2(away, -away - radius);
        assert_eq!(hit(&stage, top, 1.0), Some(Subject::Link(net.link(0, 0))));
        assert_eq!(hit(&stage, top - vec2(0.0, 20.0), 1.0), None);
    }

    #[test]
    fn distances_end_at_the_ends() {
        let (from, to) = (pos2(0.0, 0.0), pos2(10.0, 0.0));
        assert_eq!(distance(pos2(5.0, 3.0), from, to), 3.0);
        assert_eq!(distance(pos2(14.0, 3.0), from, to), 5.0);
        assert_eq!(distance(pos2(3.0, 4.0), from, from), 5.0);
    }
}
