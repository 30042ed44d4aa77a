//! The whole program but for the display under a made-up load: from an event to a tessellated frame. `live [SECONDS [HOSTS [EVENTS A SECOND]]]`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot begin ends")]

use std::time::{Duration, Instant};

use app::computing::Computing;
use app::open::Processes;
use app::pipeline::{Session, SourceKind, Start, ToModel, Update, Wanted, clock};
use app::state::{Picture, Screen, Speed, State};
use app::theme;
use app::view::root_ui;
use capture::dummy;
use crossbeam_channel::bounded;
use egui::{Context, Pos2, RawInput, Rect};
use graph::Time;

const SCREEN: Rect = Rect { min: Pos2::ZERO, max: egui::pos2(1920.0, 1080.0) };
/// A display shows sixty frames a second.
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// What happens within this time is not measured: everything is new.
const BEGINNING: Duration = Duration::from_secs(10);
/// Of each frame, so many moments between two drawings of the model.
const MOMENTS: u32 = 10;
/// Delays are counted by milliseconds up to this; longer ones are as long as this.
const LONGEST_MILLIS: usize = 10_000;

/// How often a delay was how long, in milliseconds.
struct Delays(Vec<u64>);

impl Delays {
    fn add(&mut self, delay: Duration) {
        let millis = (delay.as_millis() as usize).min(LONGEST_MILLIS);
        if let Some(count) = self.0.get_mut(millis) {
            *count += 1;
        }
    }

    fn at(&self, part: f64) -> usize {
        let wanted = (self.0.iter().sum::<u64>() as f64 * part) as u64;
        let mut seen = 0;
        self.0
            .iter()
            .position(|count| {
                seen += count;
                seen > wanted
            })
            .unwrap_or(0)
    }
}

/// Resident memory in MB.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4_096.0 / 1e6
}

/// Processor time of this process in seconds.
fn spent() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = |nth: usize| fields[nth].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    // `cargo bench` says `--bench` too.
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u32>().ok());
    let secs = numbers.next().unwrap_or(60);
    let (hosts, rate) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(20_000));
    println!("{hosts} hosts, {rate} events a second, {secs} s, {} by {} points", SCREEN.width(), SCREEN.height());

    let (wake, woken) = bounded(1);
    let source = Box::new(dummy::Config { hosts, rate }.open());
    let start = Start {
        kind: SourceKind::Live,
        source,
        beside: Processes::default(),
        speed: Some(1.0),
        others: Vec::new(),
        heard: None,
        places: None,
    };
    let session = Session::start(start, Computing::default(), move || {
        // One call wakes, however many there were.
        let _full = wake.try_send(());
    })
    .unwrap();
    let mut picture = Picture::new("load".into(), SourceKind::Live, Speed::Times(1.0));
    let mut state = State { screen: Screen::Main, ..State::default() };
    let mut wanted: Option<Wanted> = None;
    let ctx = Context::default();
    theme::install(&ctx);

    let (began, mut frames, mut delays, mut drawn_at) = (Instant::now(), 0_u64, Delays(vec![0; LONGEST_MILLIS + 1]), Time::ZERO);
    let (mut told, mut most_nodes, mut cost) = (began, 0, Vec::new());
    while began.elapsed() < Duration::from_secs(secs.into()) {
        let due = Instant::now() + FRAME;
        // Dots run all the time: every frame is drawn.
        while let Ok(()) = woken.recv_deadline(due) {}
        let frame_began = Instant::now();
        match session.update() {
            Some(Update::Snapshot(snapshot)) => picture.snapshot = *snapshot,
            Some(Update::Delta(delta)) => picture.snapshot.apply(*delta),
            None => {}
        }
        if let Some(drawn) = session.drawn() {
            picture.drawn = drawn;
        }
        if let Some(placed) = session.placed() {
            picture.placed = placed;
        }
        picture.now = session.now();
        let input = RawInput { screen_rect: Some(SCREEN), time: Some(began.elapsed().as_secs_f64()), ..RawInput::default() };
        let output = ctx.run_ui(input, |ui| drop(root_ui(ui, &picture, &mut state)));
        let primitives = ctx.tessellate(output.shapes, output.pixels_per_point);
        drop(primitives);
        let done = clock();
        let want = state.wanted();
        if wanted.as_ref() != Some(&want) && session.ask(ToModel::Draw(Some(want.clone()))) {
            wanted = Some(want);
        }
        frames += 1;
        most_nodes = most_nodes.max(picture.drawn.nodes.len());
        if began.elapsed() < BEGINNING {
            drawn_at = picture.drawn.at;
            continue;
        }
        cost.push(frame_began.elapsed());
        // Events of any moment since the drawing before this one are seen now for the first time.
        if picture.drawn.at > drawn_at {
            let gap = picture.drawn.at.since(drawn_at) / MOMENTS;
            (0..MOMENTS).for_each(|nth| delays.add(done.since(drawn_at.plus(gap * (nth + 1)))));
            drawn_at = picture.drawn.at;
        }
        if told.elapsed() >= Duration::from_secs(60) {
            told = Instant::now();
            println!(
                "{:>4} s: {:.0} MB resident, delay {} ms at the 99th percentile",
                began.elapsed().as_secs(),
                resident(),
                delays.at(0.99)
            );
        }
    }
    cost.sort_unstable();
    let totals = &picture.snapshot.totals;
    let ledger = totals.ledger();
    let counted: u64 = picture.snapshot.links.values().map(|link| link.total.sum().packets).sum();
    let millis = |part: f64| cost.get((cost.len() as f64 * part) as usize).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!(
        "event to tessellated frame: {} ms median, {} ms at the 99th percentile, {} ms at the 99.9th",
        delays.at(0.5),
        delays.at(0.99),
        delays.at(0.999)
    );
    println!("frames: {frames}, {:.1} ms median, {:.1} ms at the 99th percentile; at most {most_nodes} nodes", millis(0.5), millis(0.99));
    println!("processor: {:.2} cores; {:.0} MB resident", spent() / began.elapsed().as_secs_f64(), resident());
    println!(
        "packets told {}, counted {counted}; flows evicted {}, hosts evicted {}, events refused {}",
        ledger.packets, totals.flows_evicted, totals.hosts_evicted, totals.events_refused
    );
}
