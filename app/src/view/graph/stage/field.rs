//! The discs in which the members of open groups stand, where the layout gives them one.

use egui::{Pos2, Rect};
use graph::GroupId;

use super::super::Scene;
use super::super::camera::Sight;

/// The disc of an open group.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Whose it is.
    pub id: GroupId,
    /// What its members have in common.
    pub name: String,
    /// Where its middle is on the screen.
    pub at: Pos2,
    /// How far it reaches, in points.
    pub radius: f32,
    place: Pos2,
    reach: f32,
}

/// All there are, by identity.
pub(super) fn fields(scene: &Scene<'_>) -> Vec<Field> {
    if scene.discs.is_empty() {
        return Vec::new();
    }
    let field = |(id, group): (&GroupId, &graph::Group)| {
        let (_, disc) = scene.discs.iter().find(|(number, _)| *number == id.number())?;
        let place = Pos2::new(disc.centre.x, disc.centre.y);
        let name = group.key.label().to_owned();
        place.is_finite().then_some(Field { id: *id, name, at: Pos2::ZERO, radius: 0.0, place, reach: disc.radius })
    };
    scene.drawn.groups.iter().filter_map(field).collect()
}

impl Field {
    /// Puts it on the screen.
    pub(super) fn project(&mut self, screen: Rect, sight: Sight) {
        self.at = sight.to_screen(screen, self.place);
        self.radius = self.reach * sight.zoom;
    }
}
