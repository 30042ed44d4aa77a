//! Paints the stage with any brush: links, the dots that run along them, discs of hosts, squares of processes. On the screen it is one mesh, which is
//! used again in the next frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Vec2, vec2};
use graph::{LinkId, Node as Who, Scope, Subject};

use super::brush::{Brush, MeshBrush, Outline, Stamps, Stencils, between_discs};
use super::discs::Ground;
use super::scale::{dots, self_loop};
use super::stage::{Edge, Figure, LineId, News, Node, PHASES, Stage};
use crate::theme::Palette;

/// No more dots than this in a frame; if there were more, all links get fewer.
const MAX_DOTS: f32 = 1500.0;
/// No more arrows than this.
const MAX_ARROWS: usize = 250;
/// Links that are shorter than this have no dots, in points.
const SHORTEST_WITH_DOTS: f32 = 24.0;
/// Forks that are shorter than this have no arrow, in points.
const SHORTEST_WITH_ARROW: f32 = 14.0;
/// Discs smaller than this show no sign that they are worth a second look, and how large that is, in points.
const SMALLEST_WITH_SIGN: f32 = 4.0;
const SIGN: f32 = 3.0;
/// Discs smaller than this show no rings of their own, in points.
const SMALLEST_WITH_RING: f32 = 4.5;
/// Discs smaller than this do not glow, in points.
const SMALLEST_WITH_GLOW: f32 = 7.0;

/// What the painter keeps from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct Canvas {
    stencils: Stencils,
    /// The brush's texture, once anything was painted.
    stamps: Option<Stamps>,
    mesh: Arc<Mesh>,
}

/// How a frame looks, apart from what is on the stage.
pub struct Look<'a> {
    /// The colours.
    pub palette: &'a Palette,
    /// The discs of open groups.
    pub grounds: &'a [Ground],
    /// Points a layout unit.
    pub zoom: f32,
    /// Whether dots show where traffic goes; else arrows do.
    pub dots: bool,
    /// What is selected.
    pub selected: Option<Subject>,
    /// The selected nodes.
    pub chosen: &'a BTreeSet<Who>,
    /// What the pointer is on.
    pub hovered: Option<Subject>,
    /// Nodes that stay where they were put.
    pub pinned: &'a BTreeSet<Who>,
}

impl Canvas {
    /// Paints all of it within `screen`.
    pub fn paint(&mut self, painter: &Painter, screen: Rect, stage: &Stage, look: &Look<'_>) {
        self.stamps.get_or_insert_with(|| Stamps::new(painter.ctx()));
        self.draw(screen, painter.pixels_per_point(), stage, look);
        painter.add(Shape::Mesh(Arc::clone(&self.mesh)));
    }

    /// How many vertices the last frame had.
    pub fn vertices(&self) -> usize {
        self.mesh.vertices.len()
    }

    /// Paints something small beside it.
    pub(super) fn sketch(&self, painter: &Painter, draw: impl FnOnce(&mut MeshBrush<'_>)) {
        let mut mesh = Mesh::with_texture(self.stamps.as_ref().map(Stamps::id).unwrap_or_default());
        draw(&mut MeshBrush::new(&mut mesh, &self.stencils, painter.clip_rect(), painter.pixels_per_point()));
        if !mesh.is_empty() {
            painter.add(mesh);
        }
    }

    /// Builds the mesh. Last frame's is used again where egui has let go of it.
    fn draw(&mut self, screen: Rect, pixels_per_point: f32, stage: &Stage, look: &Look<'_>) {
        if Arc::get_mut(&mut self.mesh).is_none() {
            self.mesh = Arc::default();
        }
        let Some(mesh) = Arc::get_mut(&mut self.mesh) else { return };
        mesh.clear();
        mesh.texture_id = self.stamps.as_ref().map(Stamps::id).unwrap_or_default();
        paint(&mut MeshBrush::new(mesh, &self.stencils, screen, pixels_per_point), screen, stage, look);
    }
}

/// Paints all of a stage that is within `screen`.
pub(super) fn paint(brush: &mut impl Brush, screen: Rect, stage: &Stage, look: &Look<'_>) {
    for ground in look.grounds {
        let colour = look.palette.group;
        brush.rimmed(Outline::Circle, ground.at, ground.radius, 1.2, colour.gamma_multiply(0.06), colour.gamma_multiply(0.4));
    }
    ghosts(brush, stage, look);
    let ways = links(brush, screen, stage, look);
    if look.dots {
        run_dots(brush, &ways, look);
    }
    for node in stage.nodes().iter().filter(|node| node.visible) {
        disc(brush, node, look);
    }
}

/// What is gone lies below all that is there.
fn ghosts(brush: &mut impl Brush, stage: &Stage, look: &Look<'_>) {
    for line in stage.ghosts().lines() {
        let [from, to] = line.ends;
        let colour = line.edge.family.map_or(look.palette.weak, |family| look.palette.family(family));
        brush.line(from, to, Stage::width(&line.edge, look.zoom), colour.gamma_multiply(0.26 * line.edge.opacity));
    }
    for node in stage.ghosts().nodes().iter().filter(|node| node.visible) {
        disc(brush, node, look);
    }
}

/// A link between the discs of its ends, if it is on the screen and busy.
struct Way<'a> {
    edge: &'a Edge,
    from: Pos2,
    to: Pos2,
    colour: Color32,
}

/// Paints all links, the idle ones first, and returns those that are busy.
fn links<'a>(brush: &mut impl Brush, screen: Rect, stage: &'a Stage, look: &Look<'_>) -> Vec<Way<'a>> {
    let mut ways = Vec::new();
    let [selected, hovered] = [look.selected, look.hovered].map(link_of);
    for edge in stage.edges() {
        let Some((a, b)) = stage.ends(edge) else { continue };
        if !screen.intersects(Rect::from_two_pos(a.at, b.at).expand(a.radius * 2.0)) {
            continue;
        }
        let Some(family) = edge.family else {
            if matches!(edge.id, LineId::Fork(_)) {
                fork(brush, a, b, edge, look);
            }
            continue;
        };
        let colour = edge.probe.map_or_else(|| look.palette.family(family), |tint| look.palette.process(tint));
        let is = |link: Option<LinkId>| link.is_some() && link == edge.link;
        let marked = is(selected) || is(hovered);
        if a.id == b.id {
            self_loop_of(brush, a, edge, if marked { look.palette.accent } else { colour }, look);
            continue;
        }
        if edge.activity > 0.0 || marked {
            let Some((from, to)) = between_discs(a.at, b.at, a.radius, b.radius) else { continue };
            ways.push(Way { edge, from, to, colour });
        } else {
            brush.line(a.at, b.at, Stage::width(edge, look.zoom), colour.gamma_multiply(0.26 * edge.opacity));
        }
    }
    for way in &ways {
        let width = Stage::width(way.edge, look.zoom);
        let is = |link: Option<LinkId>| link.is_some() && link == way.edge.link;
        if is(selected) {
            brush.line(way.from, way.to, width + 6.0, look.palette.accent.gamma_multiply(0.45));
        } else if is(hovered) {
            brush.line(way.from, way.to, width + 5.0, way.colour.gamma_multiply(0.25));
        }
        let strength = (0.3 + 0.45 * way.edge.activity) * way.edge.opacity;
        brush.line(way.from, way.to, width, way.colour.gamma_multiply(strength));
    }
    if !look.dots {
        directions(brush, &ways);
    }
    ways
}

/// Where nothing moves, arrows say where most goes; of a crowd only those of the busiest, or nothing else would be seen.
fn directions(brush: &mut impl Brush, ways: &[Way<'_>]) {
    let mut directed: Vec<&Way<'_>> = ways.iter().filter(|way| way.edge.ways.iter().any(|way| *way > 0.0)).collect();
    if directed.len() > MAX_ARROWS {
        directed.sort_by(|a, b| b.edge.activity.total_cmp(&a.edge.activity));
        directed.truncate(MAX_ARROWS);
    }
    directed.into_iter().for_each(|way| direction(brush, way));
}

/// From a process to one that it began: dashes, and an arrow where they arrive.
fn fork(brush: &mut impl Brush, parent: &Node, child: &Node, edge: &Edge, look: &Look<'_>) {
    let Some((from, to)) = between_discs(parent.at, child.at, parent.radius + 2.0, child.radius + 3.0) else { return };
    let colour = look.palette.weak.gamma_multiply(0.75 * edge.opacity);
    brush.dashes(from, to, 1.2, colour);
    if from.distance(to) > SHORTEST_WITH_ARROW {
        brush.arrow(to, to - from, 5.0, colour);
    }
}

/// A link of a host with itself: a loop that begins and ends behind its disc.
fn self_loop_of(brush: &mut impl Brush, node: &Node, edge: &Edge, colour: Color32, look: &Look<'_>) {
    let (away, radius) = self_loop(node.radius);
    let strength = (0.3 + 0.45 * edge.activity) * edge.opacity;
    brush.ring(
        Outline::Circle,
        node.at + vec2(away, -away),
        radius,
        Stage::width(edge, look.zoom).max(1.0),
        colour.gamma_multiply(strength),
    );
}

/// An arrow in the middle says where most of it goes.
fn direction(brush: &mut impl Brush, way: &Way<'_>) {
    let [there, back] = way.edge.ways;
    let along = if there >= back { way.to - way.from } else { way.from - way.to };
    if along.length() > SHORTEST_WITH_DOTS {
        let middle = way.from + (way.to - way.from) / 2.0 + along.normalized() * 3.0;
        brush.arrow(middle, along, 6.0, way.colour.gamma_multiply(way.edge.opacity));
    }
}

/// Dots in both directions, each on its own side of the line; like the traffic of a road, they keep to the right.
fn run_dots(brush: &mut impl Brush, ways: &[Way<'_>], look: &Look<'_>) {
    let long = || ways.iter().map(|way| (way, way.to - way.from)).filter(|(_, span)| span.length() > SHORTEST_WITH_DOTS);
    let wanted: f32 =
        long().flat_map(|(way, span)| way.edge.ways.map(|busy| if busy > 0.0 { span.length() / dots(busy).1 } else { 0.0 })).sum();
    let thinned = (wanted / MAX_DOTS).ceil().clamp(1.0, PHASES);
    for (way, span) in long() {
        let aside = span.normalized().rot90() * if way.edge.ways.iter().all(|busy| *busy > 0.0) { 2.0 } else { 0.0 };
        let [there, back] = [(way.from + aside, span), (way.to - aside, -span)];
        for ((start, span), (busy, phase)) in [there, back].into_iter().zip(way.edge.ways.into_iter().zip(way.edge.phases)) {
            if busy > 0.0 {
                let (_, gap, radius) = dots(busy);
                let run = Run { start, span, first: phase % thinned * gap, gap: gap * thinned, radius };
                run.draw(brush, bright(way.colour, look.palette), way.edge.opacity);
            }
        }
    }
}

/// The dots of one direction.
struct Run {
    start: Pos2,
    span: Vec2,
    first: f32,
    gap: f32,
    radius: f32,
}

impl Run {
    fn draw(&self, brush: &mut impl Brush, colour: Color32, opacity: f32) {
        let (length, along) = (self.span.length(), self.span.normalized());
        let mut at = self.first;
        while at < length {
            let near_end = (at.min(length - at) / 10.0).min(1.0);
            brush.disc(self.start + along * at, self.radius, colour.gamma_multiply(opacity * near_end * 0.95));
            at += self.gap;
        }
    }
}

/// A colour that stands out from a line of the same hue.
fn bright(colour: Color32, palette: &Palette) -> Color32 {
    colour.lerp_to_gamma(if palette.dark { Color32::WHITE } else { Color32::BLACK }, 0.35)
}

/// A host: filled on the local network, a ring on the Internet, a diamond for many at once, ringed twice for this machine. A process: a square
/// with round corners, hollow once it is dead.
fn disc(brush: &mut impl Brush, node: &Node, look: &Look<'_>) {
    let (palette, at, r) = (look.palette, node.at, node.radius);
    let colour = node.probe.map_or_else(|| colour(node.figure, palette), |tint| palette.process(tint));
    let hovered = look.hovered.and_then(Who::of) == Some(node.id);
    let selected = look.chosen.contains(&node.id);
    if node.activity > 0.3 && r > SMALLEST_WITH_GLOW && palette.dark {
        brush.glow(at, r * 0.8, r * 1.9, colour.gamma_multiply(0.16 * (node.activity - 0.3) * node.opacity));
    }
    if let Some(news) = node.news {
        tell(brush, node, news, palette);
    }
    if selected {
        brush.glow(at, r * 0.8, r + 16.0, palette.accent.gamma_multiply(0.5));
        brush.ring(Outline::Circle, at, r + 5.0, 2.0, palette.accent);
    } else if hovered {
        brush.ring(Outline::Circle, at, r + 4.5, 1.5, palette.text.gamma_multiply(0.8));
    } else if node.near {
        brush.ring(Outline::Circle, at, r + 3.5, 1.0, palette.text.gamma_multiply(0.3));
    }
    // What is behind a disc does not shine through it, however faint the disc.
    let ground = palette.background;
    let fill = |part: f32| ground.lerp_to_gamma(colour, part * node.opacity);
    let rim = (r * 0.2).clamp(1.2, 2.5);
    shape(brush, at, r, rim, node.figure, fill, ground.lerp_to_gamma(palette.accent, node.opacity));
    if node.sign && r > SMALLEST_WITH_SIGN {
        let beside = at + vec2(-r, -r) * 0.78;
        brush.disc(beside, SIGN + 1.5, ground);
        brush.disc(beside, SIGN, ground.lerp_to_gamma(palette.warn, node.opacity));
    }
    if look.pinned.contains(&node.id) {
        pin(brush, at + vec2(r, -r) * 0.72, look);
    }
}

/// The shape of a figure, in so much of its colour as `fill` makes of a part; this machine's ring has a colour of its own.
pub(super) fn shape(brush: &mut impl Brush, at: Pos2, r: f32, rim: f32, figure: Figure, fill: impl Fn(f32) -> Color32, own: Color32) {
    match figure {
        Figure::Host(Scope::Local) => brush.disc(at, r, fill(0.92)),
        Figure::Host(Scope::Own) => {
            brush.disc(at, r, fill(1.0));
            if r > SMALLEST_WITH_RING {
                brush.ring(Outline::Circle, at, r * 0.72, rim, own);
            }
        }
        Figure::Host(Scope::Internet) if r > SMALLEST_WITH_RING => brush.rimmed(Outline::Circle, at, r, rim, fill(0.22), fill(0.95)),
        Figure::Host(Scope::Internet) => brush.disc(at, r, fill(0.7)),
        Figure::Host(Scope::Multicast) => brush.rimmed(Outline::Diamond, at, r, rim, fill(0.22), fill(0.95)),
        Figure::Group { quiet, .. } => {
            brush.rimmed(Outline::Hexagon, at, r, rim, fill(0.14), fill(if quiet { 0.4 } else { 0.8 }));
            brush.disc(at, r * 0.55, fill(if quiet { 0.3 } else { 0.55 }));
        }
        Figure::Process { alive: true, .. } => brush.rimmed(Outline::Square, at, r, rim, fill(0.92), fill(0.92)),
        Figure::Process { alive: false, .. } => brush.rimmed(Outline::Square, at, r, rim, fill(0.1), fill(0.85)),
    }
}

/// A birth glows green, a death red, and less and less; around a host that comes a ring grows and goes.
fn tell(brush: &mut impl Brush, node: &Node, news: News, palette: &Palette) {
    let (colour, age) = match news {
        News::Came(age) => {
            let clear = (1.0 - age) * node.opacity;
            brush.ring(Outline::Circle, node.at, node.radius + 3.0 + 14.0 * age, 2.0, palette.accent.gamma_multiply(0.8 * clear));
            return;
        }
        News::Born(age) => (palette.good, age),
        News::Died(age) => (palette.bad, age),
    };
    let (left, r) = (1.0 - age, node.radius);
    brush.glow(node.at, r * 0.8, r + 8.0 + 8.0 * left, colour.gamma_multiply(0.55 * left));
    brush.ring(Outline::Square, node.at, r + 4.0, 2.0, colour.gamma_multiply(0.9 * left));
}

/// The sign that a node stays where it was put: a pin, stuck in at `at`.
fn pin(brush: &mut impl Brush, at: Pos2, look: &Look<'_>) {
    let head = at + vec2(4.0, -6.0);
    brush.line(at, head, 1.6, look.palette.text);
    brush.disc(head, 4.6, look.palette.background);
    brush.disc(head, 3.6, look.palette.accent);
}

/// The colour of a figure.
pub(super) fn colour(figure: Figure, palette: &Palette) -> Color32 {
    match figure {
        Figure::Host(Scope::Own) => palette.own,
        Figure::Host(Scope::Local) => palette.lan,
        Figure::Host(Scope::Internet) => palette.internet,
        Figure::Host(Scope::Multicast) => palette.multicast,
        Figure::Process { tint, .. } => palette.process(tint),
        Figure::Group { .. } => palette.group,
    }
}

fn link_of(subject: Option<Subject>) -> Option<LinkId> {
    match subject {
        Some(Subject::Link(id)) => Some(id),
        _ => None,
    }
}
