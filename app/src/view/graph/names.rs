//! The graph for those who do not see it: each of the nodes that matter is a button with a name, a rate and its neighbours, and the graph tells at
//! which of them the keyboard is.

use egui::accesskit::Action;
use egui::{Rect, Response, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo};
use graph::{Node as Who, Subject};

use super::Scene;
use super::stage::Node;
use crate::state::graph::Graph;
use crate::units;

/// So many nodes; the one that the keyboard is at comes first, then they are in the order of their labels, the selected one first.
const MAX_NAMES: usize = 50;

/// Tells assistive technology about the nodes that have a label, and about the one that the keyboard is at. Selecting one of them selects it.
pub(super) fn names_ui(ui: &mut Ui, graph: &Response, scene: &Scene<'_>, state: &mut Graph, selection: &mut Option<Subject>) {
    let labelled = state.labels.shown().iter().map(|label| label.id).filter(|id| state.cursor != Some(*id));
    let told: Vec<Who> = state.cursor.into_iter().chain(labelled).take(MAX_NAMES).collect();
    let within = UiBuilder::new().id_salt("nodes").max_rect(graph.rect).accessibility_parent(graph.id);
    let ui = ui.new_child(within);
    for who in told {
        let (Some(name), Some(node)) = (scene.label(who), state.stage.node(who)) else { continue };
        let id = graph.id.with(("node", who));
        let disc = Rect::from_center_size(node.at, Vec2::splat(2.0 * node.radius));
        let selected = state.chosen.nodes().contains(&who);
        let told = ui.interact(disc, id, Sense::hover());
        told.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, said(&name, scene.rate(who), node)));
        let at = state.cursor == Some(who);
        ui.ctx().accesskit_node_builder(id, |widget| {
            widget.add_action(Action::Click);
            widget.add_action(Action::Focus);
        });
        if at {
            ui.ctx().accesskit_node_builder(graph.id, |widget| widget.set_active_descendant(id.accesskit_id()));
        }
        if ui.input(|i| i.has_accesskit_action_request(id, Action::Click)) {
            *selection = Some(who.subject());
            state.cursor = Some(who);
        }
        if ui.input(|i| i.has_accesskit_action_request(id, Action::Focus)) {
            graph.request_focus();
            state.cursor = Some(who);
        }
    }
}

/// What is said of a node: `router.home, 1.2 MB/s, 14 neighbours`.
fn said(name: &str, rate: f32, node: &Node) -> String {
    let rate = if rate > 0.0 { units::rate(rate) } else { "idle".to_owned() };
    let neighbours = if node.neighbours == 1 { "1 neighbour".to_owned() } else { format!("{} neighbours", node.neighbours) };
    format!("{name}, {rate}, {neighbours}")
}
