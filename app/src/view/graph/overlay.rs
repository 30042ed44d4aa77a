//! How long things take (F12): the frame and its parts, the layout and the model, and how much is drawn.

use std::time::Duration;

use egui::{FontId, Grid, Rect, RichText, Ui, UiBuilder, Vec2, vec2};

use super::Scene;
use crate::pipeline::{Samples, Spent, Timings};
use crate::state::graph::Graph;
use crate::theme::size;
use crate::units::count;

/// Where it begins: right of what stands in the upper left corner, in points; and its width.
const ASIDE: Vec2 = vec2(300.0, 12.0);
const WIDTH: f32 = 250.0;

/// Shows it at the upper edge.
pub(super) fn overlay_ui(ui: &mut Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    if !state.times.shown {
        return;
    }
    let times = &state.times;
    let now = times.now();
    let session = |of: fn(&Timings) -> &Samples| {
        let timings = times.session.as_ref()?;
        of(timings).recent(timings.now())
    };
    let rows = [
        ("Frame", times.frame.recent(now)),
        ("  stage", times.stage.recent(now)),
        ("  mesh", times.mesh.recent(now)),
        ("  labels", times.labels.recent(now)),
        ("Layout", session(|timings| &timings.layout)),
        ("Model", session(|timings| &timings.model)),
    ];
    let visible = state.stage.nodes().iter().filter(|node| node.visible).count();
    let drawn = [
        ("Nodes", format!("{} of {}", count(visible as u64), count(state.stage.nodes().len() as u64))),
        ("Lines", count(state.stage.edges().len() as u64)),
        ("Labels", count(state.labels.shown().len() as u64)),
        ("Vertices", count(times.vertices as u64)),
    ];
    let room = Rect::from_min_size(screen.min + ASIDE, vec2(WIDTH, screen.height()));
    let mut corner = ui.new_child(UiBuilder::new().id_salt("times").max_rect(room));
    let palette = scene.palette;
    let frame = egui::Frame::new().fill(palette.panel.gamma_multiply(0.94)).corner_radius(9).inner_margin(8);
    let shown = frame.show(&mut corner, |ui| {
        let text = |words: String| RichText::new(words).font(FontId::monospace(size::SMALL)).color(palette.text);
        Grid::new("times").num_columns(3).spacing(vec2(14.0, 2.0)).show(ui, |ui| {
            for (name, spent) in rows {
                let [median, worst] = spent.map_or(["–".to_owned(), String::new()], said);
                [name.to_owned(), median, worst].into_iter().for_each(|words| drop(ui.label(text(words))));
                ui.end_row();
            }
            for (name, number) in drawn {
                ui.label(text(name.to_owned()));
                ui.label(text(number));
                ui.end_row();
            }
        });
    });
    state.kept_free.push(shown.response.rect);
    // What is shown here is of the last seconds, so it changes though nothing else does.
    ui.ctx().request_repaint_after(Duration::from_millis(500));
}

/// The median, and the worst.
fn said(spent: Spent) -> [String; 2] {
    let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    [millis(spent.median), format!("≤ {}", millis(spent.worst))]
}
