//! What is dragged: the ground, nodes, a box or a rope around those that shall be selected.

use egui::{Event, Painter, PointerButton, Pos2, Rect, Response, Shape, Stroke, Ui, Vec2};
use graph::{Node, Subject};

use super::hit::hit;
use crate::state::graph::{Graph, Grip, Held};
use crate::theme::Palette;

/// A rope is drawn by points that are so far apart, and by no more than so many.
const ROPE_POINTS: f32 = 3.0;
const ROPE_MOST: usize = 4096;

/// The ground is dragged to move the camera; with Shift a box selects, with Alt, or Shift and Ctrl, a rope. A node is dragged to move it, and all that
/// are selected with it; with Shift they stay where they are put.
pub(super) fn drag_ui(ui: &Ui, response: &Response, screen: Rect, state: &mut Graph, selection: &mut Option<Subject>) {
    let pressed = |event: &Event| match event {
        Event::PointerButton { pressed: true, modifiers, .. } => Some(*modifiers),
        _ => None,
    };
    state.pressed_with = ui.input(|i| i.events.iter().rev().find_map(pressed)).unwrap_or(state.pressed_with);
    if response.drag_started_by(PointerButton::Primary) || response.drag_started_by(PointerButton::Middle) {
        let from = ui.input(|i| i.pointer.press_origin());
        let middle = response.drag_started_by(PointerButton::Middle);
        state.grip = from.filter(|_| !middle).map_or(Grip::Ground, |at| grip(state, screen, at));
    }
    let pointer = response.interact_pointer_pos();
    let goes_on = response.dragged() && !response.drag_stopped();
    state.grip = match (std::mem::take(&mut state.grip), pointer) {
        (Grip::Ground, _) if goes_on => {
            if response.drag_delta() != Vec2::ZERO {
                state.camera.pan(response.drag_delta());
            }
            Grip::Ground
        }
        (Grip::Nodes(mut held), Some(at)) if goes_on || response.drag_stopped() => {
            move_nodes(state, &mut held, state.camera.sight().to_layout(screen, at));
            if goes_on {
                Grip::Nodes(held)
            } else {
                state.let_go(&held, ui.input(|i| i.modifiers.shift));
                Grip::Nothing
            }
        }
        (Grip::Box(from, _), Some(at)) if goes_on => Grip::Box(from, at),
        (Grip::Box(from, _), Some(at)) if response.drag_stopped() => {
            let area = Rect::from_two_pos(from, at);
            select(state, selection, |point| area.contains(point));
            Grip::Nothing
        }
        (Grip::Lasso(mut rope), Some(at)) if goes_on => {
            if rope.len() < ROPE_MOST && rope.last().is_none_or(|last| last.distance(at) > ROPE_POINTS) {
                rope.push(at);
            }
            Grip::Lasso(rope)
        }
        (Grip::Lasso(rope), _) if response.drag_stopped() => {
            select(state, selection, |point| is_within(&rope, point));
            Grip::Nothing
        }
        _ => Grip::Nothing,
    };
}

/// What a hand that comes down takes.
fn grip(state: &Graph, screen: Rect, at: Pos2) -> Grip {
    let modifiers = state.pressed_with;
    let rope = modifiers.alt || (modifiers.shift && modifiers.command);
    match hit(&state.stage, at, state.camera.sight().zoom).and_then(Node::of) {
        Some(node) if !rope => {
            let among = state.chosen.nodes().contains(&node);
            let others = state.chosen.nodes().iter().copied().filter(|other| among && *other != node);
            let hand = state.camera.sight().to_layout(screen, at);
            let take = |node: Node| {
                let from = state.stage.node(node)?.place?;
                Some(Held { node, away: from - hand, from, at: from })
            };
            Grip::Nodes(std::iter::once(node).chain(others).filter_map(take).collect())
        }
        _ if rope => Grip::Lasso(vec![at]),
        _ if modifiers.shift => Grip::Box(at, at),
        _ => Grip::Ground,
    }
}

/// What the hand holds goes along with it.
fn move_nodes(state: &mut Graph, held: &mut [Held], hand: Pos2) {
    for held in held {
        let place = hand + held.away;
        if place != held.at {
            held.at = place;
            state.hold(held.node, place);
        }
    }
}

/// Selects all whose middle is there, beside what is selected already; the details are about the busiest of them.
fn select(state: &mut Graph, selection: &mut Option<Subject>, is_there: impl Fn(Pos2) -> bool) {
    let there = || state.stage.nodes().iter().filter(|node| node.visible && is_there(node.at));
    let busiest = there().max_by(|a, b| a.activity.total_cmp(&b.activity).then(b.id.cmp(&a.id))).map(|node| node.id);
    let all: Vec<Node> = there().map(|node| node.id).collect();
    if let Some(busiest) = busiest {
        state.chosen.add(all, busiest, selection);
    }
}

/// Whether a point is within a rope whose ends are tied together: a ray from it crosses the rope an odd number of times.
fn is_within(rope: &[Pos2], point: Pos2) -> bool {
    let Some(last) = rope.last() else { return false };
    let before = std::iter::once(last).chain(rope);
    let crossings =
        before.zip(rope).filter(|(a, b)| (a.y > point.y) != (b.y > point.y) && point.x < a.x + (b.x - a.x) * (point.y - a.y) / (b.y - a.y));
    crossings.count() % 2 == 1
}

/// Shows the box or the rope.
pub(super) fn paint(painter: &Painter, grip: &Grip, palette: &Palette) {
    let stroke = Stroke::new(1.5, palette.accent);
    let fill = palette.accent.gamma_multiply(0.12);
    match grip {
        Grip::Box(from, to) => {
            painter.rect(Rect::from_two_pos(*from, *to), 2.0, fill, stroke, egui::StrokeKind::Middle);
        }
        Grip::Lasso(rope) => {
            painter.add(Shape::line(rope.clone(), stroke));
            // Where its ends are tied together.
            if let (Some(first), Some(last)) = (rope.first(), rope.last()) {
                painter.extend(Shape::dashed_line(&[*last, *first], stroke, 6.0, 4.0));
            }
        }
        Grip::Nothing | Grip::Ground | Grip::Nodes(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn a_rope_holds_what_is_within_it_however_it_bends() {
        let bay = [(0.0, 0.0), (30.0, 0.0), (30.0, 30.0), (20.0, 30.0), (20.0, 10.0), (10.0, 10.0), (10.0, 30.0), (0.0, 30.0)];
        let rope = bay.map(|(x, y)| pos2(x, y));
        for (x, y, within) in [(5.0, 20.0, true), (15.0, 20.0, false), (25.0, 20.0, true), (15.0, 5.0, true), (40.0, 5.0, false)] {
            assert_eq!(is_within(&rope, pos2(x, y)), within, "{x} {y}");
        }
        assert!(!is_within(&[], pos2(0.0, 0.0)));
        assert!(!is_within(&rope[..1], rope[0]));
    }
}
