//! The legend: the families of services that are there now, and the roles of hosts.

use std::collections::BTreeSet;

use egui::{Align, Color32, FontId, Frame, Layout, Margin, Painter, Pos2, Rect, Response, Role as Widget, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use graph::Family;

use super::Scene;
use super::paint::colour;
use super::role::Role;
use crate::state::graph::Graph;
use crate::theme::Palette;

/// Free space around it, in points.
const AWAY: f32 = 12.0;
/// Roles are left out of a view that is narrower than this, in points.
const NARROW: f32 = 720.0;

/// Shows it along the lower edge. A click on a family brings it out.
pub(super) fn legend_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let families: BTreeSet<Family> = state.stage.edges().iter().map(|edge| edge.family).collect();
    let roles: BTreeSet<Role> = state.stage.nodes().iter().map(|node| node.role).filter(|_| screen.width() >= NARROW).collect();
    let room = screen.shrink(AWAY);
    let mut corner = ui.new_child(UiBuilder::new().id_salt("legend").max_rect(room).layout(Layout::bottom_up(Align::Min)));
    let frame = Frame::new().fill(scene.palette.panel.gamma_multiply(0.88)).corner_radius(8).inner_margin(Margin::symmetric(8, 4));
    let shown = frame.show(&mut corner, |ui| {
        ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
        ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
            ui.set_max_width(room.width() - 16.0);
            for family in Family::ALL.into_iter().filter(|family| families.contains(family)) {
                let lit = state.lens.family.is_none_or(|lit| lit == family);
                let entry = entry(ui, scene, family.label(), lit, Sense::click(), |painter, at| {
                    painter.line_segment([at - vec2(7.0, 0.0), at + vec2(7.0, 0.0)], (3.0, scene.palette.family(family)));
                });
                entry.widget_info(|| WidgetInfo::selected(Widget::Button, true, state.lens.family == Some(family), format!("Show only {}", family.label())));
                if entry.on_hover_text(if state.lens.family == Some(family) { "Show all families" } else { "Show only this family" }).clicked() {
                    state.toggle_family(family);
                }
            }
            if !roles.is_empty() {
                ui.add_space(10.0);
            }
            for role in roles {
                entry(ui, scene, role.label(), true, Sense::hover(), |painter, at| sign(painter, at, role, scene.palette));
            }
        });
    });
    state.kept_free.push(shown.response.rect);
}

/// A sign and a word.
fn entry(ui: &mut Ui, scene: &Scene<'_>, label: &str, lit: bool, sense: Sense, sign: impl FnOnce(&Painter, Pos2)) -> Response {
    let palette = scene.palette;
    let font = FontId::proportional(scene.text_size * 0.92);
    let text = ui.painter().layout_no_wrap(label.to_owned(), font, Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(vec2(text.size().x + 36.0, text.size().y.max(16.0) + 6.0), sense);
    let painter = ui.painter().clone();
    if response.hovered() && sense.senses_click() {
        painter.rect_filled(rect, 6.0, palette.hover);
    }
    let mut signs = painter.clone();
    signs.multiply_opacity(if lit { 1.0 } else { 0.25 });
    sign(&signs, pos2(rect.left() + 15.0, rect.center().y));
    let at = pos2(rect.left() + 28.0, rect.center().y - text.size().y / 2.0);
    painter.galley(at, text, if lit { palette.text } else { palette.faint });
    response
}

/// A disc as the graph shows one of that role.
fn sign(painter: &Painter, at: Pos2, role: Role, palette: &Palette) {
    let colour = colour(role, palette);
    match role {
        Role::Lan => drop(painter.circle_filled(at, 5.0, colour)),
        Role::Own => {
            painter.circle_filled(at, 6.0, colour);
            painter.circle_stroke(at, 3.8, (1.5, palette.accent));
        }
        Role::Internet => drop(painter.circle(at, 4.5, colour.gamma_multiply(0.22), (1.5, colour))),
        Role::Group => {
            let corners = [vec2(0.0, -6.0), vec2(6.0, 0.0), vec2(0.0, 6.0), vec2(-6.0, 0.0)].map(|corner| at + corner);
            painter.add(egui::Shape::convex_polygon(corners.into(), colour.gamma_multiply(0.22), (1.5, colour)));
        }
    }
}
