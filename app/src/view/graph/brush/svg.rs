//! The brush of files: the same shapes as SVG 1.1, and text. Small, readable, and well-formed whatever a host calls itself.

use std::collections::BTreeMap;
use std::fmt::Write;

use egui::{Color32, Galley, Pos2, Rect, Vec2};

use super::outline::{ROUND, SQUARE};
use super::{ARROW_WIDTH, Brush, Outline, barbs};

/// The fonts of text: ours, and what others have in its place.
const FONTS: &str = "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
/// A dash and the gap behind it, in points.
const DASHES: &str = "4.2 2.8";

/// Text of a picture.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Text<'a> {
    /// Where its first letter begins, on the line on which letters stand.
    pub(in super::super) at: Pos2,
    /// How wide it is on the screen.
    pub(in super::super) width: f32,
    /// What it says.
    pub(in super::super) words: &'a str,
    /// The size of its letters, in points.
    pub(in super::super) size: f32,
    /// Whether it stands out.
    pub(in super::super) strong: bool,
    /// Its colour.
    pub(in super::super) colour: Color32,
}

/// Writes shapes down as SVG; what is outside of the picture is left out.
#[derive(Clone, Debug)]
pub(in super::super) struct SvgBrush {
    size: Vec2,
    body: String,
    /// Light: its colour, and how much of it does not fall off, in percent, with its number.
    glows: BTreeMap<([u8; 4], u8), usize>,
}

impl SvgBrush {
    /// A picture of that size, from the origin on, filled with a colour.
    pub(in super::super) fn new(size: Vec2, background: Color32) -> SvgBrush {
        let mut brush = SvgBrush { size, body: String::new(), glows: BTreeMap::new() };
        let [r, g, b, _] = background.to_srgba_unmultiplied();
        brush.put(format_args!("<rect width=\"{}\" height=\"{}\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>", n(size.x), n(size.y)));
        brush
    }

    /// A rectangle with round corners.
    pub(in super::super) fn rect(&mut self, rect: Rect, round: f32, colour: Color32) {
        let (at, size) = (rect.min, rect.size());
        let place = format_args!("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", n(at.x), n(at.y), n(size.x), n(size.y)).to_string();
        self.put(format_args!("<rect {place} rx=\"{}\"{}/>", n(round), Paint("fill", colour)));
    }

    /// Text. Fonts differ: it keeps to its middle.
    pub(in super::super) fn text(&mut self, text: &Text<'_>) {
        let weight = if text.strong { " font-weight=\"600\"" } else { "" };
        let middle = text.at.x + text.width / 2.0;
        let place = format!("x=\"{}\" y=\"{}\" font-size=\"{}\"", n(middle), n(text.at.y), n(text.size));
        self.put(format_args!("<text {place}{weight}{}>{}</text>", Paint("fill", text.colour), Escaped(text.words)));
    }

    /// Text that was laid out for the screen, with its upper left corner there.
    pub(in super::super) fn galley(&mut self, at: Pos2, galley: &Galley, size: f32, strong: bool, colour: Color32) {
        for row in &galley.rows {
            let Some(first) = row.row.glyphs.first() else { continue };
            let (words, width) = (row.row.text(), row.row.size.x);
            self.text(&Text { at: at + row.pos.to_vec2() + first.pos.to_vec2(), width, words: &words, size, strong, colour });
        }
    }

    /// The picture, drawn `scale` times as large where a program asks for its size; `title` is said by those who read pictures out.
    pub(in super::super) fn finish(self, title: &str, scale: f32) -> String {
        let SvgBrush { size, body, glows } = self;
        let mut svg = String::with_capacity(body.len() + 4096);
        let (width, height) = (n(size.x), n(size.y));
        let drawn = size * scale;
        let _never_fails = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\" text-anchor=\"middle\">\n<title>{}</title>\n",
            n(drawn.x),
            n(drawn.y),
            Escaped(title),
        );
        if !glows.is_empty() {
            svg.push_str("<defs>\n");
            for ((colour, inner), number) in glows {
                let [r, g, b, a] = colour;
                let (hex, opacity) = (format!("#{r:02x}{g:02x}{b:02x}"), n(f32::from(a) / 255.0));
                let _never_fails = writeln!(
                    svg,
                    "<radialGradient id=\"g{number}\"><stop offset=\"{inner}%\" stop-color=\"{hex}\" stop-opacity=\"{opacity}\"/><stop offset=\"100%\" stop-color=\"{hex}\" stop-opacity=\"0\"/></radialGradient>"
                );
            }
            svg.push_str("</defs>\n");
        }
        svg.push_str(&body);
        svg.push_str("</svg>\n");
        svg
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        let _never_fails = writeln!(self.body, "{element}");
    }

    fn is_outside(&self, what: Rect) -> bool {
        !Rect::from_min_size(Pos2::ZERO, self.size).intersects(what)
    }

    fn straight(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32, dashes: &str) {
        if colour.a() == 0 || from == to || self.is_outside(Rect::from_two_pos(from, to).expand(width)) {
            return;
        }
        let ends = format!("x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"", n(from.x), n(from.y), n(to.x), n(to.y));
        self.put(format_args!("<line {ends}{} stroke-width=\"{}\"{dashes}/>", Paint("stroke", colour), n(width)));
    }

    /// A shape whose look is said by `paint`.
    fn shape(&mut self, outline: Outline, centre: Pos2, radius: f32, paint: &str) {
        if radius <= 0.0 || self.is_outside(Rect::from_center_size(centre, Vec2::splat(2.0 * radius * Outline::REACH))) {
            return;
        }
        match outline {
            Outline::Circle => self.put(format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{paint}/>", n(centre.x), n(centre.y), n(radius))),
            Outline::Square => {
                let rect = Rect::from_center_size(centre, Vec2::splat(2.0 * SQUARE * radius));
                let place = format!(
                    "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                    n(rect.min.x),
                    n(rect.min.y),
                    n(rect.width()),
                    n(rect.height())
                );
                self.put(format_args!("<rect {place} rx=\"{}\"{paint}/>", n(ROUND * radius)));
            }
            Outline::Diamond | Outline::Hexagon => {
                let corners: Vec<String> = outline
                    .corners(0)
                    .into_iter()
                    .map(|corner| centre + corner * radius)
                    .map(|at| format!("{} {}", n(at.x), n(at.y)))
                    .collect();
                self.put(format_args!("<path d=\"M{}Z\"{paint}/>", corners.join("L")));
            }
        }
    }
}

impl Brush for SvgBrush {
    fn line(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        self.straight(from, to, width, colour, "");
    }

    fn dashes(&mut self, from: Pos2, to: Pos2, width: f32, colour: Color32) {
        self.straight(from, to, width, colour, &format!(" stroke-dasharray=\"{DASHES}\""));
    }

    fn disc(&mut self, centre: Pos2, radius: f32, colour: Color32) {
        if colour.a() > 0 {
            self.shape(Outline::Circle, centre, radius, &Paint("fill", colour).to_string());
        }
    }

    fn rimmed(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, fill: Color32, rim: Color32) {
        let paint = format!("{}{} stroke-width=\"{}\"", Paint("fill", fill), Paint("stroke", rim), n(width));
        self.shape(outline, centre, radius - width / 2.0, &paint);
    }

    fn ring(&mut self, outline: Outline, centre: Pos2, radius: f32, width: f32, colour: Color32) {
        if colour.a() > 0 {
            let paint = format!(" fill=\"none\"{} stroke-width=\"{}\"", Paint("stroke", colour), n(width));
            self.shape(outline, centre, radius - width / 2.0, &paint);
        }
    }

    fn glow(&mut self, centre: Pos2, inner: f32, outer: f32, colour: Color32) {
        if colour.a() == 0 || outer <= 0.0 {
            return;
        }
        let next = self.glows.len() + 1;
        let part = (inner / outer * 20.0).round().clamp(0.0, 20.0) as u8 * 5;
        let number = *self.glows.entry((colour.to_srgba_unmultiplied(), part)).or_insert(next);
        self.shape(Outline::Circle, centre, outer, &format!(" fill=\"url(#g{number})\""));
    }

    fn arrow(&mut self, tip: Pos2, way: Vec2, size: f32, colour: Color32) {
        let barbs = barbs(tip, way, size);
        if colour.a() == 0 || self.is_outside(Rect::from_points(&barbs).union(Rect::from_min_max(tip, tip))) {
            return;
        }
        let [left, right] = barbs.map(|barb| format!("{} {}", n(barb.x), n(barb.y)));
        let tip = format!("{} {}", n(tip.x), n(tip.y));
        self.put(format_args!(
            "<path d=\"M{left}L{tip}L{right}\" fill=\"none\"{} stroke-width=\"{ARROW_WIDTH}\"/>",
            Paint("stroke", colour)
        ));
    }
}

/// A colour, and how opaque it is where it is not altogether.
struct Paint(&'static str, Color32);

impl std::fmt::Display for Paint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Paint(what, colour) = self;
        let [r, g, b, a] = colour.to_srgba_unmultiplied();
        match a {
            0 => return write!(f, " {what}=\"none\""),
            _ => write!(f, " {what}=\"#{r:02x}{g:02x}{b:02x}\"")?,
        }
        if a < 255 { write!(f, " {what}-opacity=\"{}\"", n(f32::from(a) / 255.0)) } else { Ok(()) }
    }
}

/// A number as short as it can be, to a hundredth.
fn n(x: f32) -> String {
    let rounded = (x * 100.0).round() / 100.0;
    if rounded.is_finite() && rounded != 0.0 { rounded.to_string() } else { "0".to_owned() }
}

/// Text in which nothing is markup. XML has no room for most control characters, escaped or not: they become U+FFFD.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};
    use resvg::usvg::roxmltree::Document;

    const CENTRE: Pos2 = pos2(50.0, 40.0);

    fn drawn(draw: impl FnOnce(&mut SvgBrush)) -> String {
        let mut brush = SvgBrush::new(vec2(100.0, 80.0), Color32::BLACK);
        draw(&mut brush);
        brush.finish("a & b", 2.0)
    }

    fn names(svg: &str) -> Vec<String> {
        let document = Document::parse(svg).unwrap();
        document.root_element().children().filter(|node| node.is_element()).map(|node| node.tag_name().name().to_owned()).collect()
    }

    #[test]
    fn every_shape_is_well_formed_and_one_element() {
        let svg = drawn(|b| {
            b.line(pos2(0.0, 0.0), CENTRE, 1.5, Color32::RED.gamma_multiply(0.5));
            b.dashes(pos2(0.0, 0.0), CENTRE, 1.5, Color32::RED);
            b.disc(CENTRE, 4.0, Color32::RED);
            for outline in [Outline::Circle, Outline::Diamond, Outline::Square, Outline::Hexagon] {
                b.rimmed(outline, CENTRE, 9.0, 2.0, Color32::RED, Color32::BLUE);
                b.ring(outline, CENTRE, 9.0, 2.0, Color32::RED);
            }
            b.arrow(CENTRE, vec2(1.0, 0.0), 5.0, Color32::RED);
            (0..3).for_each(|_| b.glow(CENTRE, 4.0, 9.0, Color32::RED));
        });
        let drawn = [
            "line", "line", "circle", "circle", "circle", "path", "path", "rect", "rect", "path", "path", "path", "circle", "circle",
            "circle",
        ];
        assert_eq!(names(&svg), [&["title", "defs", "rect"][..], &drawn].concat());
        assert_eq!(svg.matches("<radialGradient").count(), 1, "what glows alike has one light");
        assert!(
            svg.contains("stroke=\"#ff0000\" stroke-opacity=\"0.5\"")
                && svg.contains("width=\"200\" height=\"160\" viewBox=\"0 0 100 80\""),
            "{svg}"
        );
    }

    #[test]
    fn what_is_not_in_the_picture_is_not_in_the_file() {
        let svg = drawn(|b| {
            b.line(pos2(-9.0, 0.0), pos2(-9.0, 80.0), 1.0, Color32::RED);
            b.disc(pos2(50.0, 99.0), 4.0, Color32::RED);
            b.disc(CENTRE, 4.0, Color32::TRANSPARENT);
            b.glow(pos2(150.0, 40.0), 4.0, 9.0, Color32::RED);
            b.arrow(pos2(150.0, 40.0), vec2(1.0, 0.0), 5.0, Color32::RED);
        });
        assert!(!svg.contains("<line") && !svg.contains("<circle") && !svg.contains("<path"), "{svg}");
    }

    #[test]
    fn a_host_may_call_itself_anything() {
        let words = "</text><script>x</script> & \"\u{0}\u{1b}[31m\u{fffe}\u{85}' ]]> naïve 東";
        let text = Text { at: CENTRE, width: 10.0, words, size: 12.0, strong: true, colour: Color32::WHITE };
        let svg = drawn(|b| b.text(&text));
        let document = Document::parse(&svg).unwrap();
        let said = document.descendants().find(|node| node.has_tag_name("text")).and_then(|node| node.text()).unwrap();
        assert_eq!(said, "</text><script>x</script> & \"\u{fffd}\u{fffd}[31m\u{fffd}\u{fffd}' ]]> naïve 東");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 0.126, -3.5, -0.001, f32::NAN, 1e6].map(n), ["1", "0.13", "-3.5", "0", "0", "1000000"]);
    }
}
