//! What is said where there is nothing to see: no host yet, or none in view.

use egui::{Align2, Button, FontId, Pos2, Rect, Stroke, Ui, pos2, vec2};

use super::Scene;
use super::brush::between_discs;
use crate::state::graph::Graph;
use crate::theme;

/// The places of the hosts in the sketch, and the sizes of their discs.
const SKETCH: [(f32, f32, f32); 6] = [(0.0, 0.0, 13.0), (-78.0, -34.0, 8.0), (70.0, -48.0, 9.0), (96.0, 30.0, 6.0), (-52.0, 52.0, 7.0), (28.0, 70.0, 5.0)];

/// Nothing was seen yet: a sketch of what is to come, and what it waits for.
pub fn empty_ui(ui: &Ui, screen: Rect, scene: &Scene<'_>) {
    let palette = scene.palette;
    let painter = ui.painter_at(screen);
    let middle = screen.center() - vec2(0.0, 50.0);
    let at = |(x, y, _): (f32, f32, f32)| middle + vec2(x, y);
    let stroke = Stroke::new(1.5, palette.line);
    let [hub, around @ ..] = SKETCH;
    for host in around {
        if let Some((from, to)) = between_discs(at(hub), at(host), hub.2 + 5.0, host.2 + 5.0) {
            painter.line_segment([from, to], stroke);
        }
        painter.circle_stroke(at(host), host.2, stroke);
    }
    painter.circle_filled(at(hub), hub.2, palette.accent.gamma_multiply(0.5));
    let (line, below) = scene.waiting;
    let text = |y: f32, text: &str, font: FontId, colour| painter.text(pos2(screen.center().x, middle.y + y), Align2::CENTER_TOP, text, font, colour);
    text(112.0, line, theme::strong(theme::size::HEADING), palette.text);
    text(140.0, below, FontId::proportional(scene.text_size), palette.weak);
}

/// Hosts there are, but none in view: a way back.
pub fn astray_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let astray = !scene.positions.is_empty() && state.stage.nodes().iter().all(|node| node.place.is_none() || !node.visible);
    if !astray {
        return;
    }
    let size = vec2(210.0, 34.0);
    let at: Pos2 = screen.center();
    let button = Button::new("Nothing in view: show all").fill(scene.palette.raised).corner_radius(17);
    if ui.put(Rect::from_center_size(at, size), button).clicked() {
        state.fit();
    }
}
