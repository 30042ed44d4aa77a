//! The menu of what is under the pointer, or of where the keyboard is.

use egui::{Popup, Response, Ui};
use graph::{ArcStr, Attribute, GroupId, HostId, Node, ProcessKey, Subject};

use super::Scene;
use super::grouping::{around_ui, groups_ui, layouts_ui};
use crate::state::Action;
use crate::state::action::GraphCommand;
use crate::state::graph::{Graph, Hidden};
use crate::state::query::{Narrow, Stays};
use crate::view::keys::key_of;

/// Shows it while it is open.
pub(super) fn menu_ui(response: &Response, scene: &Scene<'_>, state: &mut Graph) {
    let mut popup = Popup::context_menu(response);
    if response.secondary_clicked() {
        state.menu_at = None;
    }
    let by_key = std::mem::take(&mut state.menu_by_key);
    if by_key {
        let node = state.menu.and_then(Node::of).and_then(|node| state.stage.node(node));
        state.menu_at = Some(node.map_or(response.rect.center(), |node| node.at));
        popup = popup.open_memory(Some(egui::containers::SetOpenCommand::Bool(true)));
    }
    if let Some(at) = state.menu_at {
        popup = popup.at_position(at);
    }
    popup.show(|ui| {
        ui.set_min_width(200.0);
        // The first entry of a menu that a key opened gets the keyboard; from there arrows lead on.
        let mut menu = Menu { ui, first: by_key };
        match state.menu {
            Some(Subject::Host(id)) => host_ui(&mut menu, scene, state, id),
            Some(Subject::Process(key)) => process_ui(&mut menu, scene, state, key),
            Some(Subject::Group(id)) => group_ui(&mut menu, scene, state, id),
            Some(subject) => link_ui(&mut menu, scene, state, subject),
            None => ground_ui(&mut menu, scene, state),
        }
    });
    if !response.context_menu_opened() && state.menu_at.take().is_some() {
        response.request_focus();
    }
}

/// A menu in the making.
struct Menu<'a> {
    ui: &'a mut Ui,
    /// Whether the next entry gets the keyboard.
    first: bool,
}

impl Menu<'_> {
    /// An entry. Returns whether it was chosen.
    fn entry(&mut self, label: &str) -> bool {
        self.entry_with(label, None)
    }

    /// An entry that a key stands for too.
    fn command(&mut self, label: &str, command: GraphCommand) -> bool {
        self.entry_with(label, key_of(&Action::Graph(command)))
    }

    fn entry_with(&mut self, label: &str, key: Option<String>) -> bool {
        let response = self.ui.add(egui::Button::new(label).shortcut_text(key.unwrap_or_default()));
        self.ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(label));
        if std::mem::take(&mut self.first) {
            response.request_focus();
        }
        // The pointer closes a menu by itself; a key does not.
        if response.clicked() {
            self.ui.close();
        }
        response.clicked()
    }

    fn copy(&mut self, label: &str, text: String) {
        if self.entry(label) {
            self.ui.ctx().copy_text(text);
        }
    }
}

fn host_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph, id: HostId) {
    let Some(host) = scene.snapshot.hosts.get(&id) else {
        menu.ui.weak("This host is gone");
        return;
    };
    menu.copy("Copy address", host.key.addr.to_string());
    if let Some(name) = host.names.best() {
        menu.copy("Copy name", name.to_string());
    }
    node_ui(menu, scene, state, Node::Host(id), "Show in table");
}

fn process_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph, key: ProcessKey) {
    let Some(label) = scene.label(Node::Process(key)) else {
        menu.ui.weak("This process is gone");
        return;
    };
    menu.copy("Copy name", label);
    menu.copy("Copy pid", key.process.pid.to_string());
    node_ui(menu, scene, state, Node::Process(key), "Show in the tree");
}

fn group_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph, id: GroupId) {
    let Some(label) = scene.label(Node::Group(id)) else {
        menu.ui.weak("This group is gone");
        return;
    };
    if menu.entry("Open the group") {
        state.toggle_group(id);
    }
    menu.copy("Copy name", label);
    node_ui(menu, scene, state, Node::Group(id), "Show in table");
}

/// What can be done with any node, and with all that are selected if it is one of them.
fn node_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph, node: Node, show: &str) {
    let among = state.chosen.nodes().contains(&node);
    let nodes: Vec<Node> = if among { state.chosen.nodes().iter().copied().collect() } else { vec![node] };
    menu.copy("Copy as text", as_text(scene, state, &nodes));
    menu.ui.separator();
    let pinned = nodes.iter().all(|node| state.pinned.contains(node));
    if menu.command(if pinned { "Let it move" } else { "Pin here" }, GraphCommand::Pin) {
        state.toggle_pins(&nodes);
    }
    if menu.command("Hide", GraphCommand::Hide) {
        match among {
            true => state.command(GraphCommand::Hide),
            false => state.hide(&Hidden::of(&nodes, scene.drawn)),
        }
    }
    if !scene.alike.is_empty() {
        menu.ui.menu_button("Hide all like it", |ui| alike_ui(ui, scene, |attribute, value| state.hide(&Hidden::like((attribute, value)))));
        menu.ui.menu_button("Group with its like", |ui| {
            alike_ui(ui, scene, |attribute, _| state.regroup(|grouping, nodes| grouping.by(Some(attribute), nodes)));
        });
        menu.ui.menu_button("Filter to its like", |ui| {
            alike_ui(ui, scene, |attribute, value| state.ask(Action::Narrow(Narrow::to_like(&attribute, &value, Stays::This))));
        });
        menu.ui.menu_button("Filter out its like", |ui| {
            alike_ui(ui, scene, |attribute, value| state.ask(Action::Narrow(Narrow::to_like(&attribute, &value, Stays::Others))));
        });
    }
    around_ui(menu.ui, scene, state, node);
    menu.ui.separator();
    if menu.command("Show only its neighbours", GraphCommand::Focus) {
        state.focus(node);
    }
    if state.chosen.nodes().len() == 2 && menu.command("Path between them", GraphCommand::Path) {
        state.show_path();
    }
    if state.out().is_some() && menu.entry("Show all") {
        state.leave_focus();
    }
    menu.ui.separator();
    if menu.entry("Show its flows") {
        state.ask(Action::FlowsOf(node.subject()));
    }
    if menu.entry(show) {
        state.ask(Action::ShowInTable(node.subject()));
    }
}

/// What the selected node has in common with others: each a choice.
fn alike_ui(ui: &mut Ui, scene: &Scene<'_>, mut chosen: impl FnMut(Attribute, ArcStr)) {
    for (attribute, value) in scene.alike {
        if ui.button(format!("{}: {value}", attribute.label())).clicked() {
            chosen(attribute.clone(), value.clone());
            ui.close();
        }
    }
}

/// A line for each: name, address or number, rate, neighbours.
fn as_text(scene: &Scene<'_>, state: &Graph, nodes: &[Node]) -> String {
    let line = |node: &Node| {
        let what = match node {
            Node::Host(id) => scene.snapshot.hosts.get(id)?.key.addr.to_string(),
            Node::Process(key) => format!("pid {}", key.process.pid),
            Node::Group(_) => String::new(),
        };
        let neighbours = state.stage.node(*node)?.neighbours;
        Some(format!("{}\t{what}\t{}\t{neighbours}", scene.label(*node)?, crate::units::rate(scene.rate(*node))))
    };
    nodes.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn link_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph, subject: Subject) {
    if let Subject::Link(id) = subject
        && let Some(link) = scene.snapshot.links.get(&id)
    {
        let ends = [link.a, link.b].map(|end| scene.snapshot.hosts.get(&end).map(|host| host.key.addr.to_string()).unwrap_or_default());
        menu.copy("Copy both addresses", ends.join(" "));
    }
    if menu.entry("Show in table") {
        state.ask(Action::ShowInTable(subject));
    }
}

fn ground_ui(menu: &mut Menu<'_>, scene: &Scene<'_>, state: &mut Graph) {
    if menu.command("Show all", GraphCommand::Fit) {
        state.leave_focus();
        state.fit();
    }
    if menu.command(if state.is_frozen() { "Let the layout move" } else { "Freeze the layout" }, GraphCommand::Freeze) {
        state.toggle_freeze();
    }
    if !state.pinned.is_empty() && menu.entry("Unpin all") {
        state.unpin_all();
    }
    if !state.hidden.is_empty() && menu.entry("What is hidden") {
        state.list_hidden = true;
    }
    menu.ui.separator();
    menu.ui.menu_button("Group by", |ui| groups_ui(ui, scene, state));
    menu.ui.menu_button("Layout", |ui| layouts_ui(ui, state));
}
