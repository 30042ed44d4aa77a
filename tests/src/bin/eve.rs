//! Holds Suricata's records against ours: `eve GLOUGLOU CAPTURES EVE`.
//!
//! Every line of every `*.jsonl` in EVE must be read, or be counted by the reason why it was not. A file `DIR@NAME.eve.jsonl` is what Suricata wrote of
//! `CAPTURES/DIR/NAME`: its flows must be ours, what it says of them must be found there, and our counters must be what they are without it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use serde_json::Value;
use tests::run::run;
use wire::eve::{Lines, Record};

/// Longer is a hang.
const LIMIT: Duration = Duration::from_secs(60);
/// The share of Suricata's flows that must be ours.
const REACH: f64 = 0.99;

/// A flow as both name it: protocol and ends, sorted. Only TCP, UDP and SCTP have ports.
type Flow = (String, [(IpAddr, Option<u16>); 2]);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [glouglou, captures, eve] = args.as_slice() else {
        eprintln!("usage: eve GLOUGLOU CAPTURES EVE");
        return ExitCode::from(2);
    };
    let Ok(files) = std::fs::read_dir(eve) else {
        println!("skipped: there is no {eve}");
        return ExitCode::SUCCESS;
    };
    let mut files: Vec<PathBuf> =
        files.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension().is_some_and(|e| e == "jsonl")).collect();
    files.sort();
    let (mut lines, mut reasons, mut bad) = (0_u64, BTreeMap::new(), 0_u64);
    let (mut theirs, mut ours, mut carriers, mut pairs, mut tags_lost) = (0, 0, 0, 0, 0);
    for path in &files {
        let text = std::fs::read(path).expect("a file that was listed");
        let records = read(&text, &mut lines, &mut reasons);
        let Some(capture) = capture_of(path, Path::new(captures)) else { continue };
        pairs += 1;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match compare(glouglou, &capture, path, &records) {
            Ok(compared) => {
                theirs += compared.theirs;
                carriers += compared.carriers;
                ours += compared.theirs - compared.carriers - compared.missing.len();
                tags_lost += compared.tags_lost;
                compared.missing.iter().for_each(|flow| println!("MISSING\t{name}\t{flow:?}"));
                if compared.tags_lost > 0 {
                    println!("TAGS\t{name}\t{} of unknown flows", compared.tags_lost);
                }
            }
            Err(why) => {
                bad += 1;
                println!("BAD\t{name}\t{why}");
            }
        }
    }
    let counted: u64 = reasons.values().sum();
    println!("{} files, {lines} lines: {counted} counted", files.len());
    reasons.iter().for_each(|(reason, count)| println!("  {count} {reason}"));
    let share = ours as f64 / (theirs - carriers).max(1) as f64;
    let percent = share * 100.0;
    println!("{pairs} pairs: {theirs} flows, of which {carriers} carry flows of ours; of the others {ours} are ours ({percent:.2} %)");
    println!("{tags_lost} tags of unknown flows; {bad} bad");
    if bad == 0 && counted == lines && share >= REACH { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads every line, and counts what became of it.
fn read(text: &[u8], lines: &mut u64, reasons: &mut BTreeMap<String, u64>) -> Vec<Record> {
    *lines += text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as u64;
    let (mut splitter, mut records) = (Lines::default(), Vec::new());
    let mut take = |line: Option<&[u8]>| {
        let record = line.ok_or(wire::eve::Fault::TooLong).and_then(Record::parse);
        let reason = record.as_ref().map_or_else(|fault| format!("not read: {fault}"), |_| "read".to_owned());
        *reasons.entry(reason).or_default() += 1;
        records.extend(record.ok());
    };
    splitter.take(text, &mut take);
    splitter.end(&mut take);
    records
}

/// The capture that a file is of.
fn capture_of(eve: &Path, captures: &Path) -> Option<PathBuf> {
    let (dir, name) = eve.file_name()?.to_str()?.strip_suffix(".eve.jsonl")?.split_once('@')?;
    Some(captures.join(dir).join(name)).filter(|path| path.is_file())
}

struct Compared {
    theirs: usize,
    /// Those of them that carry flows of ours, and are none themselves: ours are by the innermost header.
    carriers: usize,
    missing: Vec<Flow>,
    tags_lost: u64,
}

fn compare(glouglou: &str, capture: &Path, eve: &Path, records: &[Record]) -> Result<Compared, String> {
    let with = table(glouglou, capture, Some(eve))?;
    let without = table(glouglou, capture, None)?;
    if with.counts != without.counts {
        return Err("our counters are others when Suricata speaks".to_owned());
    }
    let flows = records.iter().filter(|record| record.event_type == "flow").filter_map(|record| record.ends.as_ref());
    let theirs: Vec<Flow> = flows.map(|ends| flow(&ends.protocol.to_string(), ends.src, ends.dst, ends.ports)).collect();
    let others: Vec<&Flow> = theirs.iter().filter(|flow| !with.flows.contains(*flow)).collect();
    let carries = |(_, [(a, _), (b, _)]): &Flow| with.tunnels.contains(&[*a.min(b), *a.max(b)]);
    let (carriers, missing): (Vec<_>, Vec<_>) = others.into_iter().partition(|flow| carries(flow));
    let missing = missing.into_iter().cloned().collect();
    Ok(Compared { theirs: theirs.len(), carriers: carriers.len(), missing, tags_lost: with.tags_lost })
}

fn flow(proto: &str, src: IpAddr, dst: IpAddr, ports: Option<(u16, u16)>) -> Flow {
    let (from, to) = ports.unzip();
    let mut ends = [(src, from), (dst, to)];
    ends.sort();
    (proto.to_owned(), ends)
}

struct Table {
    flows: BTreeSet<Flow>,
    /// The ends of tunnels that carry them, sorted.
    tunnels: BTreeSet<[IpAddr; 2]>,
    /// Packets and bytes of each flow's line.
    counts: Vec<String>,
    tags_lost: u64,
}

/// What `glouglou table` says of a capture.
fn table(glouglou: &str, capture: &Path, eve: Option<&Path>) -> Result<Table, String> {
    let mut command = Command::new(glouglou);
    command.args(["table", "--json", "-r"]).arg(capture);
    if let Some(eve) = eve {
        command.arg("--suricata").arg(eve);
    }
    let ran = run(&mut command, LIMIT);
    if ran.status.is_none() || ran.stderr.contains("panicked") {
        return Err(format!("a hang, or a panic: {}", ran.stderr));
    }
    let (mut flows, mut tunnels, mut counts, mut tags_lost) = (BTreeSet::new(), BTreeSet::new(), Vec::new(), 0);
    for line in String::from_utf8_lossy(&ran.stdout).lines() {
        let line: Value = serde_json::from_str(line).map_err(|error| format!("no JSON: {error}"))?;
        match line["type"].as_str() {
            Some("flow") => {
                let addr = |name: &str| line[name].as_str().and_then(|addr| addr.parse().ok()).ok_or("no address");
                let port = |name: &str| line[name].as_u64().map(|port| port as u16);
                let ports = port("src_port").zip(port("dst_port"));
                let proto = number(line["proto"].as_str().unwrap_or_default());
                // Where no port is told there may be zeros, as Suricata has them.
                flows.insert(flow(&proto, addr("src")?, addr("dst")?, ports.or(has_ports(&proto).then_some((0, 0)))));
                let tunnel = |name: &str| line["tags"][name].as_str().and_then(|addr| addr.parse::<IpAddr>().ok());
                tunnels.extend(tunnel("tunnel.src").zip(tunnel("tunnel.dst")).map(|(a, b)| [a.min(b), a.max(b)]));
                let told = ["packets_fwd", "packets_rev", "bytes_fwd", "bytes_rev", "src", "src_port", "dst", "dst_port", "start_us"];
                counts.push(told.map(|name| line[name].to_string()).join(" "));
            }
            Some("summary") => tags_lost = line["lost"]["tags"].as_u64().ok_or("no tags that were lost")?,
            _ => {}
        }
    }
    counts.sort();
    Ok(Table { flows, tunnels, counts, tags_lost })
}

fn has_ports(number: &str) -> bool {
    matches!(number, "6" | "17" | "132")
}

/// The protocol's number, as Suricata's records are read.
fn number(name: &str) -> String {
    let known = [
        ("icmp", 1),
        ("tcp", 6),
        ("udp", 17),
        ("gre", 47),
        ("esp", 50),
        ("ah", 51),
        ("icmp6", 58),
        ("icmpv6", 58),
        ("ipv6-icmp", 58),
        ("sctp", 132),
    ];
    let number = known.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    number.map_or_else(|| name.to_owned(), |number: u8| number.to_string())
}
