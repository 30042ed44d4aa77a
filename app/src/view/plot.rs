//! Bytes a second, sent and received, over the last two minutes.

use egui::{Align2, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, remap, vec2};

use super::spark::{filled_line, height};
use crate::theme::{Palette, regular, size};
use crate::units::rate;

/// So many seconds are shown.
const SECONDS: usize = 120;
/// Less than this many bytes a second does not reach the upper edge.
const LEAST: f32 = 1_000.0;

/// Shows what was sent and received in each of the last seconds, oldest first.
pub fn plot_ui(ui: &mut Ui, history: &[[u64; 2]]) {
    let palette = Palette::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 96.0), Sense::hover());
    let recent = history.get(history.len().saturating_sub(SECONDS)..).unwrap_or(history);
    let most = recent.iter().flatten().copied().max().unwrap_or(0) as f32;
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Rate in the last two minutes, at most {}", rate(most))));
    let painter = ui.painter();
    painter.rect_filled(rect, 8.0, palette.background);
    let area = Rect::from_min_max(rect.min + vec2(0.0, 18.0), rect.max - vec2(0.0, 16.0));
    let top = round_up(most.max(LEAST));
    let stroke = Stroke::new(1.0, palette.line);
    for level in [top, top / 2.0, 0.0] {
        let y = height(level, top, area);
        painter.hline(area.x_range(), y, stroke);
    }
    let small = regular(size::SMALL - 1.0);
    painter.text(rect.left_top() + vec2(8.0, 4.0), Align2::LEFT_TOP, rate(top), small.clone(), palette.weak);
    painter.text(rect.left_bottom() + vec2(8.0, -2.0), Align2::LEFT_BOTTOM, "2 min ago", small.clone(), palette.weak);
    painter.text(rect.right_bottom() + vec2(-8.0, -2.0), Align2::RIGHT_BOTTOM, "now", small, palette.weak);

    let missing = SECONDS - recent.len();
    let x = |i: usize| remap((missing + i) as f32, 0.0..=(SECONDS - 1) as f32, area.left() + 1.0..=area.right() - 1.0);
    for (which, colour) in [(1, palette.accent), (0, palette.warn)] {
        let value = |both: &[u64; 2]| both.get(which).copied().unwrap_or(0) as f32;
        let points: Vec<Pos2> = recent.iter().enumerate().map(|(i, both)| pos2(x(i), height(value(both), top, area))).collect();
        filled_line(painter, area.bottom(), &points, colour);
    }
    let Some(pointer) = response.hover_pos() else { return };
    let at = remap(pointer.x, area.x_range(), 0.0..=(SECONDS - 1) as f32).round() as usize;
    let Some([sent, received]) = at.checked_sub(missing).and_then(|i| recent.get(i)) else { return };
    painter.vline(x(at - missing), area.y_range(), Stroke::new(1.0, palette.faint));
    let ago = recent.len() - (at - missing);
    response.on_hover_text_at_pointer(format!("{ago} s ago\nout {}\nin {}", rate(*sent as f32), rate(*received as f32)));
}

/// The next of 1, 2, 5, 10, 20, … from `x` on: an axis that does not twitch.
fn round_up(x: f32) -> f32 {
    let power = 10.0_f32.powf(x.max(1.0).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|m| *m >= x).unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!([1.0, 1.1, 4.9, 5.1, 999.0, 120_000.0].map(round_up), [1.0, 2.0, 5.0, 10.0, 1000.0, 200_000.0]);
    }
}
