//! The keyboard in the graph: it is one stop of Tab, and within it the arrows walk from node to node.

use egui::{EventFilter, Painter, Response, Role, Shape, Stroke, Ui, WidgetInfo};

use super::Scene;
use crate::state::graph::Graph;
use crate::units::count;

/// The ring around the node that the keyboard is at: so far from its disc, in points; dashes and gaps of so many.
const AWAY: f32 = 8.5;
const DASH: f32 = 5.0;
const GAP: f32 = 4.0;

/// Notes whether the graph has the keyboard. Then arrows are the graph's, and do not lead to what is beside it.
pub(super) fn keyboard_ui(ui: &Ui, response: &Response, state: &mut Graph) {
    let has = response.has_focus();
    if has {
        let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
    if has && !state.has_keyboard && state.cursor.is_none() {
        state.enter();
    }
    state.has_keyboard = has;
}

/// Says what the graph is, to those who do not see it.
pub(super) fn name_ui(response: &Response, state: &Graph) {
    response.widget_info(|| {
        let nodes = count(state.stage.nodes().len() as u64);
        WidgetInfo::labeled(Role::GraphicsDocument, true, format!("Graph of {nodes} nodes; arrows lead from node to node"))
    });
}

/// Shows where the keyboard is: a ring of dashes, which what is selected does not have.
pub(super) fn paint(painter: &Painter, scene: &Scene<'_>, state: &Graph) {
    let cursor = state.cursor.filter(|_| state.has_keyboard || state.by_key);
    let Some(node) = cursor.and_then(|id| state.stage.node(id)).filter(|node| node.visible) else { return };
    let colour = if state.has_keyboard { scene.palette.text } else { scene.palette.weak };
    let radius = node.radius + AWAY;
    let steps = 48_u8;
    let ring: Vec<_> =
        (0..=steps).map(|step| node.at + radius * egui::Vec2::angled(f32::from(step) / f32::from(steps) * std::f32::consts::TAU)).collect();
    painter.extend(Shape::dashed_line(&ring, Stroke::new(1.6, colour), DASH, GAP));
}
