//! A recording of made-up packets, for measuring what reads one.

mod conversation;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fastrand::Rng;

use conversation::{Addressing, Conversation, Frame};

/// The recording's length, in microseconds.
const SPAN_MICROS: u64 = 60_000_000;
/// Its first second, since the epoch: 1 January 2024, 00:00 UTC.
const START_SECS: u64 = 1_704_067_200;
/// One in so many of all flows is under way at a time.
const AT_ONCE: u64 = 4;

/// What is in a recording that was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Packets.
    pub packets: u64,
    /// Flows: different five-tuples.
    pub flows: u64,
    /// Hosts: different addresses.
    pub hosts: u64,
    /// Bytes on the wire, link layer included.
    pub bytes: u64,
}

/// Writes a pcap file of made-up `packets` of `flows` flows, over 60 s, at most `snap` bytes of each: TCP from SYN to FIN,
/// UDP, look-ups of names, some of it over IPv6, on Ethernet. A few flows have most of the packets. There is at least one
/// packet a flow. The same seed writes the same file.
///
/// # Errors
/// Those of writing to `path`.
pub fn write_pcap(path: &Path, packets: u64, flows: u64, snap: u32, seed: u64) -> io::Result<Truth> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let truth = write(&mut out, packets, flows, snap, seed)?;
    out.flush()?;
    Ok(truth)
}

fn write(out: &mut impl Write, packets: u64, flows: u64, snap: u32, seed: u64) -> io::Result<Truth> {
    write_header(out, snap)?;
    let packets = packets.max(flows);
    let mut addressing = Addressing::new(flows);
    let mut rng = Rng::with_seed(seed);
    let mut frame = Frame::default();
    let mut under_way: Vec<Conversation> = Vec::new();
    let (mut begun, mut planned) = (0, 0);
    let mut truth = Truth::default();
    while truth.packets < packets {
        if begun < flows && (under_way.len() as u64) < flows.div_ceil(AT_ONCE) {
            let length = length(packets - planned, flows - begun, &mut rng);
            under_way.push(Conversation::new(&mut addressing, begun, length, &mut rng));
            begun += 1;
            planned += length;
            continue;
        }
        let nth = rng.usize(..under_way.len().max(1));
        let Some(conversation) = under_way.get_mut(nth) else { break };
        let more = conversation.next(&mut frame, &mut rng);
        write_packet(out, SPAN_MICROS * truth.packets / packets, &frame, snap)?;
        truth.packets += 1;
        truth.bytes += frame.bytes().len() as u64;
        if !more {
            under_way.swap_remove(nth);
        }
    }
    Ok(Truth { flows: begun, hosts: addressing.hosts_used(), ..truth })
}

/// How many packets the next flow has, when so many are left for so many flows: Pareto's law around the mean.
fn length(packets: u64, flows: u64, rng: &mut Rng) -> u64 {
    const SHAPE: f64 = 1.2;
    let mean = packets as f64 / flows as f64;
    let least = mean * (SHAPE - 1.0) / SHAPE;
    let drawn = least / (1.0 - rng.f64()).powf(1.0 / SHAPE);
    if flows == 1 { packets } else { (drawn as u64).clamp(1, packets - (flows - 1)) }
}

/// The file's header (libpcap's savefile format): little-endian, microseconds, Ethernet.
fn write_header(out: &mut impl Write, snap: u32) -> io::Result<()> {
    const MAGIC: u32 = 0xa1b2_c3d4;
    const VERSION: u32 = 4 << 16 | 2;
    const ETHERNET: u32 = 1;
    for field in [MAGIC, VERSION, 0, 0, snap, ETHERNET] {
        out.write_all(&field.to_le_bytes())?;
    }
    Ok(())
}

fn write_packet(out: &mut impl Write, at_micros: u64, frame: &Frame, snap: u32) -> io::Result<()> {
    let bytes = frame.bytes();
    let kept = bytes.get(..snap as usize).unwrap_or(bytes);
    let secs = START_SECS + at_micros / 1_000_000;
    for field in [secs as u32, (at_micros % 1_000_000) as u32, kept.len() as u32, bytes.len() as u32] {
        out.write_all(&field.to_le_bytes())?;
    }
    out.write_all(kept)
}
