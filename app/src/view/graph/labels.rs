//! Labels: the names of the nodes that matter, as many as there is room for.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::epaint::{RectShape, TextShape};
use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Shape, Vec2, vec2};
use graph::Node as Who;

use super::Scene;
use super::brush::SvgBrush;
use super::occupancy::Occupancy;
use super::placer::{Side, Wish, has_room, place};
use super::shorten::shorten;
use super::stage::{Node, Stage};
use crate::theme::Palette;

/// No more labels than this, and no more than one for each of so many square points.
const MAX_LABELS: usize = 200;
const POINTS_A_LABEL: f32 = 9_000.0;
/// So many nodes are tried for each label that may be shown.
const TRIED: usize = 10;
/// Longer names are shortened to so many characters.
const MAX_CHARS: usize = 26;
/// While nothing moves, labels are chosen again after so many frames.
const KEPT_FRAMES: u32 = 6;
/// A label that is shown stays until another node is so much more important.
const STAYS: f32 = 0.25;
/// Discs that are smaller may be covered, in points.
const DUST: f32 = 3.0;
/// The rings around what is selected or under the pointer, in points.
const RING: f32 = 6.0;
/// Free space around the text, in points.
const PADDING: Vec2 = vec2(3.0, 1.0);

/// A label that is shown.
#[derive(Clone, Debug)]
pub struct Label {
    /// Whose it is.
    pub id: Who,
    /// Where it is.
    pub rect: Rect,
    side: Side,
    galley: Arc<Galley>,
    strong: bool,
    opacity: f32,
}

impl Label {
    /// What it says.
    pub fn text(&self) -> &str {
        self.galley.text()
    }

    fn ground(&self, palette: &Palette) -> Color32 {
        palette.background.gamma_multiply(if self.strong { 0.92 } else { 0.72 })
    }

    fn colour(&self, palette: &Palette) -> Color32 {
        if self.strong { palette.text } else { palette.text.lerp_to_gamma(palette.weak, 0.35) }
    }
}

/// The labels of a frame, and what is remembered from the last one.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    shown: Vec<Label>,
    before: BTreeMap<Who, Side>,
    /// How important the nodes are, and where they are on the stage.
    candidates: Vec<(f32, u32)>,
    taken: Occupancy,
    discs: Occupancy,
    /// About what they were chosen, and how many frames ago.
    about: About,
    age: u32,
}

/// What labels depend on beside the nodes.
#[derive(Clone, Debug, PartialEq)]
struct About {
    area: Rect,
    kept_free: Vec<Rect>,
    selected: Option<Who>,
    hovered: Option<Who>,
    chosen: usize,
}

impl Default for About {
    fn default() -> Self {
        About { area: Rect::NOTHING, kept_free: Vec::new(), selected: None, hovered: None, chosen: 0 }
    }
}

/// Which nodes matter more than their traffic says.
pub struct Favour<'a> {
    /// Selected.
    pub selected: Option<Who>,
    /// Under the pointer.
    pub hovered: Option<Who>,
    /// Selected, too.
    pub chosen: &'a std::collections::BTreeSet<Who>,
    /// Around what the labels stand, if all nodes are on a circle.
    pub centre: Option<Pos2>,
    /// Pinned.
    pub pinned: &'a std::collections::BTreeSet<Who>,
}

impl Labels {
    /// The labels that are shown, the most important one first.
    pub fn shown(&self) -> &[Label] {
        &self.shown
    }

    /// Chooses the labels of this frame. None covers the rectangles that are `kept_free`.
    pub fn choose(&mut self, painter: &Painter, area: Rect, stage: &Stage, scene: &Scene<'_>, favour: &Favour<'_>, kept_free: &[Rect]) {
        let Favour { selected, hovered, chosen, .. } = favour;
        let about = About { area, kept_free: kept_free.to_vec(), selected: *selected, hovered: *hovered, chosen: chosen.len() };
        if stage.is_still() && self.about == about && self.age < KEPT_FRAMES {
            self.age += 1;
            self.fade(stage);
            return;
        }
        (self.about, self.age) = (about, 0);
        self.taken.clear(area);
        self.discs.clear(area);
        kept_free.iter().for_each(|rect| self.taken.take(*rect));
        self.candidates.clear();
        // Both are in the order of identities.
        let mut before = self.before.keys().peekable();
        for (index, node) in (0..).zip(stage.nodes()).filter(|(_, node)| node.visible) {
            while before.next_if(|id| **id < node.id).is_some() {}
            if node.radius > DUST {
                self.discs.take(Rect::from_center_size(node.at, Vec2::splat(2.0 * node.radius)));
            }
            if node.opacity > 0.3 {
                self.candidates.push((rank(node, favour, before.peek() == Some(&&node.id)), index));
            }
        }
        let most = MAX_LABELS.min((area.area() / POINTS_A_LABEL) as usize);
        keep_first(&mut self.candidates, most * TRIED, |(a, x), (b, y)| b.total_cmp(a).then(x.cmp(y)));

        self.shown.clear();
        for (_, index) in &self.candidates {
            let Some(node) = stage.nodes().get(*index as usize) else { continue };
            if self.shown.len() >= most {
                break;
            }
            let strong = favour.selected == Some(node.id) || favour.hovered == Some(node.id);
            let before = self.before.get(&node.id).copied();
            let (disc, size) = (node.at, Vec2::splat(scene.text_size));
            let least = Wish { disc, radius: node.radius, size, must: false, before: None, first: Side::default() };
            if !strong && before.is_none() && !has_room(&least, area, &self.taken, &self.discs) {
                continue;
            }
            let Some(name) = scene.label(node.id) else { continue };
            let galley = lay_out(painter, &name, scene.text_size, strong);
            let outwards = favour.centre.map(|centre| Side::away_from(centre, node.at));
            // Around a circle all labels stand outside of it, whatever was before.
            let (before, first) = (before.filter(|side| outwards.is_none_or(|out| out == *side)), outwards.unwrap_or_default());
            let ring = if strong { RING } else { 0.0 };
            let wish = Wish { disc: node.at, radius: node.radius + ring, size: galley.size() + 2.0 * PADDING, must: strong, before, first };
            if let Some((side, rect)) = place(&wish, area, &mut self.taken, &self.discs) {
                self.shown.push(Label { id: node.id, rect, side, galley, strong, opacity: node.opacity });
            }
        }
        self.before.clear();
        self.before.extend(self.shown.iter().map(|label| (label.id, label.side)));
    }

    /// They are where they were, as clear as their nodes are now.
    fn fade(&mut self, stage: &Stage) {
        for label in &mut self.shown {
            if let Some(node) = stage.node(label.id) {
                label.opacity = node.opacity;
            }
        }
    }

    /// Paints them, each on a soft ground so that it reads over links.
    pub fn paint(&self, painter: &Painter, scene: &Scene<'_>) {
        let palette = scene.palette;
        painter.extend(self.shown.iter().map(|label| {
            Shape::from(RectShape::filled(label.rect.shrink(1.0), CornerRadius::same(5), label.ground(palette)).with_blur_width(5.0))
        }));
        for label in &self.shown {
            let text = TextShape::new(label.rect.min + PADDING, Arc::clone(&label.galley), label.colour(palette));
            painter.add(text.with_opacity_factor(label.opacity));
        }
    }

    /// Writes them into a picture, each on its ground.
    pub(super) fn write(&self, brush: &mut SvgBrush, scene: &Scene<'_>) {
        for label in &self.shown {
            brush.rect(label.rect.shrink(1.0), 4.0, label.ground(scene.palette));
        }
        for label in &self.shown {
            let colour = label.colour(scene.palette).gamma_multiply(label.opacity);
            brush.galley(label.rect.min + PADDING, &label.galley, scene.text_size, label.strong, colour);
        }
    }
}

/// How important a node's label is; sizes are eased, so this is steady from frame to frame.
fn rank(node: &Node, favour: &Favour<'_>, was_shown: bool) -> f32 {
    let is = |id: Option<Who>| if id == Some(node.id) { 1.0 } else { 0.0 };
    let chosen = if favour.chosen.contains(&node.id) { 1.0 } else { 0.0 };
    let pinned = if favour.pinned.contains(&node.id) { 1.0 } else { 0.0 };
    let stays = if was_shown { STAYS } else { 0.0 };
    let linked = (1.0 + node.neighbours as f32).ln() * 0.12;
    let near = if node.near { 2.0 } else { 0.0 };
    let wanted = 40.0 * is(favour.selected) + 30.0 * is(favour.hovered) + 20.0 * chosen + 10.0 * pinned;
    wanted + near + node.activity + linked + stays
}

/// Keeps only the first `n` of a list in an order, sorted.
fn keep_first<T>(list: &mut Vec<T>, n: usize, order: impl Fn(&T, &T) -> std::cmp::Ordering + Copy) {
    if n == 0 {
        list.clear();
    } else if list.len() > n {
        list.select_nth_unstable_by(n - 1, order);
        list.truncate(n);
    }
    list.sort_unstable_by(order);
}

/// The text of a label; egui keeps it from frame to frame.
fn lay_out(painter: &Painter, name: &str, size: f32, strong: bool) -> Arc<Galley> {
    let name = shorten(name, MAX_CHARS);
    let font = if strong { crate::theme::strong(size) } else { FontId::proportional(size) };
    painter.layout_no_wrap(name, font, Color32::PLACEHOLDER)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Net;
    use super::*;

    #[test]
    fn who_is_busier_comes_first_but_who_is_shown_stays_and_who_is_selected_beats_all() {
        let net = Net::star(2).placed(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]);
        let stage = net.stage();
        let rank = |host: usize, selected: Option<usize>, was_shown: bool| {
            let selected = selected.map(|host| net.node(host));
            let none = std::collections::BTreeSet::new();
            let favour = Favour { selected, hovered: None, chosen: &none, centre: None, pinned: &none };
            rank(stage.node(net.node(host)).unwrap(), &favour, was_shown)
        };
        assert!(rank(2, None, false) > rank(1, None, false));
        assert!(rank(1, None, true) > rank(2, None, false));
        assert!(rank(2, Some(2), false) > rank(1, None, true));
    }

    #[test]
    fn labels_neither_flicker_nor_jump_while_rates_wobble() {
        let places: Vec<_> = (0..120).map(|n| ((n * 137 % 900) as f32 - 450.0, (n * 211 % 700) as f32 - 350.0)).collect();
        let mut net = Net::star(119).placed(&places);
        let ctx = egui::Context::default();
        crate::theme::install(&ctx);
        let (mut stage, mut labels) = (Stage::default(), Labels::default());
        let motion = super::super::stage::Motion { dt: 0.033, smooth: true, running: true };
        let rates: Vec<f32> = net.drawn.nodes.iter().map(|node| node.rate).collect();
        let mut shown = Vec::new();
        for frame in 0..130_u16 {
            for (nth, (node, rate)) in net.drawn.nodes.iter_mut().zip(&rates).enumerate() {
                node.rate = rate * (1.0 + 0.25 * (f32::from(frame) * 1.3 + nth as f32).sin());
            }
            net.drawn.version += 1;
            let scene = Scene { reduced_motion: false, ..net.scene() };
            let input = egui::RawInput { screen_rect: Some(Net::SCREEN), ..egui::RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| {
                stage.update(&scene, &crate::state::mode::Tints::default(), &super::super::Lens::default(), &[], &motion);
                stage.project(Net::SCREEN, super::super::Sight { centre: Pos2::ZERO, zoom: 1.0 });
                let none = std::collections::BTreeSet::new();
                let favour = Favour { selected: None, hovered: None, chosen: &none, centre: None, pinned: &none };
                labels.choose(&ui.painter_at(Net::SCREEN), Net::SCREEN, &stage, &scene, &favour, &[]);
            });
            output.textures_delta.clear();
            let mut now: Vec<(Who, Side)> = labels.shown().iter().map(|label| (label.id, label.side)).collect();
            now.sort_by_key(|(id, _)| *id);
            // The first second everything grows.
            if frame > 30 {
                assert_eq!(shown, now, "frame {frame}");
            }
            shown = now;
        }
        assert!(shown.len() > 30, "{}", shown.len());
    }
}
