//! The tool bar of the graph, in its upper right corner.

use egui::{Color32, CornerRadius, Frame, Layout, Margin, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, vec2};
use layouts::Kind;

use super::Scene;
use crate::state::action::GraphCommand;
use crate::state::graph::Graph;

/// Free space around it, in points.
const AWAY: f32 = 12.0;
/// A button's size, in points.
const BUTTON: Vec2 = vec2(32.0, 30.0);

/// What a button shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Icon {
    Fit,
    Plus,
    Minus,
    Freeze,
    Force,
    Circle,
}

/// Shows it.
pub fn toolbar_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let room = screen.shrink(AWAY);
    let mut corner = ui.new_child(UiBuilder::new().id_salt("graph tools").max_rect(room).layout(Layout::right_to_left(egui::Align::Min)));
    let frame = Frame::new()
        .fill(scene.palette.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, scene.palette.line))
        .corner_radius(9)
        .inner_margin(Margin::same(3));
    let shown = frame.show(&mut corner, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(1.0);
        ui.vertical(|ui| {
            let (kind, frozen) = (state.kind(), state.is_frozen());
            let mut button = |ui: &mut Ui, icon, name, on, command| {
                if tool(ui, scene, icon, name, on) {
                    state.command(command, None);
                }
            };
            button(ui, Icon::Fit, "Show all", None, GraphCommand::Fit);
            button(ui, Icon::Plus, "Zoom in", None, GraphCommand::ZoomIn);
            button(ui, Icon::Minus, "Zoom out", None, GraphCommand::ZoomOut);
            ui.add_space(4.0);
            button(ui, Icon::Freeze, "Freeze the layout", Some(frozen), GraphCommand::Freeze);
            for (icon, name, its) in [(Icon::Force, "Free layout", Kind::Force), (Icon::Circle, "Circle layout", Kind::Circle)] {
                if tool(ui, scene, icon, name, Some(kind == its)) {
                    state.set_kind(its);
                }
            }
        });
    });
    state.kept_free.push(shown.response.rect);
}

/// A button; `on` says whether it is pressed, if it is one that stays so. Returns whether it was clicked.
fn tool(ui: &mut Ui, scene: &Scene<'_>, icon: Icon, name: &str, on: Option<bool>) -> bool {
    let palette = scene.palette;
    let (rect, response) = ui.allocate_exact_size(BUTTON, Sense::click());
    response.widget_info(|| match on {
        Some(on) => WidgetInfo::selected(Role::Button, true, on, name),
        None => WidgetInfo::labeled(Role::Button, true, name),
    });
    let on = on == Some(true);
    let fill = match (on, response.hovered() || response.has_focus()) {
        (_, true) => palette.hover,
        (true, false) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(6), fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(6), Stroke::new(1.5, palette.accent), egui::StrokeKind::Inside);
    }
    let colour = if on { palette.accent } else { palette.weak };
    draw(ui.painter(), rect.center(), icon, Stroke::new(1.6, if response.hovered() && !on { palette.text } else { colour }));
    response.on_hover_text(name).clicked()
}

fn draw(painter: &Painter, at: Pos2, icon: Icon, stroke: Stroke) {
    let line = |x: f32, y: f32, to_x: f32, to_y: f32| {
        painter.line_segment([at + vec2(x, y), at + vec2(to_x, to_y)], stroke);
    };
    let disc = |x: f32, y: f32, r: f32| {
        painter.circle_filled(at + vec2(x, y), r, stroke.color);
    };
    match icon {
        Icon::Fit => {
            for (x, y) in [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)] {
                line(7.0 * x, 7.0 * y, 2.5 * x, 7.0 * y);
                line(7.0 * x, 7.0 * y, 7.0 * x, 2.5 * y);
            }
        }
        Icon::Plus => {
            line(-6.0, 0.0, 6.0, 0.0);
            line(0.0, -6.0, 0.0, 6.0);
        }
        Icon::Minus => line(-6.0, 0.0, 6.0, 0.0),
        Icon::Freeze => {
            for angle in [0.0, 60.0, 120.0_f32] {
                let arm = Vec2::angled(angle.to_radians() + std::f32::consts::FRAC_PI_2) * 7.5;
                line(-arm.x, -arm.y, arm.x, arm.y);
                for end in [arm, -arm] {
                    let (knee, tip) = (end * 0.55, end.normalized() * 2.6);
                    for side in [tip.rot90(), -tip.rot90()] {
                        line(knee.x, knee.y, knee.x + tip.x * 0.7 + side.x * 0.8, knee.y + tip.y * 0.7 + side.y * 0.8);
                    }
                }
            }
        }
        Icon::Force => {
            for (x, y, r) in [(-6.0, 4.5, 2.2), (6.0, 5.5, 2.2), (3.5, -6.5, 2.2)] {
                line(0.0, 0.0, x, y);
                disc(x, y, r);
            }
            disc(0.0, 0.0, 3.2);
        }
        Icon::Circle => {
            for i in 0..8_u8 {
                let at = Vec2::angled(f32::from(i) * std::f32::consts::FRAC_PI_4) * 7.0;
                disc(at.x, at.y, 1.7);
            }
        }
    }
}
