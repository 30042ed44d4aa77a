//! The picture of the graph that is kept in a file: written with the brush of files, from the same stage and with the same labels as on the screen.

mod file;

use egui::{Context, LayerId, Painter, Pos2, Rect, Theme, Vec2};
use graph::{Node, Subject};
use layouts::Kind;

pub use file::{Format, PictureError, encode, keep};

use super::brush::SvgBrush;
use super::discs;
use super::labels::{Favour, Labels};
use super::legend::{legend_height, write_legend};
use super::paint::{Look, paint};
use super::stage::{Motion, Stage};
use super::{Scene, Sight, bounds};
use crate::state::graph::Graph;
use crate::theme;

/// How large a picture is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sheet {
    /// In points: what letters and discs are measured in.
    pub size: Vec2,
    /// Pixels a point.
    pub scale: f32,
}

/// The picture of all of a scene as SVG, made without a display. The same scene has the same picture.
pub fn of_scene(scene: Scene<'_>, kind: Kind, name: &str, sheet: Sheet) -> String {
    let ctx = Context::default();
    theme::install(&ctx);
    ctx.set_theme(if scene.palette.dark { Theme::Dark } else { Theme::Light });
    let screen = Rect::from_min_size(Pos2::ZERO, sheet.size);
    let input = egui::RawInput { screen_rect: Some(screen), ..egui::RawInput::default() };
    let mut svg = String::new();
    let mut frame = ctx.run_ui(input, |ui| {
        let scene = scene.colourable();
        let mut state = Graph::default();
        state.tints.give(scene.snapshot, scene.cast(), scene.colouring);
        let motion = Motion { dt: 0.0, smooth: false, running: false };
        state.stage.update(&scene, &state.tints, &state.lens, &[], &motion);
        let around = bounds(&scene).unwrap_or(Rect::from_center_size(Pos2::ZERO, Vec2::splat(1.0)));
        let painter = whole(ui.ctx(), screen);
        let view = Rect::from_min_max(screen.min, screen.max - egui::vec2(0.0, legend_height(&painter, sheet.size, &scene, &state)));
        let sight = Sight::fitting(view, around);
        let centre = (kind == Kind::Circle).then(|| sight.to_screen(view, around.center()));
        svg = write(&painter, &scene, &state, View { sight, screen: view, centre, selected: None }, name, sheet);
    });
    frame.textures_delta.clear();
    svg
}

/// The picture of what a view shows, as SVG.
pub(super) fn of_view(painter: &Painter, scene: &Scene<'_>, state: &Graph, screen: Rect, selected: Option<Subject>, scale: f32) -> String {
    let sheet = Sheet { size: screen.size(), scale };
    let screen = Rect::from_min_size(Pos2::ZERO, screen.size());
    let view = Rect::from_min_max(screen.min, screen.max - egui::vec2(0.0, state.legend_height));
    let sight = state.camera.sight();
    let around = bounds(scene).filter(|_| state.kind() == Kind::Circle);
    let centre = around.map(|around| sight.to_screen(view, around.center()));
    write(&whole(painter.ctx(), screen), scene, state, View { sight, screen: view, centre, selected }, "graph", sheet)
}

/// What part of the layout a picture shows.
struct View {
    sight: Sight,
    screen: Rect,
    /// Around what the nodes stand, if they are on a circle.
    centre: Option<Pos2>,
    selected: Option<Subject>,
}

fn write(painter: &Painter, scene: &Scene<'_>, state: &Graph, view: View, name: &str, sheet: Sheet) -> String {
    let whole = Rect::from_min_size(Pos2::ZERO, sheet.size);
    let mut stage: Stage = state.stage.clone();
    stage.project(view.screen, view.sight);
    let mut brush = SvgBrush::new(sheet.size, scene.palette.background);
    let grounds = discs::grounds(scene, view.screen, view.sight);
    let look = Look {
        palette: scene.palette,
        grounds: &grounds,
        zoom: view.sight.zoom,
        dots: false,
        selected: view.selected,
        chosen: state.chosen.nodes(),
        hovered: None,
        pinned: &state.pinned,
    };
    paint(&mut brush, whole, &stage, &look);
    let favour = Favour {
        selected: view.selected.and_then(Node::of),
        hovered: None,
        chosen: state.chosen.nodes(),
        centre: view.centre,
        pinned: &state.pinned,
    };
    let legend = Rect::from_min_max(view.screen.left_bottom(), whole.max);
    let mut labels: Labels = state.labels.clone();
    let names = discs::named(painter, whole, scene, &grounds, &[legend]);
    let taken: Vec<Rect> = names.iter().map(|name| name.rect).chain([legend]).collect();
    labels.choose(painter, whole, &stage, scene, &favour, &taken);
    labels.write(&mut brush, scene);
    for name in &names {
        brush.galley(name.text_at(), &name.galley, scene.text_size, false, scene.palette.group);
    }
    write_legend(&mut brush, painter, sheet.size, scene, state);
    brush.finish(&format!("{name} — glouglou"), sheet.scale)
}

fn whole(ctx: &Context, screen: Rect) -> Painter {
    Painter::new(ctx.clone(), LayerId::background(), screen)
}
