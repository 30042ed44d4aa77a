//! What it takes to look at what packets carry: the summariser alone, over the recording of `bench` in memory, with and without dissectors, in turn.

use std::time::Instant;

use capture::source::Offer;
use capture::{Summariser, World};
use graph::{OriginId, Time};
use wire::packet::LinkType;

const FLOWS: usize = 262_144;
const ROUNDS: usize = 5;
/// How often the model is told, in packets.
const TELL: usize = 50_000;

/// Says what both take, and their ratio.
pub(crate) fn all(file: &std::path::Path) {
    let recording = std::fs::read(file).unwrap();
    let frames = frames(&recording);
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (dissects, runs) in [false, true].into_iter().zip(&mut runs) {
            runs.push(summarise(&frames, dissects));
        }
    }
    let [without, with] = runs.map(|mut runs| {
        runs.sort_by(f64::total_cmp);
        runs[ROUNDS / 2]
    });
    println!(
        "the summariser, {} packets in memory: {without:.0} ns a packet for headers, {with:.0} ns with what they carry (×{:.2})",
        frames.len(),
        with / without
    );
}

/// The frames of a pcap file of this machine's byte order, and how long each was.
fn frames(recording: &[u8]) -> Vec<(&[u8], u32)> {
    let (mut left, mut frames) = (&recording[24..], Vec::new());
    while let Some((header, rest)) = left.split_at_checked(16) {
        let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
        let (frame, next) = rest.split_at(word(8) as usize);
        frames.push((frame, word(12)));
        left = next;
    }
    frames
}

/// Nanoseconds a packet.
fn summarise(frames: &[(&[u8], u32)], dissects: bool) -> f64 {
    let world = World::alone().unwrap();
    let mut summariser = Summariser::new(OriginId(0), world.columns(), FLOWS);
    if dissects {
        summariser.dissect(world.dissectors());
    }
    let began = Instant::now();
    for (at, (frame, wire_len)) in frames.iter().enumerate() {
        let now = Time(1_700_000_000_000_000 + at as u64);
        summariser.packet(LinkType::ETHERNET, frame, *wire_len, now);
        if at % TELL == 0 {
            summariser.flush_news(now, |_| Offer::Taken);
        }
    }
    summariser.finish(Time(1_700_000_100_000_000), |_| Offer::Taken);
    began.elapsed().as_nanos() as f64 / frames.len() as f64
}
