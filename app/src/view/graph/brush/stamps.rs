//! The brush's own small texture: discs of several sizes, light, and lines of several widths, each drawn once. Whatever is tiny is then one quad with a
//! soft edge instead of a polygon. Where is what does not depend on the texture, so a mesh needs no screen.

use egui::{Color32, ColorImage, Context, Pos2, Rect, TextureHandle, TextureId, TextureOptions, pos2};

/// The size of the texture, in texels.
const SIZE: [usize; 2] = [128, 64];
/// The radii of the discs, in texels.
const RADII: [f32; 8] = [1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.3];
/// Free space around a disc, in texels: more than its soft edge.
const AROUND: f32 = 1.5;
/// The first column of the discs; what is before it is white.
const DISCS: f32 = 6.0;
/// The first column of the lines: each is a row, beginning and ending with nothing.
const LINES: f32 = 112.0;
/// The widths of lines, in texels.
const WIDTHS: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0];
/// From the row of a line to the next.
const ROW: f32 = 4.0;
/// Where light is, in texels.
const LIGHT: Rect = Rect { min: pos2(6.0, 30.0), max: pos2(38.0, 62.0) };
/// The part of light that does not fall off: what it is around covers that.
pub(super) const CORE: f32 = 0.42;

/// A disc of the texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stamp {
    /// Half of its square, in radii of the disc.
    pub(super) half: f32,
    /// Where its square is in the texture.
    pub(super) uv: Rect,
}

/// A line of the texture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stripe {
    /// How wide it is with its soft sides, in widths of the line.
    pub(super) whole: f32,
    /// Where its two sides are in the texture.
    pub(super) sides: [Pos2; 2],
}

/// The lines up to the width in pixels up to which each is used.
pub(super) fn stripes() -> Vec<(f32, Stripe)> {
    let stripe = |(nth, width): (usize, f32)| {
        let (y, left) = (nth as f32 * ROW + 0.5, LINES + 0.5);
        (width * 1.25, Stripe { whole: (width + 1.0) / width, sides: [uv(left, y), uv(left + width + 1.0, y)] })
    };
    WIDTHS.into_iter().enumerate().map(stripe).collect()
}

/// Light in the texture: a square around it.
pub(super) fn light() -> Rect {
    Rect::from_min_max(uv(LIGHT.min.x, LIGHT.min.y), uv(LIGHT.max.x, LIGHT.max.y))
}

/// The discs up to the radius in pixels up to which each is used.
pub(super) fn discs() -> Vec<(f32, Stamp)> {
    let cells = cells().map(|(radius, cell)| {
        let (min, max) = (uv(cell.min.x, cell.min.y), uv(cell.max.x, cell.max.y));
        (radius, Stamp { half: cell.width() / 2.0 / radius, uv: Rect::from_min_max(min, max) })
    });
    cells.collect()
}

/// The texture, as long as it is needed.
#[derive(Clone)]
pub(in super::super) struct Stamps(TextureHandle);

impl Stamps {
    /// Gives it to egui.
    pub(in super::super) fn new(ctx: &Context) -> Stamps {
        Stamps(ctx.load_texture("stamps of the graph", image(), TextureOptions::LINEAR))
    }

    /// What a mesh calls it.
    pub(in super::super) fn id(&self) -> TextureId {
        self.0.id()
    }
}

impl std::fmt::Debug for Stamps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stamps({:?})", self.id())
    }
}

fn image() -> ColorImage {
    let cells: Vec<(f32, Rect)> = cells().collect();
    let alpha = |at: Pos2| {
        if at.x < 3.0 {
            return 1.0;
        }
        if at.x > LINES {
            let width = WIDTHS.get((at.y / ROW) as usize).filter(|_| at.y % ROW < 1.0);
            return width.map_or(0.0, |width| if (1.0..=width + 1.0).contains(&(at.x - LINES)) { 1.0 } else { 0.0 });
        }
        if LIGHT.contains(at) {
            let out = (at - LIGHT.center()).length() / (LIGHT.width() / 2.0 - 1.0);
            return ((1.0 - out) / (1.0 - CORE)).clamp(0.0, 1.0);
        }
        let disc = cells.iter().find(|(_, cell)| cell.contains(at));
        disc.map_or(0.0, |(radius, cell)| (radius + 0.5 - (at - cell.center()).length()).clamp(0.0, 1.0))
    };
    let texels = (0..SIZE[1]).flat_map(|y| (0..SIZE[0]).map(move |x| pos2(x as f32 + 0.5, y as f32 + 0.5)));
    ColorImage::new(SIZE, texels.map(|at| Color32::from_white_alpha((alpha(at) * 255.0).round() as u8)).collect())
}

/// The square of each disc, in texels, from left to right.
fn cells() -> impl Iterator<Item = (f32, Rect)> {
    RADII.into_iter().scan(DISCS, |left, radius| {
        let side = 2.0 * (radius + AROUND);
        let cell = Rect::from_min_size(pos2(*left, 1.0), egui::Vec2::splat(side));
        *left += side;
        Some((radius, cell))
    })
}

fn uv(x: f32, y: f32) -> Pos2 {
    pos2(x / SIZE[0] as f32, y / SIZE[1] as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texture_holds_what_it_is_said_to() {
        let image = image();
        let at = |x: usize, y: usize| image[(x, y)].a();
        assert_eq!((at(0, 0), at(1, 1)), (255, 255), "shapes without a texture take its corner");
        assert_eq!([112, 113, 114].map(|x| at(x, 0)), [0, 255, 0]);
        assert_eq!([112, 113, 120, 121].map(|x| at(x, 20)), [0, 255, 255, 0]);
        assert_eq!([(22, 46), (7, 31)].map(|(x, y)| at(x, y)), [255, 0], "light");
        for (radius, cell) in cells() {
            assert!(cell.right() <= SIZE[0] as f32 && cell.bottom() <= SIZE[1] as f32, "{cell}");
            let centre = cell.center();
            assert_eq!(at(centre.x as usize, centre.y as usize), 255, "{radius}");
            let area: f32 = (0..SIZE[1])
                .flat_map(|y| (0..SIZE[0]).map(move |x| (x, y)))
                .filter(|(x, y)| cell.contains(pos2(*x as f32 + 0.5, *y as f32 + 0.5)))
                .map(|(x, y)| f32::from(at(x, y)) / 255.0)
                .sum();
            let wanted = std::f32::consts::PI * radius * radius;
            assert!((area / wanted - 1.0).abs() < 0.13, "{radius}: {area} of {wanted}");
        }
    }
}
