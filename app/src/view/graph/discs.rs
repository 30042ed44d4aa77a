//! The discs of groups that stand open: a ground behind their members, and a name that closes the group when it is clicked.

use std::sync::Arc;

use egui::{Color32, FontId, Galley, Painter, Pos2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use graph::GroupId;

use super::Scene;
use super::camera::Sight;
use super::grouping::label;
use super::shorten::shorten;
use crate::state::graph::Graph;
use crate::units::count;
use crate::view::icon::focus_ring;

/// Smaller discs have no name, in points.
const SMALLEST_WITH_NAME: f32 = 30.0;
/// Longer names are shortened to so many characters.
const MAX_CHARS: usize = 32;
/// Free space around a name, in points.
const PADDING: Vec2 = vec2(5.0, 2.0);

/// A disc on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// Whose it is.
    pub group: GroupId,
    /// Its middle.
    pub at: Pos2,
    /// How far it reaches, in points.
    pub radius: f32,
}

/// The discs of a scene.
pub(super) fn grounds(scene: &Scene<'_>, screen: Rect, sight: Sight) -> Vec<Ground> {
    let of = |number: u64| scene.drawn.groups.keys().copied().find(|id| id.number() == number);
    let ground = |(number, disc): &(u64, layouts::Disc)| {
        let at = sight.to_screen(screen, pos2(disc.centre.x, disc.centre.y));
        Some(Ground { group: of(*number)?, at, radius: disc.radius * sight.zoom })
    };
    scene.discs.iter().filter_map(ground).collect()
}

/// The name of a disc on the screen.
pub(super) struct Named {
    group: GroupId,
    pub(super) rect: Rect,
    pub(super) galley: Arc<Galley>,
}

impl Named {
    /// Where its text begins.
    pub(super) fn text_at(&self) -> Pos2 {
        self.rect.min + PADDING
    }
}

/// The names of those that are large enough, above them; none where it would cover something.
pub(super) fn named(painter: &Painter, screen: Rect, scene: &Scene<'_>, grounds: &[Ground], kept_free: &[Rect]) -> Vec<Named> {
    let mut taken: Vec<Rect> = kept_free.to_vec();
    let mut names = Vec::new();
    for ground in grounds.iter().filter(|ground| ground.radius >= SMALLEST_WITH_NAME) {
        let members = scene.drawn.groups.get(&ground.group).map_or(0, |group| group.members);
        let text = format!("{}  {}", shorten(&label(scene, ground.group), MAX_CHARS), count(members.into()));
        let galley = painter.layout_no_wrap(text, FontId::proportional(scene.text_size), Color32::PLACEHOLDER);
        let middle = ground.at - vec2(0.0, ground.radius + galley.size().y / 2.0 + 3.0);
        let rect = Rect::from_center_size(middle, galley.size() + 2.0 * PADDING);
        if screen.contains_rect(rect) && !taken.iter().any(|other| other.intersects(rect)) {
            taken.push(rect);
            names.push(Named { group: ground.group, rect, galley });
        }
    }
    names
}

/// Names them, and closes the one whose name is clicked.
pub(super) fn names_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph, grounds: &[Ground]) {
    for Named { group, rect, galley } in named(ui.painter(), screen, scene, grounds, &state.kept_free) {
        let response = ui.interact(rect, ui.scope_id().with(("disc", group)), Sense::click());
        let name = format!("Close {}", label(scene, group));
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let colour = if response.hovered() { scene.palette.text } else { scene.palette.group };
        ui.painter().rect_filled(rect, 6.0, scene.palette.background.gamma_multiply(0.85));
        ui.painter().galley(rect.min + PADDING, galley, colour);
        focus_ring(ui, rect, &response);
        state.kept_free.push(rect);
        if response.on_hover_text(&name).clicked() {
            state.close_group(group);
        }
    }
}
