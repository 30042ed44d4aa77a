//! The menu of what is under the pointer.

use egui::{Response, Ui};
use graph::{HostId, Subject};
use layouts::Kind;

use super::{GraphAction, Scene};
use crate::state::graph::Graph;

/// Shows it while it is open.
pub(super) fn menu_ui(response: &Response, scene: &Scene<'_>, state: &mut Graph) {
    response.context_menu(|ui| {
        ui.set_min_width(190.0);
        match state.menu {
            Some(Subject::Host(id)) => host_ui(ui, scene, state, id),
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
    if ui.button(if state.pinned.contains(&id) { "Let it move" } else { "Pin here" }).clicked() {
        state.toggle_pin(id);
    }
    if state.lens.focus == Some(id) {
        if ui.button("Show all hosts").clicked() {
            state.leave_focus();
        }
    } else if ui.button("Show only its neighbours").clicked() {
        state.focus(id);
    }
    if ui.button("Show in table").clicked() {
        state.ask(GraphAction::ShowInTable(Subject::Host(id)));
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
        state.ask(GraphAction::ShowInTable(subject));
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
