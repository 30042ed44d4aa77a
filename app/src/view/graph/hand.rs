//! The hand: what pointer, wheel and trackpad do with the graph.

use egui::{CursorIcon, Event, MouseWheelUnit, PointerButton, Pos2, Rect, Response, Ui};
use graph::{Node, Subject};

use super::hit::hit;
use crate::state::Action;
use crate::state::graph::{Graph, Grip};

/// A wheel that is turned by so many points brings the camera nearer by e.
const WHEEL_POINTS: f32 = 300.0;

/// Does what the hand does over `screen`.
pub(super) fn hand_ui(ui: &Ui, response: &Response, screen: Rect, state: &mut Graph, selection: &mut Option<Subject>) {
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let under = |state: &Graph| pointer.and_then(|at| hit(&state.stage, at, state.camera.sight().zoom));

    scroll(ui, response, screen, state);
    drag(ui, response, screen, state);
    if response.secondary_clicked() {
        state.menu = under(state);
        if state.menu.is_some() {
            *selection = state.menu;
        }
    }
    if response.double_clicked() {
        match under(state).and_then(Node::of) {
            Some(node @ Node::Host(_)) => state.focus(node),
            Some(node @ Node::Process(_)) => state.ask(Action::ShowInTable(node.subject())),
            Some(Node::Group(id)) => state.toggle_group(id),
            None if !state.leave_focus() => state.fit(),
            None => {}
        }
    } else if response.clicked() {
        *selection = under(state);
    }
    hover(ui, response, state, under(state));
}

/// Notes what the pointer is on. While the hand holds something or a menu is open, that stays as it is.
fn hover(ui: &Ui, response: &Response, state: &mut Graph, under: Option<Subject>) {
    let now = ui.input(|i| i.time);
    let on = match state.grip {
        Grip::Node(id, _) => Some(id.subject()),
        Grip::Ground => None,
        Grip::Nothing if response.context_menu_opened() => state.menu,
        Grip::Nothing => under.filter(|_| response.hovered()),
    };
    if state.hovered.map(|(subject, _)| subject) != on {
        state.hovered = on.map(|subject| (subject, now));
    }
    state.lens.hovered = on.and_then(Node::of);
    let icon = match state.grip {
        Grip::Ground | Grip::Node(..) => CursorIcon::Grabbing,
        Grip::Nothing if on.is_some() => CursorIcon::PointingHand,
        Grip::Nothing => CursorIcon::Default,
    };
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(icon);
    }
}

/// A wheel zooms, two fingers move, a pinch and either with Ctrl zoom; about the pointer.
fn scroll(ui: &Ui, response: &Response, screen: Rect, state: &mut Graph) {
    let Some(at) = response.hover_pos().filter(|_| response.contains_pointer()) else { return };
    let (delta, pinch, unit) = ui.input(|i| {
        let unit = |event: &Event| match event {
            Event::MouseWheel { unit, .. } => Some(*unit),
            _ => None,
        };
        (i.smooth_scroll_delta(), i.zoom_delta(), i.events.iter().rev().find_map(unit))
    });
    if let Some(unit) = unit {
        state.wheel = unit != MouseWheelUnit::Point;
    }
    if pinch != 1.0 {
        state.camera.zoom(screen, at, pinch);
    } else if delta != egui::Vec2::ZERO && state.wheel {
        state.camera.zoom(screen, at, ((delta.x + delta.y) / WHEEL_POINTS).exp());
    } else if delta != egui::Vec2::ZERO {
        state.camera.pan(delta);
    }
}

/// The ground is dragged to move the camera, a node to move it; with Shift it stays where it is put.
fn drag(ui: &Ui, response: &Response, screen: Rect, state: &mut Graph) {
    let sight = state.camera.sight();
    if response.drag_started_by(PointerButton::Primary) || response.drag_started_by(PointerButton::Middle) {
        let from = ui.input(|i| i.pointer.press_origin());
        let middle = response.drag_started_by(PointerButton::Middle);
        state.grip = from.filter(|_| !middle).and_then(|at| held_node(state, screen, at)).unwrap_or(Grip::Ground);
    }
    match state.grip {
        Grip::Nothing => {}
        Grip::Ground if response.dragged() => {
            if response.drag_delta() != egui::Vec2::ZERO {
                state.camera.pan(response.drag_delta());
            }
        }
        Grip::Node(id, away) if response.dragged() || response.drag_stopped() => {
            let Some(pointer) = response.interact_pointer_pos() else { return };
            let place = sight.to_layout(screen, pointer) + away;
            if place != state.held_at {
                state.held_at = place;
                state.hold(id, place);
            }
            if response.drag_stopped() {
                state.grip = Grip::Nothing;
                if ui.input(|i| i.modifiers.shift) || state.pinned.contains(&id) {
                    state.pin(id, place);
                } else {
                    state.unpin(id);
                }
            }
        }
        Grip::Ground | Grip::Node(..) => state.grip = Grip::Nothing,
    }
}

fn held_node(state: &Graph, screen: Rect, at: Pos2) -> Option<Grip> {
    let id = hit(&state.stage, at, state.camera.sight().zoom).and_then(Node::of)?;
    let place = state.stage.node(id)?.place?;
    Some(Grip::Node(id, place - state.camera.sight().to_layout(screen, at)))
}
