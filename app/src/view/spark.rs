//! Small plots: a sparkline, and a rate over the last minutes.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2, remap};

/// Draws `samples` as a filled line from the lower edge of `rect` up, the newest at the right; `room` is how many fill it, and before the
/// first was silence.
/// The highest sample, or `least` if that is more, reaches the upper edge.
pub fn sparkline(painter: &Painter, rect: Rect, samples: impl ExactSizeIterator<Item = f32>, room: usize, least: f32, colour: Color32) {
    let silence = std::iter::repeat_n(0.0, room.saturating_sub(samples.len()));
    let samples: Vec<f32> = silence.chain(samples).collect();
    let top = samples.iter().copied().fold(least, f32::max);
    let x = |i: usize| remap(i as f32, 0.0..=(samples.len().max(2) - 1) as f32, rect.x_range());
    let points: Vec<Pos2> = samples.iter().enumerate().map(|(i, s)| pos2(x(i), height(*s, top, rect))).collect();
    filled_line(painter, rect.bottom(), &points, colour);
}

/// Where a value stands between the lower edge of `rect` and its upper one, which is `top`.
pub fn height(value: f32, top: f32, rect: Rect) -> f32 {
    if top > 0.0 { remap(value.clamp(0.0, top), 0.0..=top, rect.bottom()..=rect.top() + 1.0) } else { rect.bottom() }
}

/// A line with a veil of its colour below it that ends at `ground`.
pub fn filled_line(painter: &Painter, ground: f32, points: &[Pos2], colour: Color32) {
    let mut veil = Mesh::default();
    for (i, point) in points.iter().enumerate() {
        let n = 2 * i as u32;
        veil.colored_vertex(*point, colour.gamma_multiply(0.28));
        veil.colored_vertex(pos2(point.x, ground), colour.gamma_multiply(0.02));
        if i > 0 {
            veil.add_triangle(n - 2, n - 1, n);
            veil.add_triangle(n - 1, n, n + 1);
        }
    }
    painter.add(Shape::mesh(veil));
    painter.add(Shape::line(points.to_vec(), Stroke::new(1.4, colour)));
}
