//! The menu of what is under the pointer.

use egui::{Response, Ui};
use graph::{HostId, Node, ProcessKey, Subject};
use layouts::Kind;

use super::Scene;
use crate::state::Action;
use crate::state::graph::Graph;

/// Shows it while it is open.
pub(super) fn menu_ui(response: &Response, scene: &Scene<'_>, state: &mut Graph) {
    response.context_menu(|ui| {
        ui.set_min_width(190.0);
        match state.menu {
            Some(Subject::Host(id)) => host_ui(ui, scene, state, id),
            Some(Subject::Process(key)) => process_ui(ui, scene, state, key),
            Some(subject) => link_ui(ui, scene, state, subject),
            None => ground_ui(ui, state),
        }
    });
}

fn host_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph, id: HostId) {
    let Some(host) = scene.snapshot.hosts.get(&id) else {
        ui.weak("This host is gone");
        return;
    };
    copy_ui(ui, "Copy address", host.key.addr.to_string());
    if let Some(name) = host.names.best() {
        copy_ui(ui, "Copy name", name.to_string());
    }
    ui.separator();
    node_ui(ui, state, Node::Host(id), "Show in table");
}

fn process_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph, key: ProcessKey) {
    let Some(label) = scene.label(Node::Process(key)) else {
        ui.weak("This process is gone");
        return;
    };
    copy_ui(ui, "Copy name", label);
    copy_ui(ui, "Copy pid", key.process.pid.to_string());
    if ui.button("Show its flows").clicked() {
        state.ask(Action::FlowsOf(Subject::Process(key)));
    }
    ui.separator();
    node_ui(ui, state, Node::Process(key), "Show in the tree");
}

/// What can be done with any node.
fn node_ui(ui: &mut Ui, state: &mut Graph, node: Node, show: &str) {
    if ui.button(if state.pinned.contains(&node) { "Let it move" } else { "Pin here" }).clicked() {
        state.toggle_pin(node);
    }
    if state.lens.focus == Some(node) {
        if ui.button("Show all").clicked() {
            state.leave_focus();
        }
    } else if ui.button("Show only its neighbours").clicked() {
        state.focus(node);
    }
    if ui.button(show).clicked() {
        state.ask(Action::ShowInTable(node.subject()));
    }
}

fn link_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph, subject: Subject) {
    if let Subject::Link(id) = subject
        && let Some(link) = scene.snapshot.links.get(&id)
    {
        let ends = [link.a, link.b].map(|end| scene.snapshot.hosts.get(&end).map(|host| host.key.addr.to_string()).unwrap_or_default());
        copy_ui(ui, "Copy both addresses", ends.join(" "));
    }
    if ui.button("Show in table").clicked() {
        state.ask(Action::ShowInTable(subject));
    }
}

fn ground_ui(ui: &mut Ui, state: &mut Graph) {
    if ui.button("Show all").clicked() {
        state.leave_focus();
        state.fit();
    }
    if ui.button(if state.is_frozen() { "Let the layout move" } else { "Freeze the layout" }).clicked() {
        state.toggle_freeze();
    }
    if !state.pinned.is_empty() && ui.button("Unpin all").clicked() {
        for id in std::mem::take(&mut state.pinned) {
            state.unpin(id);
        }
    }
    ui.separator();
    for (kind, name) in [(Kind::Force, "Free layout"), (Kind::Circle, "Circle layout")] {
        if ui.radio(state.kind() == kind, name).clicked() {
            state.set_kind(kind);
            ui.close();
        }
    }
}

fn copy_ui(ui: &mut Ui, label: &str, text: String) {
    if ui.button(label).on_hover_text(&text).clicked() {
        ui.ctx().copy_text(text);
    }
}
