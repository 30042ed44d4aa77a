//! A recording of made-up packets, for measuring what reads one.

mod conversation;
mod dns;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fastrand::Rng;

use conversation::{Addressing, Conversation};

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
        let frame = conversation.next(&mut rng);
        write_packet(out, SPAN_MICROS * truth.packets / packets, &frame, snap)?;
        truth.packets += 1;
        truth.bytes += frame.len() as u64;
        if !conversation.goes_on() {
            under_way.swap_remove(nth);
        }
    }
    Ok(Truth { flows: begun, hosts: addressing.hosts_used(), ..truth })
}

/// How many packets the next flow has, when so many are left for so many flows: two for a look-up, else Pareto's law around
/// the mean.
fn length(packets: u64, flows: u64, rng: &mut Rng) -> u64 {
    const SHAPE: f64 = 1.2;
    let mean = packets as f64 / flows as f64;
    let least = mean * (SHAPE - 1.0) / SHAPE;
    let drawn = least / (1.0 - rng.f64()).powf(1.0 / SHAPE);
    let drawn = if rng.u8(..8) == 0 { 2 } else { drawn as u64 };
    if flows == 1 { packets } else { drawn.clamp(1, packets - (flows - 1)) }
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

fn write_packet(out: &mut impl Write, at_micros: u64, frame: &[u8], snap: u32) -> io::Result<()> {
    let kept = frame.get(..snap as usize).unwrap_or(frame);
    let secs = START_SECS + at_micros / 1_000_000;
    for field in [secs as u32, (at_micros % 1_000_000) as u32, kept.len() as u32, frame.len() as u32] {
        out.write_all(&field.to_le_bytes())?;
    }
    out.write_all(kept)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use graph::{Endpoint, Proto, Tuple};
    use wire::packet::{Fragments, LinkType, TcpFlags, Transport, dissect};

    use super::*;

    fn made(packets: u64, flows: u64, snap: u32, seed: u64) -> (Truth, Vec<u8>) {
        let mut file = Vec::new();
        let truth = write(&mut file, packets, flows, snap, seed).unwrap();
        (truth, file)
    }

    fn fields<const N: usize>(bytes: &[u8]) -> ([u32; N], &[u8]) {
        let (fields, rest) = bytes.split_at(4 * N);
        (std::array::from_fn(|nth| u32::from_le_bytes(fields[4 * nth..][..4].try_into().unwrap())), rest)
    }

    /// Reads a file back, packet by packet: when, what, and how long it was.
    fn each(file: &[u8], mut see: impl FnMut(u64, &[u8], u32)) {
        let ([magic, .., link], mut rest) = fields::<6>(file);
        assert_eq!((magic, link), (0xa1b2_c3d4, 1));
        while !rest.is_empty() {
            let ([secs, micros, kept, len], after) = fields::<4>(rest);
            let (frame, after) = after.split_at(kept as usize);
            see(u64::from(secs) * 1_000_000 + u64::from(micros), frame, len);
            rest = after;
        }
    }

    /// What wire's dissector finds in a file.
    fn found(file: &[u8]) -> (Truth, BTreeMap<Tuple, Vec<TcpFlags>>) {
        let (mut truth, mut hosts, mut flows) = (Truth::default(), BTreeSet::new(), BTreeMap::new());
        let mut fragments = Fragments::new(16);
        each(file, |at, frame, len| {
            let dissection = dissect(LinkType::ETHERNET, frame, len, at, &mut fragments);
            assert!(!dissection.is_malformed(), "{:?}", dissection.fault);
            let ip = dissection.ip().unwrap();
            assert_eq!(ip.ip_len + 14, len);
            let (src, dst, flags) = match ip.transport {
                Transport::Tcp { src, dst, flags, .. } => (src, dst, flags),
                Transport::Udp { src, dst, .. } => (src, dst, TcpFlags(0)),
                ref other => panic!("{other:?}"),
            };
            let (src, dst) = (Endpoint { addr: ip.src, port: src }, Endpoint { addr: ip.dst, port: dst });
            let (tuple, _) = Tuple::new(Proto(ip.proto), src, dst);
            flows.entry(tuple).or_insert_with(Vec::new).push(flags);
            hosts.extend([ip.src, ip.dst]);
            truth.packets += 1;
            truth.bytes += u64::from(len);
        });
        (Truth { flows: flows.len() as u64, hosts: hosts.len() as u64, ..truth }, flows)
    }

    #[test]
    fn the_truth_is_what_a_reader_finds() {
        for (packets, flows) in [(20_000, 1_000), (3_000, 3_000), (1, 1), (500, 1), (0, 7), (0, 0)] {
            for snap in [96, 65_535] {
                let (truth, file) = made(packets, flows, snap, 4);
                assert_eq!(found(&file).0, truth, "{packets} packets, {flows} flows");
                assert_eq!((truth.packets, truth.flows), (packets.max(flows), flows));
            }
        }
    }

    #[test]
    fn connections_begin_and_end() {
        let (_, file) = made(20_000, 1_000, 96, 1);
        let flows = found(&file).1;
        let of = |proto| flows.iter().filter(move |(tuple, _)| tuple.proto() == proto);
        let look_ups = of(Proto::UDP).filter(|(tuple, _)| tuple.a().port == 53 || tuple.b().port == 53).count();
        assert!(look_ups > 20 && of(Proto::UDP).count() > look_ups + 50, "{look_ups} look-ups");
        assert!(flows.keys().filter(|tuple| tuple.a().addr.is_ipv6()).count() > 50);
        for (_, flags) in of(Proto::TCP) {
            let ends = flags.iter().filter(|flags| flags.contains(TcpFlags::FIN) || flags.contains(TcpFlags::RST)).count();
            assert!(flags[0] == TcpFlags::SYN && flags[1..].iter().all(|flags| flags.contains(TcpFlags::ACK)));
            assert_eq!(
                ends,
                match flags.len() {
                    1 => 0,
                    2..=4 => 1,
                    _ => 2,
                },
                "{flags:?}"
            );
        }
        let longest = flows.values().map(Vec::len).max().unwrap();
        assert!(longest > 500, "{longest}");
    }

    #[test]
    fn time_goes_evenly_and_the_seed_decides() {
        let (truth, file) = made(6_000, 100, 96, 9);
        let mut times = Vec::new();
        each(&file, |at, frame, len| {
            assert_eq!(frame.len(), 96.min(len as usize));
            times.push(at);
        });
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 10_000));
        assert_eq!((truth, &file), (made(6_000, 100, 96, 9).0, &made(6_000, 100, 96, 9).1));
        assert_ne!(file, made(6_000, 100, 96, 8).1);
    }
}
