//! What a frame of the graph costs without a display: the stage brought up to date, the mesh, the labels, and egui's tessellation. Beside it, in the same
//! run, the same discs, lines and labels as egui's own shapes.

#![expect(clippy::unwrap_used, reason = "a bench that cannot begin ends")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use app::state::graph::Graph;
use app::state::mode::{Colouring, Mode};
use app::theme::{self, Palette};
use app::view::graph::{Scene, graph_ui};
use egui::{Align2, Color32, Context, FontId, Pos2, RawInput, Rect, Stroke, Ui};
use graph::{
    Both, ConnId, Counts, Drawn, Endpoint, Event, Folding, Kind, Limits, Model, Origin, OriginId, Proto, Realm, Realms, Registry,
    RegistryBuilder, Snapshot, Time, Total, Tuple,
};
use layouts::{Change, Engine, Point, Positions};

const SCREEN: Rect = Rect { min: Pos2::ZERO, max: egui::pos2(1920.0, 1080.0) };
const FRAMES: usize = 120;
/// Labels of the peer.
const LABELS: usize = 200;
/// Sixty frames a second, in microseconds.
const FRAME_MICROS: u64 = 16_667;

/// A network that is drawn, on a square, a third of its lines busy.
struct Net {
    registry: Registry,
    snapshot: Snapshot,
    drawn: Drawn,
    positions: Positions,
}

impl Net {
    fn of(hosts: u32) -> Net {
        let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
        model.add_origin(Origin { name: "bench".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
        let end = |host: u32, port| Endpoint { addr: IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0001 + host)), port };
        let now = Time::from_secs(1_700_000_000);
        let tree = (1..hosts).map(|host| (host, host / 20, 443, if host % 3 == 0 { 50_000 } else { 0 }));
        let more = (0..hosts / 2 + 1).map(|host| (host, hosts - 1 - host / 2, 53, if host % 3 == 0 { 5_000 } else { 0 }));
        for (from, to, port, bytes) in tree.chain(more) {
            let (tuple, side) = Tuple::new(Proto::TCP, end(from, 50_000), end(to, port));
            let mut both = Both::default();
            *both.from_mut(side) = Counts { packets: 1, bytes, ip_bytes: bytes };
            let kind = Kind::Data { tuple, conn: ConnId(1), total: Total(both), last: now };
            model.apply(now, &Event { at: now, origin: OriginId(0), kind }, &mut ());
        }
        let drawn = model.draw(&Folding { budget: usize::MAX, ..Folding::default() }, None);
        let mut engine = Engine::new(layouts::Kind::Force, 1);
        let at = |nth: usize| place(nth, drawn.nodes.len());
        let nodes = || drawn.nodes.iter().enumerate();
        engine
            .apply(nodes().map(|(nth, node)| Change::AddNode { id: node.id.number(), radius: 5.0, at: Some(at(nth)) }).collect::<Vec<_>>());
        engine.apply(nodes().map(|(nth, node)| Change::Pin { id: node.id.number(), at: at(nth) }).collect::<Vec<_>>());
        Net { registry: model.registry().clone(), snapshot: model.snapshot(), positions: engine.positions().clone(), drawn }
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            registry: &self.registry,
            snapshot: &self.snapshot,
            drawn: &self.drawn,
            budget: usize::MAX,
            alike: &[],
            mode: Mode::Hosts,
            colouring: Colouring::User,
            now: self.drawn.at,
            positions: &self.positions,
            placed: Some(1),
            discs: &[],
            palette: &Palette::DARK,
            text_size: theme::size::SMALL,
            reduced_motion: false,
            waiting: ("", ""),
            untold: None,
        }
    }
}

/// Where a node is: as in a real layout most stand close together, and there is room between the crowds.
fn place(nth: usize, nodes: usize) -> Point {
    const CROWD: usize = 100;
    let columns = ((nodes.div_ceil(CROWD)) as f32).sqrt().ceil() as usize;
    let (crowd, within) = (nth / CROWD, nth % CROWD);
    let corner = ((crowd % columns) as f32 * 900.0, (crowd / columns) as f32 * 500.0);
    Point { x: corner.0 + (within % 10) as f32 * 40.0, y: corner.1 + (within / 10) as f32 * 30.0 }
}

/// Medians of making the shapes of a frame and of tessellating them, and the sum of both.
struct Cost {
    shapes: Duration,
    tessellation: Duration,
    whole: Duration,
    vertices: usize,
}

fn measure(frames: usize, mut frame: impl FnMut(&mut Ui, usize)) -> Cost {
    let ctx = Context::default();
    theme::install(&ctx);
    let (mut shapes, mut tessellation, mut whole, mut vertices) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for nth in 0..frames {
        let input = RawInput { screen_rect: Some(SCREEN), time: Some(nth as f64 * FRAME_MICROS as f64 / 1e6), ..RawInput::default() };
        let began = Instant::now();
        let output = ctx.run_ui(input, |ui| frame(ui, nth));
        let drawn = Instant::now();
        let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
        let done = Instant::now();
        vertices = primitives.iter().map(|primitive| vertices_of(&primitive.primitive)).sum();
        if nth >= frames / 4 {
            shapes.push(drawn - began);
            tessellation.push(done - drawn);
            whole.push(done - began);
        }
    }
    Cost { shapes: median(shapes), tessellation: median(tessellation), whole: median(whole), vertices }
}

fn vertices_of(primitive: &egui::epaint::Primitive) -> usize {
    match primitive {
        egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
        egui::epaint::Primitive::Callback(_) => 0,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The graph as the window draws it. With news the stage has other rates in every frame, as if the model never rested.
fn ours(net: &mut Net, news: bool) -> (Cost, String) {
    let (mut state, mut selection) = (Graph::default(), None);
    let mut version = net.drawn.version;
    let cost = measure(FRAMES, |ui, nth| {
        if news {
            version += 1;
            net.drawn.version = version;
        }
        // The model's time goes on, so that dots run; its rates are those of now.
        net.drawn.at = Time(1_700_000_000_000_000 + nth as u64 * FRAME_MICROS);
        graph_ui(ui, net.scene(), &mut state, &mut selection);
    });
    let now = state.times.now();
    let part = |samples: &app::pipeline::Samples| samples.recent(now).map_or(0.0, |spent| millis(spent.median));
    let times = &state.times;
    let (stage, mesh, labels) = (part(&times.stage), part(&times.mesh), part(&times.labels));
    (cost, format!("stage {stage:.2}, mesh {mesh:.2}, labels {labels:.2} ms; {} labels", state.labels.shown().len()))
}

/// The same picture as shapes of egui: a segment a line, a circle a node, and labels.
fn shapes(net: &Net) -> Cost {
    let (least, greatest) = net.positions.bounds().unwrap();
    let around = Rect::from_min_max(egui::pos2(least.x, least.y), egui::pos2(greatest.x, greatest.y));
    let to_screen = egui::emath::RectTransform::from_to(around, SCREEN.shrink(60.0));
    let places: Vec<Pos2> = net.positions.points().iter().map(|at| egui::pos2(at.x, at.y)).collect();
    measure(FRAMES / 3, |ui, _| {
        let painter = ui.painter_at(SCREEN);
        for line in &net.drawn.lines {
            let [Some(a), Some(b)] = line.ends.map(|end| places.get(end as usize)) else { continue };
            let width = if line.rates[0] + line.rates[1] > 100.0 { 2.0 } else { 0.6 };
            painter.line_segment([to_screen * *a, to_screen * *b], Stroke::new(width, Color32::from_rgb(97, 138, 255)));
        }
        for place in &places {
            painter.circle_filled(to_screen * *place, 2.0, Color32::from_rgb(127, 180, 230));
        }
        for (place, host) in places.iter().zip(net.snapshot.hosts.values()).take(LABELS) {
            painter.text(to_screen * *place, Align2::CENTER_TOP, host.label(), FontId::proportional(11.5), Color32::WHITE);
        }
    })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn tell(what: &str, cost: &Cost, more: &str) {
    let Cost { shapes, tessellation, whole, vertices } = cost;
    println!("| {what} | {:.2} | {:.2} | {:.2} | {vertices} | {more} |", millis(*shapes), millis(*tessellation), millis(*whole));
}

fn main() {
    println!("A frame of {} by {} points, all in view; medians in ms of {FRAMES} frames", SCREEN.width(), SCREEN.height());
    println!("| nodes, lines, drawn by | frame | tessellation | both | vertices | parts |\n|---|---|---|---|---|---|");
    for hosts in [10_000, 50_000] {
        let mut net = Net::of(hosts);
        let size = format!("{}, {}", net.drawn.nodes.len(), net.drawn.lines.len());
        let (cost, parts) = ours(&mut net, false);
        tell(&format!("{size}, glouglou"), &cost, &parts);
        let (cost, parts) = ours(&mut net, true);
        tell(&format!("{size}, glouglou, news in each frame"), &cost, &parts);
        tell(&format!("{size}, egui's shapes"), &shapes(&net), &format!("{LABELS} labels"));
    }
}
