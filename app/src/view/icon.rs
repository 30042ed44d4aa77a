//! Icons, drawn: sharp at every size, and of the colour of the text beside them.

use egui::{Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::theme::Palette;

/// What there is to draw with, in a square of 16 by 16.
enum Mark {
    Line(&'static [(f32, f32)]),
    Closed(&'static [(f32, f32)]),
    /// Filled, convex.
    Fill(&'static [(f32, f32)]),
    Circle(f32, f32, f32),
    Dot(f32, f32, f32),
    /// Around a centre with a radius, from one angle to another in degrees clockwise from the right.
    Arc(f32, f32, f32, f32, f32),
}

use Mark::{Arc, Circle, Closed, Dot, Fill, Line};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident: [$($mark:expr),* $(,)?],)*) => {
        /// An icon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Icon {
            $($(#[$doc])* $name,)*
        }

        impl Icon {
            const fn marks(self) -> &'static [Mark] {
                match self {
                    $(Icon::$name => &[$($mark),*],)*
                }
            }
        }
    };
}

icons! {
    /// Back to where one came from.
    Back: [Line(&[(9.5, 3.5), (5.0, 8.0), (9.5, 12.5)])],
    /// Stand still.
    Pause: [Fill(&[(4.2, 3.5), (6.8, 3.5), (6.8, 12.5), (4.2, 12.5)]), Fill(&[(9.2, 3.5), (11.8, 3.5), (11.8, 12.5), (9.2, 12.5)])],
    /// Go on.
    Play: [Fill(&[(4.8, 3.0), (12.6, 8.0), (4.8, 13.0)])],
    /// One step.
    Step: [Fill(&[(3.6, 3.4), (9.4, 8.0), (3.6, 12.6)]), Fill(&[(10.4, 3.5), (12.4, 3.5), (12.4, 12.5), (10.4, 12.5)])],
    /// Begin again.
    Restart: [Arc(8.0, 8.2, 5.0, -60.0, 210.0), Line(&[(10.2, 0.9), (10.6, 4.0), (7.6, 4.6)])],
    /// The graph.
    Graph: [Line(&[(8.0, 4.0), (3.8, 11.8), (12.4, 10.8), (8.0, 4.0)]), Dot(8.0, 4.0, 2.1), Dot(3.8, 11.8, 2.1), Dot(12.4, 10.8, 2.1)],
    /// Two hosts that talk.
    Hosts: [Circle(4.2, 10.8, 2.7), Circle(12.0, 4.8, 2.7), Line(&[(6.3, 9.2), (9.9, 6.4)])],
    /// A process of a process, and a host with which it talks.
    Mixed: [Closed(&[(2.2, 2.2), (6.6, 2.2), (6.6, 6.6), (2.2, 6.6)]), Line(&[(4.4, 6.6), (4.4, 9.4)]), Closed(&[(2.2, 9.4), (6.6, 9.4), (6.6, 13.8), (2.2, 13.8)]), Line(&[(6.6, 10.6), (9.4, 8.6)]), Circle(11.6, 7.2, 2.6)],
    /// A picture.
    Picture: [Closed(&[(2.0, 3.0), (14.0, 3.0), (14.0, 13.0), (2.0, 13.0)]), Circle(5.6, 6.4, 1.3), Line(&[(2.6, 12.0), (6.6, 8.6), (8.8, 10.4), (11.0, 7.4), (13.6, 11.0)])],
    /// Somebody.
    User: [Circle(8.0, 5.2, 2.7), Arc(8.0, 14.0, 5.2, 188.0, 352.0)],
    /// A tree.
    Tree: [Dot(4.0, 3.5, 1.8), Line(&[(4.0, 3.5), (4.0, 12.5), (9.0, 12.5)]), Line(&[(4.0, 8.0), (9.0, 8.0)]), Dot(11.0, 8.0, 1.8), Dot(11.0, 12.5, 1.8)],
    /// A table.
    Table: [Closed(&[(2.5, 3.0), (13.5, 3.0), (13.5, 13.0), (2.5, 13.0)]), Line(&[(2.5, 6.4), (13.5, 6.4)]), Line(&[(2.5, 9.7), (13.5, 9.7)]), Line(&[(6.6, 6.4), (6.6, 13.0)])],
    /// One of many.
    Dot: [Dot(8.0, 8.0, 2.4)],
    /// Kept.
    Star: [Closed(&[(8.0, 2.0), (9.8, 6.0), (14.0, 6.4), (10.8, 9.2), (11.8, 13.4), (8.0, 11.2), (4.2, 13.4), (5.2, 9.2), (2.0, 6.4), (6.2, 6.0)])],
    /// Find.
    Search: [Circle(7.0, 7.0, 4.3), Line(&[(10.3, 10.3), (13.6, 13.6)])],
    /// Which columns.
    Columns: [Closed(&[(2.5, 3.0), (13.5, 3.0), (13.5, 13.0), (2.5, 13.0)]), Line(&[(6.2, 3.0), (6.2, 13.0)]), Line(&[(9.8, 3.0), (9.8, 13.0)])],
    /// Copy.
    Copy: [Closed(&[(5.5, 5.5), (13.0, 5.5), (13.0, 13.5), (5.5, 13.5)]), Line(&[(3.0, 10.5), (3.0, 2.8), (10.0, 2.8)])],
    /// What was said.
    Bell: [Line(&[(2.8, 11.6), (13.2, 11.6), (11.8, 9.6), (11.8, 6.6)]), Line(&[(2.8, 11.6), (4.2, 9.6), (4.2, 6.6)]), Arc(8.0, 6.6, 3.8, 180.0, 360.0), Line(&[(6.8, 13.8), (9.2, 13.8)])],
    /// The light theme.
    Sun: [Circle(8.0, 8.0, 2.9), Line(&[(8.0, 1.4), (8.0, 2.8)]), Line(&[(8.0, 13.2), (8.0, 14.6)]), Line(&[(1.4, 8.0), (2.8, 8.0)]), Line(&[(13.2, 8.0), (14.6, 8.0)]), Line(&[(3.3, 3.3), (4.3, 4.3)]), Line(&[(11.7, 11.7), (12.7, 12.7)]), Line(&[(12.7, 3.3), (11.7, 4.3)]), Line(&[(4.3, 11.7), (3.3, 12.7)])],
    /// The dark theme.
    Moon: [Arc(8.0, 8.0, 5.6, 20.0, 250.0), Arc(11.3, 4.5, 5.0, 62.0, 208.0)],
    /// The desktop's theme.
    Auto: [Circle(8.0, 8.0, 5.4), Fill(&[(8.0, 2.6), (8.0, 13.4), (5.3, 12.7), (3.3, 10.7), (2.6, 8.0), (3.3, 5.3), (5.3, 3.3)])],
    /// The settings.
    Sliders: [Line(&[(2.5, 4.0), (13.5, 4.0)]), Line(&[(2.5, 8.0), (13.5, 8.0)]), Line(&[(2.5, 12.0), (13.5, 12.0)]), Dot(10.5, 4.0, 2.0), Dot(5.5, 8.0, 2.0), Dot(9.0, 12.0, 2.0)],
    /// The keys.
    Help: [Circle(8.0, 8.0, 5.8), Arc(8.0, 6.6, 1.9, 180.0, 410.0), Line(&[(9.2, 8.1), (8.0, 9.4)]), Dot(8.0, 11.4, 0.9)],
    /// Away with it.
    Close: [Line(&[(4.0, 4.0), (12.0, 12.0)]), Line(&[(12.0, 4.0), (4.0, 12.0)])],
    /// Less.
    Minus: [Line(&[(3.5, 8.0), (12.5, 8.0)])],
    /// More.
    Plus: [Line(&[(3.5, 8.0), (12.5, 8.0)]), Line(&[(8.0, 3.5), (8.0, 12.5)])],
    /// All of it in view.
    Fit: [Line(&[(2.6, 6.2), (2.6, 2.6), (6.2, 2.6)]), Line(&[(9.8, 2.6), (13.4, 2.6), (13.4, 6.2)]), Line(&[(13.4, 9.8), (13.4, 13.4), (9.8, 13.4)]), Line(&[(6.2, 13.4), (2.6, 13.4), (2.6, 9.8)])],
    /// Nothing moves any more: a flake of snow.
    Freeze: [Line(&[(8.0, 1.4), (8.0, 14.6)]), Line(&[(2.3, 4.7), (13.7, 11.3)]), Line(&[(2.3, 11.3), (13.7, 4.7)]), Line(&[(6.2, 2.4), (8.0, 4.2), (9.8, 2.4)]), Line(&[(6.2, 13.6), (8.0, 11.8), (9.8, 13.6)])],
    /// All on one circle.
    Ring: [Dot(8.0, 2.2, 1.5), Dot(12.1, 3.9, 1.5), Dot(13.8, 8.0, 1.5), Dot(12.1, 12.1, 1.5), Dot(8.0, 13.8, 1.5), Dot(3.9, 12.1, 1.5), Dot(2.2, 8.0, 1.5), Dot(3.9, 3.9, 1.5)],
    /// One row below another.
    Layers: [Dot(8.0, 2.8, 1.7), Dot(4.6, 8.0, 1.7), Dot(11.4, 8.0, 1.7), Dot(2.8, 13.2, 1.7), Dot(8.0, 13.2, 1.7), Dot(13.2, 13.2, 1.7)],
    /// Discs of nodes.
    Grouped: [Circle(5.0, 5.4, 3.8), Dot(3.8, 5.0, 1.1), Dot(6.2, 6.2, 1.1), Circle(11.2, 11.0, 3.2), Dot(11.2, 11.0, 1.3)],
    /// Many as one.
    Group: [Circle(8.0, 8.0, 5.8), Dot(8.0, 5.4, 1.4), Dot(5.6, 9.6, 1.4), Dot(10.4, 9.6, 1.4)],
    /// Done.
    Check: [Line(&[(3.2, 8.4), (6.6, 11.8), (12.8, 4.8)])],
    /// A folder.
    Folder: [Closed(&[(2.2, 4.0), (6.4, 4.0), (7.8, 5.6), (13.8, 5.6), (13.8, 12.8), (2.2, 12.8)])],
    /// A recording.
    File: [Closed(&[(3.8, 2.2), (9.4, 2.2), (12.2, 5.0), (12.2, 13.8), (3.8, 13.8)]), Line(&[(9.2, 2.4), (9.2, 5.2), (12.0, 5.2)])],
    /// A wire.
    Wired: [Closed(&[(3.0, 3.2), (13.0, 3.2), (13.0, 10.2), (3.0, 10.2)]), Line(&[(8.0, 10.2), (8.0, 13.4)]), Line(&[(4.6, 13.4), (11.4, 13.4)])],
    /// A radio.
    Wireless: [Dot(8.0, 12.4, 1.2), Arc(8.0, 12.4, 4.2, 222.0, 318.0), Arc(8.0, 12.4, 7.4, 222.0, 318.0), Arc(8.0, 12.4, 10.6, 222.0, 318.0)],
    /// Back to oneself.
    Loop: [Arc(8.0, 8.0, 5.0, -30.0, 260.0), Line(&[(4.4, 2.6), (7.6, 3.0), (6.4, 5.8)])],
    /// Something within a computer.
    Cube: [Closed(&[(8.0, 1.8), (13.4, 4.8), (13.4, 11.2), (8.0, 14.2), (2.6, 11.2), (2.6, 4.8)]), Line(&[(2.6, 4.8), (8.0, 7.9), (13.4, 4.8)]), Line(&[(8.0, 7.9), (8.0, 14.2)])],
    /// What tells of another machine: something that sends.
    Probe: [Dot(8.0, 8.0, 1.7), Arc(8.0, 8.0, 4.0, -42.0, 42.0), Arc(8.0, 8.0, 4.0, 138.0, 222.0), Arc(8.0, 8.0, 6.6, -42.0, 42.0), Arc(8.0, 8.0, 6.6, 138.0, 222.0)],
    /// Everything.
    Globe: [Circle(8.0, 8.0, 5.8), Line(&[(2.2, 8.0), (13.8, 8.0)]), Arc(4.4, 8.0, 6.8, -58.0, 58.0), Arc(11.6, 8.0, 6.8, 122.0, 238.0)],
    /// Good to know.
    Info: [Circle(8.0, 8.0, 5.8), Line(&[(8.0, 7.4), (8.0, 11.2)]), Dot(8.0, 4.9, 0.9)],
    /// Something is missing.
    Warning: [Closed(&[(8.0, 2.2), (14.2, 13.2), (1.8, 13.2)]), Line(&[(8.0, 6.4), (8.0, 9.6)]), Dot(8.0, 11.4, 0.9)],
    /// Something does not work.
    Error: [Closed(&[(5.6, 2.2), (10.4, 2.2), (13.8, 5.6), (13.8, 10.4), (10.4, 13.8), (5.6, 13.8), (2.2, 10.4), (2.2, 5.6)]), Line(&[(8.0, 4.8), (8.0, 8.8)]), Dot(8.0, 11.0, 0.9)],
    /// What is let through.
    Funnel: [Closed(&[(2.4, 3.0), (13.6, 3.0), (9.6, 8.2), (9.6, 12.4), (6.4, 13.6), (6.4, 8.2)])],
    /// The details at the right.
    Panel: [Closed(&[(2.2, 3.0), (13.8, 3.0), (13.8, 13.0), (2.2, 13.0)]), Fill(&[(9.6, 3.0), (13.8, 3.0), (13.8, 13.0), (9.6, 13.0)])],
    /// Largest last.
    Up: [Line(&[(4.5, 10.0), (8.0, 6.0), (11.5, 10.0)])],
    /// Largest first; more below.
    Down: [Line(&[(4.5, 6.0), (8.0, 10.0), (11.5, 6.0)])],
    /// Go there.
    Right: [Line(&[(6.5, 3.5), (11.0, 8.0), (6.5, 12.5)])],
    /// From one to another.
    Arrow: [Line(&[(2.5, 8.0), (13.0, 8.0)]), Line(&[(9.2, 4.2), (13.0, 8.0), (9.2, 11.8)])],
    /// Of late.
    Clock: [Circle(8.0, 8.0, 5.8), Line(&[(8.0, 4.6), (8.0, 8.2), (10.6, 9.8)])],
    /// Where something is.
    Target: [Circle(8.0, 8.0, 4.6), Dot(8.0, 8.0, 1.4), Line(&[(8.0, 1.4), (8.0, 4.0)]), Line(&[(8.0, 12.0), (8.0, 14.6)]), Line(&[(1.4, 8.0), (4.0, 8.0)]), Line(&[(12.0, 8.0), (14.6, 8.0)])],
}

/// Draws an icon in the middle of `rect`, `size` points wide.
pub fn paint(painter: &Painter, rect: Rect, icon: Icon, size: f32, colour: Color32) {
    let scale = size / 16.0;
    let origin = rect.center() - Vec2::splat(size / 2.0);
    let place = |(x, y): (f32, f32)| origin + vec2(x, y) * scale;
    let places = |points: &[(f32, f32)]| points.iter().map(|p| place(*p)).collect::<Vec<Pos2>>();
    let stroke = Stroke::new((1.35 * scale).max(1.0), colour);
    for mark in icon.marks() {
        painter.add(match *mark {
            Line(points) => Shape::line(places(points), stroke),
            Closed(points) => Shape::closed_line(places(points), stroke),
            Fill(points) => Shape::convex_polygon(places(points), colour, Stroke::NONE),
            Circle(x, y, r) => Shape::circle_stroke(place((x, y)), r * scale, stroke),
            Dot(x, y, r) => Shape::circle_filled(place((x, y)), r * scale, colour),
            Arc(x, y, r, from, to) => Shape::line(arc(place((x, y)), r * scale, from, to), stroke),
        });
    }
}

fn arc(centre: Pos2, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
    const STEPS: u8 = 24;
    let angle = |i: u8| (from + (to - from) * f32::from(i) / f32::from(STEPS)).to_radians();
    (0..=STEPS).map(|i| centre + Vec2::angled(angle(i)) * radius).collect()
}

/// An icon in a row of text.
pub fn icon_ui(ui: &mut Ui, icon: Icon, size: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    paint(ui.painter(), rect, icon, size, colour);
    response
}

/// A button that is an icon; `name` is what a screen reader says and a tooltip begins with.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    toggle(ui, icon, name, None)
}

/// The same, for something that is on or off.
pub fn icon_toggle(ui: &mut Ui, icon: Icon, name: &str, on: bool) -> Response {
    toggle(ui, icon, name, Some(on))
}

fn toggle(ui: &mut Ui, icon: Icon, name: &str, on: Option<bool>) -> Response {
    let palette = Palette::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(30.0, 28.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| match on {
        Some(on) => WidgetInfo::selected(Role::Button, enabled, on, name),
        None => WidgetInfo::labeled(Role::Button, enabled, name),
    });
    let on = on == Some(true);
    let fill = match (response.hovered() || response.has_focus(), on) {
        (true, _) => palette.hover,
        (false, true) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 6.0, fill);
    focus_ring(ui, rect, &response);
    let colour = if !enabled {
        palette.faint
    } else if on {
        palette.accent
    } else if response.hovered() {
        palette.text
    } else {
        palette.weak
    };
    paint(ui.painter(), rect, icon, 16.0, colour);
    response
}

/// Shows where the keyboard is.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui.ctx()).accent);
        ui.painter().rect_stroke(rect, 6.0, stroke, egui::StrokeKind::Inside);
    }
}

/// The sign of the program: three hosts that talk.
pub fn logo(painter: &Painter, rect: Rect, palette: &Palette) {
    let scale = rect.width() / 32.0;
    let at = |x: f32, y: f32| pos2(rect.left() + x * scale, rect.top() + y * scale);
    let (hub, one, two) = (at(12.0, 20.0), at(25.0, 8.0), at(27.0, 25.0));
    let line = Stroke::new(2.4 * scale, palette.accent.gamma_multiply(0.55));
    painter.line_segment([hub, one], line);
    painter.line_segment([hub, two], line);
    painter.circle_filled(at(19.5, 13.1), 1.7 * scale, palette.text);
    painter.circle_filled(hub, 7.5 * scale, palette.accent);
    painter.circle_filled(one, 4.2 * scale, palette.family(graph::Family::Names));
    painter.circle_filled(two, 3.4 * scale, palette.family(graph::Family::Files));
}
