//! What a frame takes while somebody types into the filter and 100,000 flows live; what the model's own thread takes for each of the filters.

#![expect(clippy::unwrap_used, reason = "a bench that cannot begin ends")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::pipeline::{Placed, SourceKind, Values};
use app::state::{Picture, Screen, Speed, State};
use app::theme;
use app::view::root_ui;
use egui::{Context, Event, Key, Modifiers, RawInput, Rect, pos2};
use graph::{
    Both, ConnId, Counts, Endpoint, Event as Told, Kind, Limits, Model, Origin, OriginId, Proto, Query, Realm, Realms, RegistryBuilder,
    Request, Table, Time, Total, Tuple,
};
use layouts::{Change, Engine, Point};

const HOSTS: u32 = 10_000;
const FLOWS: u32 = 100_000;
const SCREEN: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1920.0, 1080.0) };
const NOW: Time = Time::from_secs(1_700_000_000);
/// A frame at sixty a second, in ms.
const FRAME_MS: f64 = 1e3 / 60.0;
/// Frames from one letter to the next: somebody who types fast.
const FRAMES_A_LETTER: usize = 4;
const TYPED: &str = "src.ip in 10.0.0.0/8 and not service = dns and bytes > 50 kB";

fn model() -> Model {
    let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
    model.add_origin(Origin { name: "bench".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    let end = |host: u32, port| Endpoint { addr: IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0001 + host)), port };
    for flow in 0..FLOWS {
        let (from, to) = (flow % HOSTS, (flow % HOSTS) / 20);
        let (tuple, side) =
            Tuple::new(Proto::TCP, end(from, 40_000 + (flow / HOSTS) as u16), end(to, if flow % 3 == 0 { 53 } else { 443 }));
        let mut both = Both::default();
        *both.from_mut(side) = Counts { packets: 1, bytes: u64::from(flow), ip_bytes: u64::from(flow) };
        let kind = Kind::Data { tuple, conn: ConnId(1), total: Total(both), last: NOW };
        model.apply(NOW, &Told { at: NOW, origin: OriginId(0), kind }, &mut ());
    }
    model
}

/// The window over the model, all nodes placed on a square.
fn picture(model: &mut Model, state: &State) -> Picture {
    let drawn = model.draw(&state.wanted().folding, None);
    let mut engine = Engine::new(layouts::Kind::Force, 1);
    let place = |nth: usize| Point { x: (nth % 50) as f32 * 40.0, y: (nth / 50) as f32 * 40.0 };
    let nodes = || drawn.nodes.iter().enumerate();
    engine
        .apply(nodes().map(|(nth, node)| Change::AddNode { id: node.id.number(), radius: 5.0, at: Some(place(nth)) }).collect::<Vec<_>>());
    engine.apply(nodes().map(|(nth, node)| Change::Pin { id: node.id.number(), at: place(nth) }).collect::<Vec<_>>());
    let placed = Placed { positions: engine.positions().clone(), number: 1, discs: Vec::new() };
    let drawn = Arc::new(drawn);
    let schema = model.schema().clone();
    let picture = Picture::new("bench".into(), SourceKind::File, Speed::Max);
    Picture { schema, snapshot: model.snapshot(), drawn, placed, now: NOW, ..picture }
}

fn main() {
    let mut model = model();
    let mut state = State { screen: Screen::Main, ..State::default() };
    let mut picture = picture(&mut model, &state);
    let ctx = Context::default();
    theme::install(&ctx);
    let key = |key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    let mut letters = TYPED.chars();
    let (mut all, mut with_letter) = (Vec::new(), Vec::new());
    for nth in 0..(TYPED.len() + 10) * FRAMES_A_LETTER {
        let events = match nth {
            n if n < 5 * FRAMES_A_LETTER => Vec::new(),
            n if n == 5 * FRAMES_A_LETTER => vec![key(Key::Slash)],
            n if n % FRAMES_A_LETTER == 0 => letters.next().map(|letter| Event::Text(letter.into())).into_iter().collect(),
            _ => Vec::new(),
        };
        let typed = matches!(events.first(), Some(Event::Text(_)));
        let input = RawInput { screen_rect: Some(SCREEN), time: Some(nth as f64 * FRAME_MS / 1e3), events, ..RawInput::default() };
        let began = Instant::now();
        let output = ctx.run_ui(input, |ui| {
            let now = ui.input(|input| input.time);
            for action in root_ui(ui, &picture, &mut state) {
                state.apply(action, now);
            }
        });
        ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = began.elapsed();
        // What the model would answer, on its own thread.
        if let Some((field, prefix)) = state.query.wants.clone() {
            let values = model.live_values(field, &prefix, 12);
            picture.values = Some(Values { field, prefix, values });
        }
        if nth > 2 * FRAMES_A_LETTER {
            all.push(took);
            with_letter.extend(typed.then_some(took));
        }
    }
    assert_eq!(state.query.text, TYPED);
    let dropped = all.iter().filter(|took| millis(**took) > FRAME_MS).count();
    println!(
        "Typing {:?} over {FLOWS} flows and {HOSTS} hosts, {} nodes drawn, {} by {} points",
        TYPED,
        picture.drawn.nodes.len(),
        SCREEN.width(),
        SCREEN.height()
    );
    println!("| | frames | median ms | worst ms | longer than {FRAME_MS:.1} ms |\n|---|---|---|---|---|");
    println!("| all | {} | {:.2} | {:.2} | {dropped} |", all.len(), median(&mut all), worst(&all));
    println!("| with a letter | {} | {:.2} | {:.2} | |", with_letter.len(), median(&mut with_letter), worst(&with_letter));
    println!("\nThe model's thread for each filter, beside the window\n| filter | rows ms | graph ms |\n|---|---|---|");
    for end in [TYPED.len(), "src.ip in 10.0.0.0/8".len()] {
        let query = Arc::new(Query::parse(TYPED.get(..end).unwrap_or_default(), model.schema()).unwrap());
        let request = Request {
            table: Table::Flows,
            sort: "rate".into(),
            descending: true,
            filter: query.clone(),
            of: None,
            tree: None,
            offset: 0,
            len: 64,
        };
        let began = Instant::now();
        model.rows(&request);
        let rows = began.elapsed();
        let mut folding = state.wanted().folding;
        folding.filter = query.clone();
        let began = Instant::now();
        model.draw(&folding, None);
        println!("| `{query}` | {:.1} | {:.1} |", millis(rows), millis(began.elapsed()));
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| millis(*time))
}

fn worst(times: &[Duration]) -> f64 {
    times.iter().max().map_or(0.0, |time| millis(*time))
}
