//! The icon of the window: three hosts that talk, drawn point by point.

use egui::{Color32, IconData};
use graph::Family;

use crate::theme::Palette;

const SIZE: u32 = 64;

/// The icon, as desktops want it.
pub(super) fn icon() -> IconData {
    let p = &Palette::DARK;
    let mut rgba = Vec::with_capacity((SIZE * SIZE * 4) as usize);
    for y in 0..SIZE {
        for x in 0..SIZE {
            // Four samples a point make its edges soft.
            let samples = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)].map(|(dx, dy)| {
                let scale = 32.0 / SIZE as f32;
                colour((x as f32 + dx) * scale, (y as f32 + dy) * scale, p).to_array()
            });
            rgba.extend(mean(samples));
        }
    }
    IconData { rgba, width: SIZE, height: SIZE }
}

fn mean(samples: [[u8; 4]; 4]) -> [u8; 4] {
    let [a, b, c, d] = samples.map(|s| s.map(u16::from));
    let sum = |i: usize| [a, b, c, d].iter().filter_map(|s| s.get(i)).sum::<u16>();
    [sum(0), sum(1), sum(2), sum(3)].map(|s| (s / 4) as u8)
}

/// The colour at a place of a square of 32 by 32.
fn colour(x: f32, y: f32, p: &Palette) -> Color32 {
    let within = |cx: f32, cy: f32, r: f32| (x - cx).hypot(y - cy) <= r;
    let discs = [(12.0, 20.0, 7.5, p.accent), (25.0, 8.0, 4.2, p.family(Family::Names)), (27.0, 25.0, 3.4, p.family(Family::Files))];
    if let Some((.., colour)) = discs.into_iter().find(|(cx, cy, r, _)| within(*cx, *cy, *r)) {
        return colour;
    }
    if near((12.0, 20.0), (25.0, 8.0), (x, y)) || near((12.0, 20.0), (27.0, 25.0), (x, y)) {
        return p.accent.lerp_to_gamma(p.panel, 0.4);
    }
    if within(x.clamp(6.0, 26.0), y.clamp(6.0, 26.0), 6.0) { p.panel } else { Color32::TRANSPARENT }
}

/// Whether `p` is on the line from `a` to `b`.
fn near(a: (f32, f32), b: (f32, f32), p: (f32, f32)) -> bool {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let t = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy) <= 1.2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_icon_is_a_square_with_clear_corners() {
        let icon = icon();
        assert_eq!(icon.rgba.len() as u32, icon.width * icon.height * 4);
        assert_eq!(icon.rgba[3], 0, "its corner is transparent");
        let middle = ((icon.height / 2 * icon.width + icon.width / 2) * 4 + 3) as usize;
        assert_eq!(icon.rgba[middle], 255);
    }
}
