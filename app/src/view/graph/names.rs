//! The graph for those who do not see it: each of the nodes that matter is a button with a name, a rate and its neighbours.

use egui::accesskit::Action;
use egui::{Rect, Role, Sense, Ui, Vec2, WidgetInfo};
use graph::Subject;

use super::Scene;
use super::stage::Node;
use crate::state::graph::Graph;
use crate::units;

/// So many nodes; their order is that of their labels, the selected one first.
const MAX_NAMES: usize = 50;

/// Tells assistive technology about the nodes that have a label. Selecting one of them selects it.
pub(super) fn names_ui(ui: &Ui, scene: &Scene<'_>, state: &Graph, selection: &mut Option<Subject>) {
    for label in state.labels.shown().iter().take(MAX_NAMES) {
        let (Some(name), Some(node)) = (scene.label(label.id), state.stage.node(label.id)) else { continue };
        let id = ui.scope_id().with(("node", label.id));
        let subject = label.id.subject();
        let disc = Rect::from_center_size(node.at, Vec2::splat(2.0 * node.radius));
        ui.interact(disc, id, Sense::hover())
            .widget_info(|| WidgetInfo::selected(Role::Button, true, *selection == Some(subject), said(&name, scene.rate(label.id), node)));
        ui.ctx().accesskit_node_builder(id, |widget| widget.add_action(Action::Click));
        if ui.input(|i| i.has_accesskit_action_request(id, Action::Click)) {
            *selection = Some(subject);
        }
    }
}

/// What is said of a node: `router.home, 1.2 MB/s, 14 neighbours`.
fn said(name: &str, rate: f32, node: &Node) -> String {
    let rate = if rate > 0.0 { units::rate(rate) } else { "idle".to_owned() };
    let neighbours = if node.neighbours == 1 { "1 neighbour".to_owned() } else { format!("{} neighbours", node.neighbours) };
    format!("{name}, {rate}, {neighbours}")
}
