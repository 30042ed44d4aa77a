//! The hand: what pointer, wheel and trackpad do with the graph.

use egui::{CursorIcon, Event, MouseWheelUnit, PointerButton, Rect, Response, Ui};
use graph::{Node, Subject};

use super::drag;
use super::hit::hit;
use crate::state::Action;
use crate::state::action::GraphCommand;
use crate::state::graph::{Graph, Grip};

/// A wheel that is turned by so many points brings the camera nearer by e.
const WHEEL_POINTS: f32 = 300.0;

/// Does what the hand does over `screen`.
pub(super) fn hand_ui(ui: &Ui, response: &Response, screen: Rect, state: &mut Graph, selection: &mut Option<Subject>) {
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let under = |state: &Graph| pointer.and_then(|at| hit(&state.stage, at, state.camera.sight().zoom));

    scroll(ui, response, screen, state);
    drag::drag_ui(ui, response, screen, state, selection);
    travel(ui, response, state);
    if response.secondary_clicked() {
        state.menu = under(state);
        let among = state.menu.and_then(Node::of).is_some_and(|node| state.chosen.nodes().contains(&node));
        if state.menu.is_some() && !among {
            *selection = state.menu;
        }
    }
    if response.clicked() {
        state.by_key = false;
    }
    let adds = ui.input(|i| i.modifiers.command);
    if response.double_clicked() && !adds {
        match under(state).and_then(Node::of) {
            Some(node @ Node::Host(_)) => state.focus(node),
            Some(node @ Node::Process(_)) => state.ask(Action::ShowInTable(node.subject())),
            Some(Node::Group(id)) => state.toggle_group(id),
            None if !state.leave_focus() => state.fit(),
            None => {}
        }
    } else if response.clicked() && adds {
        if let Some(node) = under(state).and_then(Node::of) {
            state.chosen.toggle(node, selection);
            state.cursor = Some(node);
        }
    } else if response.clicked() {
        *selection = under(state);
        state.chosen.only(*selection);
        state.cursor = selection.and_then(Node::of).or(state.cursor);
    }
    hover(ui, response, state, under(state));
}

/// The fourth and fifth button lead back and forward.
fn travel(ui: &Ui, response: &Response, state: &mut Graph) {
    if response.contains_pointer() {
        let clicked = |button| ui.input(|i| i.pointer.button_clicked(button));
        for (button, command) in [(PointerButton::Extra1, GraphCommand::Back), (PointerButton::Extra2, GraphCommand::Forward)] {
            if clicked(button) {
                state.ask(Action::Graph(command));
            }
        }
    }
}

/// Notes what the pointer is on. While the hand holds something or a menu is open, that stays as it is.
fn hover(ui: &Ui, response: &Response, state: &mut Graph, under: Option<Subject>) {
    let now = ui.input(|i| i.time);
    let on = match &state.grip {
        Grip::Nodes(held) => held.first().map(|held| held.node.subject()),
        Grip::Ground | Grip::Box(..) | Grip::Lasso(_) => None,
        Grip::Nothing if response.context_menu_opened() => state.menu,
        Grip::Nothing => under.filter(|_| response.hovered()),
    };
    if state.hovered.map(|(subject, _)| subject) != on {
        state.hovered = on.map(|subject| (subject, now));
    }
    state.lens.hovered = on.and_then(Node::of);
    let icon = match state.grip {
        Grip::Ground | Grip::Nodes(_) => CursorIcon::Grabbing,
        Grip::Box(..) | Grip::Lasso(_) => CursorIcon::Crosshair,
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
