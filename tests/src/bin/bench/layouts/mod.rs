//! The force layout beside others, on the same graphs: what a tick takes, and what a picture is worth after the same time.
//!
//! The others are fetched into target/peers by their own package managers, in the versions that stand here. What cannot be
//! fetched, or is not installed, is left out, and that is said.

mod families;
mod peers;
mod quality;

use std::path::Path;
use std::time::Duration;

use layouts::{Change, Engine, Kind};
use nix::time::{ClockId, clock_gettime};

use self::families::{FAMILIES, Graph, scale_free};
use self::peers::{Peers, Timed};
use self::quality::{Quality, quality};

/// All are timed so many times, in turn.
const ROUNDS: usize = 3;
const SIZES: [usize; 3] = [10_000, 50_000, 100_000];
/// fdg-sim's own force looks at all pairs.
const PAIRS: [usize; 2] = [1_000, 10_000];
/// How many ticks of ours come before those that are timed, and how many are.
const BEFORE: usize = 30;
const TIMED: usize = 31;
/// Nodes of the graphs whose pictures are judged, and how many iterations ForceAtlas2 has for them.
const JUDGED: [(usize, usize); 3] = [(1_000, 500), (3_000, 200), (10_000, 100)];

/// Prints both tables.
pub(crate) fn all() {
    let peers = Peers::fetch();
    ticks(&peers);
    pictures(&peers);
}

fn ticks(peers: &Peers) {
    println!("milliseconds of a processor a tick, 1.5 links a node, median of {ROUNDS} runs, in turn");
    println!("{:28}{:>10}{:>10}{:>10}{:>10}", "nodes", 1_000, SIZES[0], SIZES[1], SIZES[2]);
    let columns = [1_000, SIZES[0], SIZES[1], SIZES[2]];
    let names: Vec<&str> = ["glouglou", "fdg-sim, its own force"].into_iter().chain(Timed::ALL.map(Timed::name)).collect();
    let mut table: Vec<[Vec<f64>; 4]> = names.iter().map(|_| Default::default()).collect();
    for (column, nodes) in columns.into_iter().enumerate() {
        let graph = scale_free(nodes);
        let file = peers.write(&graph);
        for _ in 0..ROUNDS {
            table[0][column].push(ours(&graph));
            if PAIRS.contains(&nodes) {
                table[1][column].push(fdg_sim_own(&graph));
            }
            for (row, peer) in Timed::ALL.into_iter().enumerate() {
                table[2 + row][column].extend(peers.tick(peer, &file, nodes));
            }
        }
    }
    let median = |times: &[f64]| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied()
    };
    let medians: Vec<[Option<f64>; 4]> = table.iter().map(|row| row.each_ref().map(|times| median(times))).collect();
    for (name, row) in names.iter().zip(&medians) {
        let cells: String = row.iter().map(|cell| cell.map_or(format!("{:>10}", "-"), |ms| format!("{ms:10.2}"))).collect();
        println!("{name:28}{cells}");
    }
    for (name, row) in names.iter().zip(&medians).skip(1) {
        for (nodes, (theirs, ours)) in columns.iter().zip(row.iter().zip(&medians[0])) {
            if let (Some(theirs), Some(ours)) = (theirs, ours) {
                println!("{name} takes {:.1} times as long at {nodes}", theirs / ours);
            }
        }
    }
}

fn pictures(peers: &Peers) {
    println!("pictures after the same time: neighbourhood preservation (more is better), stress (less is better)");
    println!("{:24}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}", "", "nodes", "FA2 s", "kept", "stress", "ours s", "kept", "stress");
    for (name, make) in FAMILIES {
        for (nodes, iterations) in JUDGED {
            let graph = make(nodes);
            let Some((took, places)) = peers.places(&peers.write(&graph), iterations) else { continue };
            let theirs = quality(&graph, &places);
            let (took_ours, ours) = picture(&graph, took);
            let Quality { kept, stress } = theirs;
            let secs = took.as_secs_f64();
            print!("{name:24}{:8}{secs:9.2}{kept:9.3}{stress:9.4}", graph.nodes);
            println!("{:9.2}{:9.3}{:9.4}", took_ours.as_secs_f64(), ours.kept, ours.stress);
        }
    }
}

/// Ours after this time, or at rest.
fn picture(graph: &Graph, time: Duration) -> (Duration, Quality) {
    let (changes, began) = (changes(graph), spent());
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(changes);
    while spent() - began < time.as_secs_f64() * 1e3 && engine.tick() {}
    let took = Duration::from_secs_f64((spent() - began) / 1e3);
    let places: Vec<[f64; 2]> = engine.positions().points().iter().map(|p| [f64::from(p.x), f64::from(p.y)]).collect();
    (took, quality(graph, &places))
}

/// Radii as in the window: larger where there is more.
fn changes(graph: &Graph) -> Vec<Change> {
    let neighbours = graph.neighbours();
    let radius = |n: usize| (4.0 + 2.0 * (neighbours[n].len() as f32).sqrt()).min(20.0);
    let nodes = (0..graph.nodes).map(|n| Change::AddNode { id: n as u128, radius: radius(n), at: None });
    let links = graph.links.iter().map(|(a, b)| Change::AddLink { a: *a as u128, b: *b as u128, weight: 1.0 });
    nodes.chain(links).collect()
}

/// The median of ticks while everything moves.
fn ours(graph: &Graph) -> f64 {
    let mut engine = Engine::new(Kind::Force, 1);
    engine.apply(changes(graph));
    (0..BEFORE).for_each(|_| {
        engine.tick();
    });
    // Four ticks follow one arrangement, so that their mean is what counts.
    let times = (0..TIMED).map(|_| {
        let began = spent();
        (0..4).for_each(|_| {
            engine.tick();
        });
        (spent() - began) / 4.0
    });
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[TIMED / 2]
}

fn fdg_sim_own(graph: &Graph) -> f64 {
    use fdg_sim::force::fruchterman_reingold;
    use fdg_sim::{ForceGraph, ForceGraphHelper, Simulation, SimulationParameters};
    let mut whole: ForceGraph<(), ()> = ForceGraph::default();
    let nodes: Vec<_> = (0..graph.nodes).map(|_| whole.add_force_node("", ())).collect();
    for (a, b) in &graph.links {
        whole.add_edge(nodes[*a], nodes[*b], ());
    }
    let mut simulation = Simulation::from_graph(whole, SimulationParameters::from_force(fruchterman_reingold(45.0, 0.975)));
    let mut times: Vec<f64> = (0..3)
        .map(|_| {
            let began = spent();
            simulation.update(0.016);
            spent() - began
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[1]
}

/// The milliseconds of a processor that this program has had: a busy machine takes longer, but no more of these.
fn spent() -> f64 {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap();
    time.tv_sec() as f64 * 1e3 + time.tv_nsec() as f64 / 1e6
}

/// Where what is not of this repository may be put.
fn home() -> &'static Path {
    Path::new("target/peers")
}
