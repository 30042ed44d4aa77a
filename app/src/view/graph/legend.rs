//! The legend: the families of services that are there now, or the probes; how far away hosts are, whose the processes are, and how many of these do not show.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Color32, FontId, Galley, Painter, Pos2, Rect, Response, Role as Widget, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use graph::{Cast, Family, Scope};

use super::Scene;
use super::brush::{Brush, SvgBrush};
use super::paint::{colour, shape};
use super::shorten::shorten;
use super::stage::Figure;
use crate::state::graph::Graph;
use crate::state::mode::{Colouring, Tint};
use crate::units::count;
use crate::view::icon::focus_ring;

/// Free space around it, and within its edge, in points.
const AWAY: f32 = 12.0;
const MARGIN: Vec2 = vec2(6.0, 3.0);
/// The room of a sign, left of its word, in points; and of a word without one.
const SIGN: f32 = 30.0;
const NO_SIGN: f32 = 8.0;
/// Longer words are shortened to so many characters: names of units are long.
const MAX_CHARS: usize = 64;
/// Roles are left out of a view that is narrower than this, in points.
const NARROW: f32 = 1100.0;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Family(Family),
    Figure(Figure),
    /// Whose probe counted the most.
    Probe(Tint),
    /// How many processes there are beside.
    Rest,
}

/// A sign and a word.
struct Entry {
    meaning: Meaning,
    word: Arc<Galley>,
    rect: Rect,
}

/// Shows it in the lower left corner. A click on a family brings it out.
pub(super) fn legend_ui(ui: &Ui, screen: Rect, scene: &Scene<'_>, state: &mut Graph) {
    let room = screen.shrink(AWAY);
    let mut entries = entries(ui.painter(), scene, state, screen.width() >= NARROW);
    if entries.is_empty() {
        state.legend_height = 0.0;
        return;
    }
    let size = arrange(&mut entries, room.width() - 2.0 * MARGIN.x) + 2.0 * MARGIN;
    let ground = Rect::from_min_size(pos2(room.left(), room.bottom() - size.y), size);
    ui.painter().rect_filled(ground, 8.0, scene.palette.panel.gamma_multiply(0.9));
    for entry in &mut entries {
        entry.rect = entry.rect.translate(ground.min + MARGIN - Pos2::ZERO);
        let lit = match entry.meaning {
            Meaning::Family(family) => family_ui(ui, scene, state, entry, family),
            Meaning::Figure(_) => true,
            Meaning::Probe(tint) => probe_ui(ui, entry, tint),
            Meaning::Rest => rest_ui(ui, entry),
        };
        ui.painter().galley(entry.word_at(), Arc::clone(&entry.word), if lit { scene.palette.weak } else { scene.palette.faint });
        state.canvas.sketch(ui.painter(), |brush| entry.sign(brush, scene, if lit { 1.0 } else { 0.3 }));
    }
    state.legend_height = size.y + AWAY / 2.0;
    state.kept_free.push(ground);
}

/// What is there now: the families, in the order of [`Family::ALL`], then how far hosts are away and processes, then what is not shown. Where colours stand for
/// probes these come first, and of the families only the one that is brought out.
fn entries(painter: &Painter, scene: &Scene<'_>, state: &Graph, with_hosts: bool) -> Vec<Entry> {
    let families: BTreeSet<Family> = kinds(state.stage.edges().iter().filter_map(|edge| edge.family));
    let figures = || state.stage.nodes().iter().map(|node| node.figure);
    let scopes: BTreeSet<Scope> = if with_hosts { kinds(figures().filter_map(Figure::scope)) } else { BTreeSet::new() };
    let by_probe = scene.colouring == Colouring::Probe;
    let tints: BTreeSet<Tint> = if by_probe { BTreeSet::new() } else { kinds(figures().filter_map(Figure::tint)) };
    let of_nodes = || state.stage.nodes().iter().map(|node| node.probe.or(node.figure.tint()));
    let of_lines = || state.stage.edges().iter().map(|edge| edge.probe);
    let probes: BTreeSet<Tint> = if by_probe { kinds(of_nodes().chain(of_lines()).flatten()) } else { BTreeSet::new() };
    let probes = probes.into_iter().map(|tint| (Meaning::Probe(tint), state.tints.label(tint)));

    let families = Family::ALL.into_iter().filter(|family| families.contains(family) && (!by_probe || state.lens.family == Some(*family)));
    let families = families.map(|family| (Meaning::Family(family), family.label().to_owned()));
    let scopes = scopes.into_iter().map(|scope| (Meaning::Figure(Figure::Host(scope)), scope.label().to_owned()));
    let tints = tints.into_iter().map(|tint| (Meaning::Figure(Figure::Process { tint, alive: true }), state.tints.label(tint)));
    let group = figures().find(|figure| matches!(figure, Figure::Group { .. })).filter(|_| with_hosts);
    let group = group.map(|_| (Meaning::Figure(Figure::Group { members: 1, quiet: false }), "Group".to_owned()));
    let rest = scene.cast().and_then(rest).map(|words| (Meaning::Rest, words));
    let font = FontId::proportional(scene.text_size);
    let entry = |(meaning, label): (Meaning, String)| {
        let word = painter.layout_no_wrap(shorten(&label, MAX_CHARS), font.clone(), Color32::PLACEHOLDER);
        Entry { meaning, word, rect: Rect::NOTHING }
    };
    probes.chain(families).chain(scopes).chain(group).chain(tints).chain(rest).map(entry).collect()
}

/// Those there are, of many that are mostly alike: what was there just before is not looked up again.
fn kinds<T: Ord + Copy>(all: impl Iterator<Item = T>) -> BTreeSet<T> {
    let (mut kinds, mut last) = (BTreeSet::new(), None);
    for kind in all {
        if last != Some(kind) {
            kinds.insert(kind);
            last = Some(kind);
        }
    }
    kinds
}

/// How many processes do not show.
fn rest(cast: &Cast) -> Option<String> {
    let processes = |n: u64| if n == 1 { "process" } else { "processes" };
    let parts = [
        (cast.quiet, format!("{} quiet {} not shown", count(cast.quiet), processes(cast.quiet))),
        (cast.crowded, format!("no room for {} busy {}", count(cast.crowded), processes(cast.crowded))),
        (cast.ended, format!("{} more just ended", count(cast.ended))),
    ];
    let said: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, words)| words).collect();
    if said.is_empty() && cast.members.is_empty() {
        return Some("no process is known here".to_owned());
    }
    (!said.is_empty()).then(|| said.join(", "))
}

fn rest_ui(ui: &Ui, entry: &Entry) -> bool {
    let response = ui.interact(entry.rect, ui.scope_id().with("rest"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Widget::Label, true, entry.word.text()));
    response.on_hover_text("Shown are those that talk, work, just came or went, and all that these come from.");
    true
}

fn probe_ui(ui: &Ui, entry: &Entry, tint: Tint) -> bool {
    let response = ui.interact(entry.rect, ui.scope_id().with(("probe", tint)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Widget::Label, true, entry.word.text()));
    response.on_hover_text("Counted the most of what has this colour. The details of a thing say who else saw it.");
    true
}

/// Puts the entries into rows that are no wider than `width`, from the origin on. Returns the size of all of them.
fn arrange(entries: &mut [Entry], width: f32) -> Vec2 {
    let (mut at, mut all) = (Pos2::ZERO, Vec2::ZERO);
    for entry in entries {
        let size = vec2(entry.word.size().x + entry.indent() + 8.0, entry.word.size().y + 9.0);
        if at.x > 0.0 && at.x + size.x > width {
            at = pos2(0.0, at.y + size.y);
        }
        entry.rect = Rect::from_min_size(at, size);
        at.x += size.x;
        all = all.max(entry.rect.max - Pos2::ZERO);
    }
    all
}

/// Returns whether it stands out.
fn family_ui(ui: &Ui, scene: &Scene<'_>, state: &mut Graph, entry: &Entry, family: Family) -> bool {
    let chosen = state.lens.family == Some(family);
    let response = ui.interact(entry.rect, ui.scope_id().with(("legend", family.label())), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Widget::Button, true, chosen, format!("Show only {}", family.label())));
    if response.hovered() || chosen {
        ui.painter().rect_filled(entry.rect, 6.0, if response.hovered() { scene.palette.hover } else { scene.palette.raised });
    }
    focus_ring(ui, entry.rect, &response);
    let lit = state.lens.family.is_none() || chosen;
    if hint(response, chosen).clicked() {
        state.toggle_family(family);
    }
    lit
}

fn hint(response: Response, chosen: bool) -> Response {
    response.on_hover_text(if chosen { "Show all again" } else { "Show only these" })
}

impl Entry {
    fn indent(&self) -> f32 {
        if self.meaning == Meaning::Rest { NO_SIGN } else { SIGN }
    }

    /// The upper left corner of its word.
    fn word_at(&self) -> Pos2 {
        pos2(self.rect.left() + self.indent(), self.rect.center().y - self.word.size().y / 2.0)
    }

    /// What the graph shows of it, so much of it as is `clear`.
    fn sign(&self, brush: &mut impl Brush, scene: &Scene<'_>, clear: f32) {
        let (at, palette) = (pos2(self.rect.left() + 15.0, self.rect.center().y), scene.palette);
        let by_probe = scene.colouring == Colouring::Probe;
        match self.meaning {
            Meaning::Family(family) => {
                let half = vec2(7.0, 0.0);
                brush.line(at - half, at + half, 3.0, palette.family(family).gamma_multiply(clear));
            }
            Meaning::Figure(figure) => {
                let colour = if by_probe { palette.weak } else { colour(figure, palette) };
                let fill = |part: f32| palette.background.lerp_to_gamma(colour, part);
                shape(brush, at, 5.5, 1.5, figure, fill, palette.accent);
            }
            Meaning::Probe(tint) => {
                let (half, colour) = (vec2(8.0, 0.0), palette.process(tint));
                brush.line(at - half, at + half, 3.0, colour);
                brush.disc(at, 4.5, colour);
            }
            Meaning::Rest => {}
        }
    }
}

/// How much of the lower edge of a picture that is `size` large its legend takes.
pub(super) fn legend_height(painter: &Painter, size: Vec2, scene: &Scene<'_>, state: &Graph) -> f32 {
    let (_, height) = laid_out(painter, size, scene, state);
    height
}

/// Writes the legend of such a picture, in its lower left corner.
pub(super) fn write_legend(brush: &mut SvgBrush, painter: &Painter, size: Vec2, scene: &Scene<'_>, state: &Graph) {
    let (entries, _) = laid_out(painter, size, scene, state);
    for entry in &entries {
        entry.sign(brush, scene, 1.0);
        brush.galley(entry.word_at(), &entry.word, scene.text_size, false, scene.palette.weak);
    }
}

/// What is in a picture's legend, where it is, and how high it is.
fn laid_out(painter: &Painter, size: Vec2, scene: &Scene<'_>, state: &Graph) -> (Vec<Entry>, f32) {
    let mut entries = entries(painter, scene, state, true);
    let all = arrange(&mut entries, size.x - 2.0 * (AWAY + MARGIN.x));
    let corner = pos2(AWAY, size.y - AWAY - all.y);
    entries.iter_mut().for_each(|entry| entry.rect = entry.rect.translate(corner - Pos2::ZERO));
    (entries, if all.y > 0.0 { all.y + AWAY } else { 0.0 })
}
