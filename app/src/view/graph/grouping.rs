//! What the graph is grouped by, how it is laid out, and how many nodes it has at most: menus of the tool bar and of the ground.

use egui::{ScrollArea, Ui};
use graph::{Attribute, GroupId, Layering, Node};
use layouts::Kind;

use super::Scene;
use crate::state::Action;
use crate::state::graph::Graph;
use crate::state::grouping::Grouping;
use crate::units::count;
use crate::view::icon::Icon;

/// What one may choose from as the most nodes that are drawn.
const BUDGETS: [usize; 7] = [200, 500, 1_000, 2_000, 5_000, 10_000, 50_000];

/// A menu of many entries is no higher, in points.
const MENU_HEIGHT: f32 = 420.0;

/// Every layout, with its sign and its name.
pub(super) const LAYOUTS: [(Kind, Icon, &str); 4] = [
    (Kind::Force, Icon::Graph, "Free layout"),
    (Kind::Circle, Icon::Ring, "Circle layout"),
    (Kind::Layers, Icon::Layers, "Layers"),
    (Kind::Grouped, Icon::Grouped, "Groups in discs"),
];

/// What layers may mean.
const LAYERINGS: [(Layering, &str); 2] = [(Layering::Hops, "Layers: how far away"), (Layering::Roles, "Layers: who asks, who answers")];

/// Every layout, and what layers mean where they are shown.
pub(super) fn layouts_ui(ui: &mut Ui, state: &mut Graph) {
    for (kind, _, name) in LAYOUTS {
        if ui.radio(state.kind() == kind, name).clicked() {
            state.set_kind(kind);
            ui.close();
        }
    }
    ui.separator();
    for (layering, name) in LAYERINGS {
        if ui.radio(state.kind() == Kind::Layers && state.layering == layering, name).clicked() {
            state.layering = layering;
            state.set_kind(Kind::Layers);
            ui.close();
        }
    }
}

/// By what nodes are grouped, and within that; which groups are open; how many nodes are drawn.
pub(super) fn groups_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let levels = state.grouping.levels.clone();
    if ui.radio(levels.is_empty(), "No groups").clicked() {
        state.regroup(|grouping, nodes| grouping.by(None, nodes));
        ui.close();
    }
    offered_ui(ui, scene, |ui, attribute| {
        if ui.radio(levels.first() == Some(attribute), attribute.label()).clicked() {
            state.regroup(|grouping, nodes| grouping.by(Some(attribute.clone()), nodes));
            ui.close();
        }
    });
    if let Some(outer) = levels.first().cloned() {
        ui.separator();
        ui.menu_button("Within these by", |ui| {
            offered_ui(ui, scene, |ui, attribute| {
                let mut inner = levels.get(1) == Some(attribute);
                if *attribute != outer && ui.checkbox(&mut inner, attribute.label()).clicked() {
                    state.regroup(|grouping, nodes| grouping.toggle_level(attribute.clone(), nodes));
                    ui.close();
                }
            });
        });
        for (open, name) in [(true, "Open all groups"), (false, "Close all groups")] {
            if ui.button(name).clicked() {
                state.regroup(|grouping, _| grouping.set_open(open));
                ui.close();
            }
        }
    }
    ui.separator();
    ui.menu_button("Draw at most", |ui| {
        for budget in BUDGETS {
            if ui.radio(scene.budget == budget, format!("{} nodes", count(budget as u64))).clicked() {
                state.ask(Action::SetBudget(budget));
                ui.close();
            }
        }
    });
}

/// The open groups that a node stands in: each can be closed.
pub(super) fn around_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph, node: Node) {
    for group in Grouping::around(scene.drawn, node) {
        if ui.button(format!("Close {}", label(scene, group))).clicked() {
            state.close_group(group);
            ui.close();
        }
    }
}

/// How many quiet hosts fold; a click says by which bound.
pub(super) fn folded_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let uncounted = scene.drawn.uncounted;
    let groups = if uncounted.folds == 1 { "group" } else { "groups" };
    let said = format!("{} quiet hosts in {} {groups}", count(uncounted.folded.into()), count(uncounted.folds.into()));
    let text = egui::RichText::new(said).font(crate::theme::regular(crate::theme::size::SMALL));
    ui.menu_button(text, |ui| groups_ui(ui, scene, state)).response.on_hover_text(format!(
        "More than {} nodes: the quietest are folded into groups. Double-click a group to open it.",
        count(scene.budget as u64)
    ));
}

/// What a group is called.
pub(super) fn label(scene: &Scene<'_>, group: GroupId) -> String {
    scene.drawn.groups.get(&group).map(|group| group.key.label().to_owned()).unwrap_or_default()
}

/// An entry for each that nodes can be grouped by here: of one machine there are no probes, without processes no programs. Columns of
/// which anything has a value stand below one entry.
fn offered_ui(ui: &mut Ui, scene: &Scene<'_>, mut entry: impl FnMut(&mut Ui, &Attribute)) {
    let (several, processes) = (scene.is_of_several(), !scene.snapshot.processes.is_empty());
    let offered = Attribute::ALL.into_iter().filter(|attribute| match attribute {
        Attribute::Probe => several,
        Attribute::Executable | Attribute::User | Attribute::Container => processes,
        Attribute::Subnet | Attribute::Scope | Attribute::Domain | Attribute::Service | Attribute::Column(_) => true,
    });
    offered.for_each(|attribute| entry(ui, &attribute));
    let columns = &scene.snapshot.totals.columns;
    if !columns.is_empty() {
        ui.menu_button("Column", |ui| {
            ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
                columns.iter().for_each(|name| entry(ui, &Attribute::named(name)));
            });
        });
    }
}
