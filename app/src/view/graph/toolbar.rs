//! The tool bar of the graph, in its upper right corner.

use egui::{Align, Frame, Layout, Margin, Popup, Rect, Stroke, Ui, UiBuilder, Vec2, pos2};

use super::Scene;
use super::grouping::{LAYOUTS, groups_ui, layouts_ui};
use crate::state::action::GraphCommand;
use crate::state::graph::Graph;
use crate::state::mode::{Colouring, Mode};
use crate::state::{Action, Overlay};
use crate::view::icon::{Icon, icon_button, icon_toggle};
use crate::view::keys;

/// Free space around it and between its parts, in points.
const AWAY: f32 = 12.0;
const BETWEEN: f32 = 6.0;
/// Its width: a button and the frame, in points.
const WIDTH: f32 = 38.0;
/// The height of a button, in points.
const BUTTON: f32 = 29.0;

/// Shows it: what moves the picture, and what it is made of. That is below, or at the left where there is no room below.
pub(super) fn toolbar_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let corner = pos2(screen.right() - AWAY - WIDTH, screen.top() + AWAY);
    let above = part_ui(ui, "graph tools", Rect::from_min_max(corner, screen.max), scene, |ui| move_ui(ui, scene, state));
    let below = above.left_bottom().y + BETWEEN;
    let buttons = 2.5 + colourings(scene).len() as f32;
    let fits = below + buttons * BUTTON < screen.bottom() - state.legend_height - AWAY;
    let corner = if fits { pos2(corner.x, below) } else { pos2(corner.x - WIDTH - BETWEEN, corner.y) };
    let beside = part_ui(ui, "graph mode", Rect::from_min_max(corner, screen.max), scene, |ui| mode_ui(ui, scene, state));
    state.kept_free.extend([above, beside]);
}

/// Shows buttons one below another. Returns where they are.
fn part_ui(ui: &mut Ui, name: &str, room: Rect, scene: &Scene<'_>, buttons: impl FnOnce(&mut Ui)) -> Rect {
    let mut corner = ui.new_child(UiBuilder::new().id_salt(name).max_rect(room).layout(Layout::top_down(Align::Min)));
    let frame = Frame::new()
        .fill(scene.palette.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, scene.palette.line))
        .corner_radius(9)
        .inner_margin(Margin::same(3));
    let shown = frame.show(&mut corner, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(1.0);
        buttons(ui);
    });
    shown.response.rect
}

fn move_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    command_ui(ui, state, Icon::Fit, "Show all", GraphCommand::Fit);
    command_ui(ui, state, Icon::Plus, "Closer", GraphCommand::ZoomIn);
    command_ui(ui, state, Icon::Minus, "Farther", GraphCommand::ZoomOut);
    ui.add_space(4.0);
    let hint = keys::hint("Freeze the layout", &Action::Graph(GraphCommand::Freeze));
    if icon_toggle(ui, Icon::Freeze, "Freeze the layout", state.is_frozen()).on_hover_text(hint).clicked() {
        state.toggle_freeze();
    }
    let save = Action::Toggle(Overlay::SavePicture);
    if icon_button(ui, Icon::Picture, "Save picture…").on_hover_text(keys::hint("Save picture…", &save)).clicked() {
        state.ask(save);
    }
    let hint = keys::hint("Layout", &Action::Graph(GraphCommand::NextLayout));
    let icon = LAYOUTS.into_iter().find(|(kind, ..)| *kind == state.kind()).map_or(Icon::Graph, |(_, icon, _)| icon);
    let button = icon_button(ui, icon, "Layout").on_hover_text(hint);
    Popup::menu(&button).show(|ui| layouts_ui(ui, state));
    let hint = keys::hint("Groups", &Action::Graph(GraphCommand::ToggleGroups));
    let button = icon_toggle(ui, Icon::Group, "Groups", !state.grouping.levels.is_empty()).on_hover_text(hint);
    Popup::menu(&button).show(|ui| groups_ui(ui, scene, state));
}

/// What the graph is made of, and what the colours of its processes stand for.
fn mode_ui(ui: &mut Ui, scene: &Scene<'_>, state: &mut Graph) {
    for (icon, name, mode) in [(Icon::Hosts, "Hosts", Mode::Hosts), (Icon::Mixed, "Processes and hosts", Mode::Mixed)] {
        let hint = keys::hint(name, &Action::NextMode);
        if icon_toggle(ui, icon, name, scene.mode == mode).on_hover_text(hint).clicked() {
            state.ask(Action::SetMode(mode));
        }
    }
    let colourings = colourings(scene);
    if !colourings.is_empty() {
        ui.add_space(4.0);
    }
    for (icon, name, colouring) in colourings {
        let on = scene.colouring == *colouring;
        let hint = keys::hint(name, &Action::NextColouring);
        if icon_toggle(ui, *icon, name, on).on_hover_text(hint).clicked() {
            // That of probes is the only one that can be without another.
            match (on, colouring) {
                (false, _) => state.ask(Action::SetColouring(*colouring)),
                (true, Colouring::Probe) => state.ask(Action::SetColouring(Colouring::User)),
                (true, _) => {}
            }
        }
    }
}

/// What colours may stand for: users and containers where processes are shown, probes where there are any.
fn colourings(scene: &Scene<'_>) -> &'static [(Icon, &'static str, Colouring)] {
    const ALL: [(Icon, &str, Colouring); 3] = [
        (Icon::User, "Colour by user", Colouring::User),
        (Icon::Cube, "Colour by container", Colouring::Container),
        (Icon::Probe, "Colour by probe", Colouring::Probe),
    ];
    let [processes @ .., probe] = &ALL;
    match (scene.mode, scene.is_of_several()) {
        (Mode::Mixed, true) => &ALL,
        (Mode::Mixed, false) => processes,
        (Mode::Hosts, true) => std::slice::from_ref(probe),
        (Mode::Hosts, false) => &[],
    }
}

fn command_ui(ui: &mut Ui, state: &mut Graph, icon: Icon, name: &str, command: GraphCommand) {
    if icon_button(ui, icon, name).on_hover_text(keys::hint(name, &Action::Graph(command))).clicked() {
        state.command(command);
    }
}
