//! The map of all there is, in the lower right corner, while not all of it is in view. Whoever points into it goes there.

use egui::emath::RectTransform;
use egui::{CornerRadius, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::brush::Brush;
use super::paint::colour;
use super::stage::Node;
use super::{Scene, bounds};
use crate::state::graph::Graph;

/// Free space around it, and within its edge, in points.
const AWAY: f32 = 12.0;
const MARGIN: f32 = 8.0;
/// It is no larger, in points, and no larger than such a part of the view.
const LARGEST: Vec2 = vec2(190.0, 140.0);
const PART: f32 = 0.25;
/// A view that is smaller has none, in points.
const LEAST_VIEW: Vec2 = vec2(420.0, 300.0);
/// Dots stand no closer than this, in points: what lies between is the same dot.
const GRAIN: f32 = 2.0;
const DOT: f32 = 1.3;
/// So much of all may be out of view before there is a map, in points.
const LITTLE: f32 = 12.0;

/// Which cells of the map have a dot, kept from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct Cells(Vec<bool>);

/// Shows it within the view, which ends above the legend.
pub(super) fn minimap_ui(ui: &Ui, view: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let Some(all) = bounds(scene).filter(|all| all.is_finite()) else { return };
    let sight = state.camera.sight();
    let seen = sight.seen(view);
    let small = view.width() < LEAST_VIEW.x || view.height() < LEAST_VIEW.y;
    if small || state.stage.nodes().len() < 2 || seen.expand(LITTLE / sight.zoom).contains_rect(all) {
        return;
    }
    let (ground, to_map) = place(view, all);
    let response = ui.interact(ground, ui.scope_id().with("map"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Map of all nodes"));
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged()) {
        state.camera.look_at(to_map.inverse().transform_pos(at.clamp(to_map.to().min, to_map.to().max)));
    }
    let (painter, palette) = (ui.painter(), scene.palette);
    painter.rect(ground, 8.0, palette.panel.gamma_multiply(0.92), Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let dots = state.cells.dots(state.stage.nodes(), to_map);
    state.canvas.sketch(painter, |brush| {
        for (at, node) in dots {
            brush.disc(at, DOT, colour(node.figure, palette).gamma_multiply(0.9));
        }
    });
    let frame = Rect::from_min_max(to_map * seen.min, to_map * seen.max).intersect(ground.shrink(2.0));
    painter.rect(frame, CornerRadius::same(2), palette.accent.gamma_multiply(0.1), Stroke::new(1.5, palette.accent), StrokeKind::Inside);
    state.kept_free.push(ground);
}

/// Where the map is, and where on it a place of the layout is.
fn place(view: Rect, all: Rect) -> (Rect, RectTransform) {
    let room = LARGEST.min(view.size() * PART) - Vec2::splat(2.0 * MARGIN);
    let size = all.size().max(Vec2::splat(1.0));
    let scale = (room.x / size.x).min(room.y / size.y);
    // A row of nodes has a map that one can point at, too.
    let inner = (size * scale).max(Vec2::splat(24.0)).min(room);
    let corner = view.right_bottom() - Vec2::splat(AWAY);
    let ground = Rect::from_min_max(corner - inner - Vec2::splat(2.0 * MARGIN), corner);
    let shown = Rect::from_center_size(ground.center(), size * scale);
    (ground, RectTransform::from_to(Rect::from_center_size(all.center(), size), shown))
}

impl Cells {
    /// The nodes that are dots of the map, at most one in each cell.
    fn dots<'a>(&mut self, nodes: &'a [Node], to_map: RectTransform) -> Vec<(Pos2, &'a Node)> {
        let map = to_map.to();
        let columns = (map.width() / GRAIN) as usize + 1;
        let rows = (map.height() / GRAIN) as usize + 1;
        self.0.clear();
        self.0.resize(columns * rows, false);
        let mut dots = Vec::new();
        for node in nodes {
            let Some(at) = node.place.map(|place| to_map * place) else { continue };
            let cell = (at - map.min) / GRAIN;
            let (column, row) = ((cell.x.max(0.0) as usize).min(columns - 1), (cell.y.max(0.0) as usize).min(rows - 1));
            if let Some(taken) = self.0.get_mut(row * columns + column)
                && !std::mem::replace(taken, true)
            {
                dots.push((at, node));
            }
        }
        dots
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Net;
    use super::*;
    use egui::pos2;

    const VIEW: Rect = Rect { min: pos2(0.0, 50.0), max: pos2(1000.0, 650.0) };

    #[test]
    fn the_map_is_in_its_corner_and_all_is_on_it() {
        for all in [
            Rect::from_min_max(pos2(-500.0, -500.0), pos2(1500.0, 300.0)),
            Rect::from_min_max(pos2(0.0, 0.0), pos2(9_000.0, 1.0)),
            Rect::from_min_max(pos2(7.0, 7.0), pos2(7.0, 7.0)),
        ] {
            let (ground, to_map) = place(VIEW, all);
            assert!(VIEW.contains_rect(ground) && ground.width() <= LARGEST.x && ground.height() <= LARGEST.y, "{ground}");
            for corner in [all.min, all.max, all.center()] {
                assert!(ground.contains(to_map * corner), "{corner} of {all}");
                assert!((to_map.inverse() * (to_map * corner) - corner).length() < 1.0, "{corner}");
            }
        }
    }

    #[test]
    fn a_crowd_is_no_more_dots_than_there_is_room_for() {
        let net = Net::huge();
        let stage = net.stage();
        let (_, to_map) = place(VIEW, bounds(&net.scene()).unwrap());
        let dots = Cells::default().dots(stage.nodes(), to_map);
        let room = (to_map.to().width() / GRAIN + 1.0) * (to_map.to().height() / GRAIN + 1.0);
        assert!(dots.len() > 1_000 && dots.len() as f32 <= room, "{} of {room}", dots.len());
    }
}
