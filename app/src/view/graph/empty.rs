//! What is said where there is nothing to see: no host yet, or none in view.

use egui::{Align, Button, Layout, Rect, RichText, Stroke, Ui, UiBuilder, pos2, vec2};

use super::Scene;
use super::brush::between_discs;
use crate::state::Action;
use crate::state::graph::Graph;
use crate::theme;
use crate::units::count;

/// The places of the hosts in the sketch, and the sizes of their discs.
const SKETCH: [(f32, f32, f32); 6] =
    [(0.0, 0.0, 13.0), (-78.0, -34.0, 8.0), (70.0, -48.0, 9.0), (96.0, 30.0, 6.0), (-52.0, 52.0, 7.0), (28.0, 70.0, 5.0)];

/// Nothing was seen yet: a sketch of what is to come, and what it waits for. Or nothing matches the filter: how much there is, and a way back.
pub(super) fn empty_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
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
    let room = Rect::from_min_max(pos2(screen.left(), middle.y + 108.0), screen.max).shrink2(vec2(24.0, 0.0));
    let mut below = ui.new_child(UiBuilder::new().id_salt("waiting").max_rect(room).layout(Layout::top_down(Align::Center)));
    let hidden = scene.drawn.uncounted.aside;
    if hidden > 0 {
        below.label(RichText::new("Nothing matches the filter").font(theme::strong(theme::size::HEADING)));
        let hosts = if hidden == 1 { "one host or process".to_owned() } else { format!("{} hosts and processes", count(hidden.into())) };
        below.label(RichText::new(format!("It hides {hosts}.")).color(palette.weak));
        if let Some(untold) = scene.untold {
            below.label(RichText::new(untold).color(palette.weak));
        }
        below.add_space(8.0);
        if below.button("Empty the filter").clicked() {
            state.ask(Action::SetQuery(String::new()));
        }
        return;
    }
    let (line, more) = scene.waiting;
    below.label(RichText::new(line).font(theme::strong(theme::size::HEADING)));
    below.label(RichText::new(more).color(palette.weak));
}

/// Hosts there are, but none in view: a way back.
pub(super) fn astray_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let astray = !scene.positions.is_empty() && state.stage.nodes().iter().all(|node| node.place.is_none() || !node.visible);
    if !astray {
        return;
    }
    let size = vec2(210.0, 34.0);
    let button = Button::new("Nothing in view: show all").fill(scene.palette.raised).corner_radius(17);
    if ui.put(Rect::from_center_size(screen.center(), size), button).clicked() {
        state.fit();
    }
}
