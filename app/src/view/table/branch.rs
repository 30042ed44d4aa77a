//! A row's place in the tree: how far it is indented, what folds it, and whether it just came or went.

use egui::{Color32, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use graph::{Branch, DEAD_SHOWN, Row, Subject, Time};

use crate::state;
use crate::theme::Palette;

/// How far a row is indented below its parent, in points.
const STEP: f32 = 16.0;
/// The deepest indentation that is drawn; what is deeper stands there too.
const DEEPEST: u16 = 24;
/// What folds a branch, in points.
const ARROW: f32 = 14.0;

/// Shows the guides and the arrow of a row. Returns the room that is left.
pub(super) fn branch_ui(ui: &mut Ui, room: Rect, row: &Row, branch: Branch, state: &mut state::Table) -> Rect {
    let palette = Palette::of(ui.ctx());
    let depth = branch.depth.min(DEEPEST);
    for level in 0..depth {
        let x = room.left() + f32::from(level) * STEP + ARROW / 2.0;
        let guide = Rect::from_min_max(pos2(x, room.top()), pos2(x, room.bottom()));
        ui.painter().vline(guide.center().x.round() + 0.5, guide.y_range(), Stroke::new(1.0, palette.line));
    }
    let left = room.left() + f32::from(depth) * STEP;
    if branch.children > 0 {
        let rect = Rect::from_center_size(pos2(left + ARROW / 2.0, room.center().y), vec2(ARROW + 4.0, room.height()));
        let response = ui.interact(rect, ui.scope_id().with(("fold", row.subject)), Sense::click());
        let name = if branch.folded { "Show what stands below" } else { "Fold away" };
        response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, name));
        let colour = if response.hovered() { palette.text } else { palette.weak };
        arrow(ui, rect.center(), branch.folded, colour);
        if let (true, Subject::Process(process)) = (response.clicked(), row.subject) {
            state.fold(process, !branch.folded);
        }
    }
    room.with_min_x((left + ARROW + 4.0).min(room.right()))
}

fn arrow(ui: &Ui, at: egui::Pos2, folded: bool, colour: Color32) {
    let points = if folded { [(-2.0, -3.5), (2.0, 0.0), (-2.0, 3.5)] } else { [(-3.5, -2.0), (0.0, 2.0), (3.5, -2.0)] };
    ui.painter().line(points.map(|(x, y)| at + vec2(x, y)).to_vec(), Stroke::new(1.4, colour));
}

/// Green for a moment after a birth, red after a death.
pub(super) fn glow(branch: Branch, now: Time, palette: &Palette) -> Option<Color32> {
    let since = |at: Time| now.since(at).as_secs_f32() / DEAD_SHOWN.as_secs_f32();
    let (colour, age) = match (branch.died, branch.born) {
        (Some(died), _) => (palette.bad, since(died)),
        (None, Some(born)) => (palette.good, since(born)),
        (None, None) => return None,
    };
    (age < 1.0).then(|| colour.gamma_multiply(0.30 * (1.0 - 0.7 * age)))
}
