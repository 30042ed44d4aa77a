//! The upper left corner of the graph: the field that finds, how much is selected, what is brought out, and what is hidden.

use egui::{Align, Frame, Key, Layout, Margin, Modifiers, Popup, Rect, RichText, ScrollArea, Stroke, Ui, UiBuilder, vec2};
use graph::Node;

use super::Scene;
use super::grouping::folded_ui;
use super::stage::{Out, Steps};
use crate::state::Action;
use crate::state::action::GraphCommand;
use crate::state::graph::{Graph, Hidden};
use crate::theme::{regular, size};
use crate::units::{count, rate};
use crate::view::bits::{Field, field_ui};
use crate::view::icon::{Icon, icon_button};
use crate::view::keys::hint;

/// Free space around it and between its parts, in points.
const AWAY: f32 = 12.0;
const BETWEEN: f32 = 6.0;
/// The width of the field, in points.
const FIELD: f32 = 240.0;
/// So many hidden nodes are listed.
const LISTED: usize = 200;

/// Shows what there is to say.
pub(super) fn corner_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let room = Rect::from_min_max(screen.min + vec2(AWAY, AWAY), screen.max);
    let mut corner = ui.new_child(UiBuilder::new().id_salt("graph corner").max_rect(room).layout(Layout::top_down(Align::Min)));
    corner.spacing_mut().item_spacing.y = BETWEEN;
    let mut taken = Vec::new();
    let mut part = |shown: bool, ui: &mut dyn FnMut(&mut Ui)| {
        if shown {
            taken.push(part_ui(&mut corner, scene, ui));
        }
    };
    part(state.find.is_open(), &mut |ui| find_ui(ui, scene, state));
    part(state.chosen.are_several(), &mut |ui| chosen_ui(ui, scene, state));
    part(matches!(state.out(), Some(Out::Around { .. })), &mut |ui| steps_ui(ui, state));
    part(matches!(state.out(), Some(Out::Between(_))), &mut |ui| path_ui(ui, scene, state));
    part(scene.drawn.uncounted.folded > 0, &mut |ui| folded_ui(ui, scene, state));
    part(scene.drawn.uncounted.aside > 0, &mut |ui| aside_ui(ui, scene, state));
    part(!state.hidden.is_empty(), &mut |ui| hidden_ui(ui, scene, state));
    state.kept_free.extend(taken);
}

/// One of the parts, on a ground of its own. Returns where it is.
fn part_ui(ui: &mut Ui, scene: &Scene<'_>, contents: &mut dyn FnMut(&mut Ui)) -> Rect {
    let frame = Frame::new()
        .fill(scene.palette.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, scene.palette.line))
        .corner_radius(9)
        .inner_margin(Margin::symmetric(8, 3));
    let shown = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            contents(ui);
        })
    });
    shown.response.rect
}

fn say(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(regular(size::SMALL)));
}

/// The field, how many match, and the way from one to the next.
fn find_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let found = state.find.found().len();
    let nothing = state.find.needle().is_some() && found == 0;
    let field = Field {
        icon: Icon::Search,
        name: "Find in the graph",
        hint: "Find a name, an address, a process",
        width: FIELD,
        wrong: nothing,
        code: false,
        takes_tab: false,
        focus: std::mem::take(&mut state.find.focus),
    };
    let response = field_ui(ui, &mut state.find.text, &field);
    let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
    if response.has_focus() || response.lost_focus() {
        let back = pressed(Modifiers::SHIFT, Key::Enter);
        if back || pressed(Modifiers::NONE, Key::Enter) {
            state.find.wanted = Some(!back);
            response.request_focus();
            ui.ctx().request_repaint();
        } else if pressed(Modifiers::NONE, Key::Escape) {
            state.find.close();
        }
    }
    if state.find.needle().is_some() {
        let said = match (found, state.find.nth()) {
            (0, _) => "no match".to_owned(),
            (1, _) => "1 match".to_owned(),
            (n, Some(nth)) => format!("{} of {} matches", count(nth as u64), count(n as u64)),
            (n, None) => format!("{} matches", count(n as u64)),
        };
        let said = match state.find.away() {
            0 => said,
            n => format!("{said}, {} not drawn", count(n as u64)),
        };
        ui.label(RichText::new(said).font(regular(size::SMALL)).color(if nothing { scene.palette.bad } else { scene.palette.text }));
    }
    if icon_button(ui, Icon::Close, "Stop finding").on_hover_text("Stop finding  ·  Esc").clicked() {
        state.find.close();
    }
}

fn chosen_ui(ui: &mut Ui, scene: &Scene<'_>, state: &Graph) {
    let nodes = state.chosen.nodes();
    let together: f32 = nodes.iter().map(|node| scene.rate(*node)).sum();
    say(ui, &format!("{} selected, {}", counted(nodes.iter()), rate(together)));
}

/// So many hosts and processes: `12 hosts and 1 process`.
fn counted<'a>(nodes: impl Iterator<Item = &'a Node> + Clone) -> String {
    let kinds = [
        (nodes.clone().filter(|node| node.host().is_some()).count(), "host", "hosts"),
        (nodes.clone().filter(|node| node.process().is_some()).count(), "process", "processes"),
        (nodes.filter(|node| node.group().is_some()).count(), "group", "groups"),
    ];
    let said = kinds.into_iter().filter(|(n, ..)| *n > 0);
    let said: Vec<String> = said.map(|(n, one, many)| format!("{} {}", count(n as u64), if n == 1 { one } else { many })).collect();
    said.join(" and ")
}

/// How many links away the neighbours are that are brought out.
fn steps_ui(ui: &mut Ui, state: &mut Graph) {
    let Some(Out::Around { steps: now, .. }) = state.out().cloned() else { return };
    say(ui, "neighbours:");
    for steps in Steps::EACH {
        let label = ui.selectable_label(steps == now, steps.label());
        let name = match steps {
            Steps::One => "Neighbours that are 1 link away".to_owned(),
            Steps::All => "All that are linked with them".to_owned(),
            steps => format!("Neighbours that are at most {} links away", steps.label()),
        };
        ui.ctx().accesskit_node_builder(label.id, |node| node.set_label(name.clone()));
        if label.on_hover_text(hint(&name, &Action::Graph(if steps > now { GraphCommand::Focus } else { GraphCommand::Narrow }))).clicked()
        {
            state.set_steps(steps);
        }
    }
    leave_ui(ui, state);
}

fn path_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let Some(Out::Between(ends)) = state.out().cloned() else { return };
    let [from, to] = ends.map(|end| scene.label(end).unwrap_or_default());
    let way = match state.stage.hops() {
        None => "no path".to_owned(),
        Some(1) => "1 link".to_owned(),
        Some(n) => format!("{} links", count(n.into())),
    };
    say(ui, &format!("{from} to {to}: {way}"));
    leave_ui(ui, state);
}

fn leave_ui(ui: &mut Ui, state: &mut Graph) {
    if icon_button(ui, Icon::Close, "Bring out everything").on_hover_text("Bring out everything  ·  Esc").clicked() {
        state.leave_focus();
    }
}

/// How many do not match the filter.
fn aside_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let n = scene.drawn.uncounted.aside;
    say(ui, &format!("filter: {} not drawn", count(n.into())));
    if icon_button(ui, Icon::Close, "Draw all again").on_hover_text("Empties the filter").clicked() {
        state.ask(Action::SetQuery(String::new()));
    }
}

/// How many are hidden; a click lists what is.
fn hidden_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    let n = count(u64::from(scene.drawn.uncounted.hidden));
    let button = ui.button(RichText::new(format!("hidden: {n}")).font(regular(size::SMALL)));
    let id = Popup::default_response_id(&button);
    if std::mem::take(&mut state.list_hidden) {
        Popup::open_id(ui.ctx(), id);
    }
    let mut back = None;
    Popup::menu(&button).show(|ui| {
        ui.set_min_width(180.0);
        if ui.button("Show all of them").clicked() {
            back = Some(state.hidden.clone());
        }
        ui.separator();
        ScrollArea::vertical().max_height(300.0).show(ui, |ui| {
            for (attribute, value) in state.hidden.alike() {
                if ui.button(format!("Show all of {}: {value}", attribute.label())).clicked() {
                    back = Some(Hidden::like((attribute.clone(), value.clone())));
                }
            }
            for node in state.hidden.nodes().iter().take(LISTED) {
                let Some(label) = scene.label(*node) else { continue };
                if ui.button(format!("Show {label}")).clicked() {
                    back = Some(Hidden::of(&[*node], scene.drawn));
                }
            }
            let more = state.hidden.nodes().len().saturating_sub(LISTED);
            if more > 0 {
                ui.weak(format!("and {} more", count(more as u64)));
            }
        });
    });
    if let Some(back) = back {
        state.show(&back);
    }
}
