//! Runs `glouglou table --json` over a folder of captures and holds the counts against its `truth.tsv`: `corpus GLOUGLOU DIR`.
//!
//! The folder's `truth.tsv` has a header line and the columns `file`, `status`, `format`, `packets`, `capinfos_packets`, `features`, `ipv4_endpoints_all`,
//! `ipv6_endpoints_all`, `tcp_5tuples` and `udp_5tuples`, tab-separated. Where it has a `names.tsv`, names are compared as well.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use names::{Names, Tally as NameTally};
use serde_json::Value;
use tests::run::{peak_bytes, run};

/// Longer is a hang.
const LIMIT: Duration = Duration::from_secs(30);
/// What every run must stay below.
const MOST_BYTES: u64 = 200_000_000;
/// The share of plain files in which every count must be the truth's.
const REACH: f64 = 0.98;
/// Files with any of these are counted apart.
const TUNNELS: [&str; 8] = ["ip_in_ip_or_tunnel", "gre", "erspan", "vxlan", "geneve", "gtp", "teredo", "l2tp"];
const COUNTS: [&str; 4] = ["ipv4_endpoints_all", "ipv6_endpoints_all", "tcp_5tuples", "udp_5tuples"];

#[derive(Default)]
struct Tally {
    files: u64,
    equal: u64,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [glouglou, dir] = args.as_slice() else {
        eprintln!("usage: corpus GLOUGLOU DIR");
        return ExitCode::from(2);
    };
    let dir = Path::new(dir);
    let table = std::fs::read_to_string(dir.join("truth.tsv")).expect("DIR/truth.tsv");
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let mut named = NameTally::of(dir);
    if named.is_none() {
        println!("no names.tsv in {}: names are not compared", dir.display());
    }
    let (mut plain, mut tunnels, mut bad, mut files) = (Tally::default(), Tally::default(), 0_u64, 0_u64);
    for line in lines {
        let row: BTreeMap<&str, &str> = names.iter().copied().zip(line.split('\t')).collect();
        let file = row["file"];
        files += 1;
        let seen = match Seen::of(glouglou, &dir.join(file)) {
            Ok(seen) => seen,
            Err(why) => {
                bad += 1;
                println!("BAD\t{file}\t{why}");
                continue;
            }
        };
        if let Some(named) = &mut named {
            named.file(file, &seen.names);
        }
        let is_pcap = row["format"].starts_with("pcap");
        // Wireshark counts pcapng custom blocks among `packets`; they hold none, and capinfos does not count them.
        let counted = seen.packets.to_string();
        let agree = row["packets"] == counted || row["capinfos_packets"] == counted;
        if is_pcap && row["status"] == "ok" && !agree {
            bad += 1;
            println!("BAD\t{file}\tpackets: {} here, {} in truth", seen.packets, row["packets"]);
        }
        if !is_pcap || row["status"] != "ok" {
            continue;
        }
        let tally = if row["features"].split(',').any(|f| TUNNELS.contains(&f)) { &mut tunnels } else { &mut plain };
        tally.files += 1;
        let differences: Vec<String> = COUNTS
            .iter()
            .filter(|name| row[*name] != seen.counts[*name].to_string())
            .map(|name| format!("{name} {} here, {} in truth", seen.counts[name], row[name]))
            .collect();
        if differences.is_empty() {
            tally.equal += 1;
        } else {
            println!("DIFF\t{file}\t{}", differences.join("; "));
        }
    }
    let share = |t: &Tally| t.equal as f64 / t.files.max(1) as f64;
    let peak = peak_bytes();
    println!("{files} files, {bad} bad; the most memory {} MB", peak / 1_000_000);
    println!("plain: {} of {} equal ({:.2} %)", plain.equal, plain.files, share(&plain) * 100.0);
    println!("tunnels: {} of {} equal ({:.2} %)", tunnels.equal, tunnels.files, share(&tunnels) * 100.0);
    let has_names = named.is_none_or(|named| named.report());
    if has_names && bad == 0 && peak < MOST_BYTES && share(&plain) >= REACH { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Seen {
    packets: u64,
    counts: BTreeMap<&'static str, usize>,
    names: Names,
}

impl Seen {
    fn of(glouglou: &str, file: &Path) -> Result<Seen, String> {
        let ran = run(Command::new(glouglou).args(["table", "--json", "-r"]).arg(file), LIMIT);
        let status = ran.status.ok_or("a hang")?;
        if ran.stderr.contains("panicked") || status.code().is_none_or(|code| code > 1) {
            return Err(format!("{status}: {}", ran.stderr.lines().next().unwrap_or_default()));
        }
        let (mut packets, mut v4, mut v6, mut tcp, mut udp) = (0, BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut names = Names::default();
        for line in String::from_utf8_lossy(&ran.stdout).lines() {
            let line: Value = serde_json::from_str(line).map_err(|e| format!("no JSON: {e}"))?;
            names.take(&line);
            match line["type"].as_str() {
                Some("summary") => packets = line["packets"].as_u64().ok_or("no packets")?,
                Some("host") => {
                    let addr = line["addr"].as_str().unwrap_or_default().to_owned();
                    if addr.contains(':') {
                        v6.insert(addr)
                    } else {
                        v4.insert(addr)
                    };
                }
                Some("flow") if line["src_port"].is_null() => {} // its ports are not known, or it has none
                Some("flow") => {
                    let end = |a: &str, p: &str| (line[a].to_string(), line[p].to_string());
                    let mut ends = [end("src", "src_port"), end("dst", "dst_port")];
                    ends.sort();
                    match line["proto"].as_str() {
                        Some("tcp") => drop(tcp.insert(ends)),
                        Some("udp") => drop(udp.insert(ends)),
                        _ => {}
                    }
                }
                _ => return Err(format!("an unknown line: {line}")),
            }
        }
        let counts = COUNTS.into_iter().zip([v4.len(), v6.len(), tcp.len(), udp.len()]).collect();
        Ok(Seen { packets, counts, names })
    }
}
