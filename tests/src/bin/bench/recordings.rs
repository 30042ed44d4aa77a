//! `glouglou table` against other readers of recordings, on the same file, in turn.
//!
//! The file is made here: 3 million packets of 100,000 flows, 96 bytes kept of each. Every program is run several times in turn, so that
//! a machine whose speed drifts is fair to all; what counts is the median, and the ratios of the medians.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

const PACKETS: u64 = 3_000_000;
const FLOWS: u64 = 100_000;
const SNAP_BYTES: u32 = 96;
const ROUNDS: usize = 5;

/// One run of a program: what `bench --one` prints.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    cpu: f64,
    peak_mb: f64,
}

/// Makes the file, runs all programs over it and says what that took.
pub(crate) fn all(glouglou: &str) {
    let dir = std::env::temp_dir().join(format!("glouglou-bench-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("nfcapd")).unwrap();
    let file = dir.join("bench.pcap");
    let truth = capture::demo::write_pcap(&file, PACKETS, FLOWS, SNAP_BYTES, 1).unwrap();
    println!("{} packets, {} flows, {SNAP_BYTES} bytes kept, {ROUNDS} runs each, in turn", truth.packets, truth.flows);
    let path = file.to_string_lossy().into_owned();
    let spool = dir.join("nfcapd").to_string_lossy().into_owned();
    let programs: [(&str, Vec<String>); 5] = [
        ("glouglou table", words(&[glouglou, "table", "-r", &path])),
        ("glouglou table --json", words(&[glouglou, "table", "--json", "-r", &path])),
        ("tcpdump -w /dev/null", words(&["tcpdump", "-r", &path, "-w", "/dev/null"])),
        ("nfpcapd", words(&["nfpcapd", "-r", &path, "-w", &spool])),
        ("glouglou, headers only", words(&[glouglou, "table", "--headers-only", "-r", &path])),
    ];
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); programs.len()];
    for _ in 0..ROUNDS {
        for ((_, command), runs) in programs.iter().zip(&mut runs) {
            runs.push(measure(command));
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
    let wall = |i: usize| median(runs[i].iter().map(|r| r.wall));
    println!("{:24}{:>9}{:>9}{:>10}{:>12}", "median of", "wall s", "cpu s", "peak MB", "of tcpdump");
    for (i, (name, _)) in programs.iter().enumerate() {
        let (cpu, peak) = (median(runs[i].iter().map(|r| r.cpu)), median(runs[i].iter().map(|r| r.peak_mb)));
        println!("{name:24}{:9.3}{cpu:9.3}{peak:10.1}{:12.2}", wall(i), wall(i) / wall(2));
    }
    println!("what packets carry costs {:.1} % more than their headers alone", (wall(0) / wall(4) - 1.0) * 100.0);
    println!("nfpcapd takes {:.1} times as long as glouglou table", wall(3) / wall(0));
}

/// Makes the file, and says what it takes to look at what its packets carry.
pub(crate) fn dissection() {
    let file = std::env::temp_dir().join(format!("glouglou-bench-{}.pcap", std::process::id()));
    make(&file.to_string_lossy());
    crate::dissection::all(&file);
    std::fs::remove_file(&file).unwrap();
}

/// Leaves the file.
pub(crate) fn make(file: &str) {
    capture::demo::write_pcap(Path::new(file), PACKETS, FLOWS, SNAP_BYTES, 1).unwrap();
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs a program in a process of its own, whose children are this one alone, so that the kernel's figures are its figures.
fn measure(command: &[String]) -> Run {
    let me: PathBuf = std::env::current_exe().unwrap();
    let out = Command::new(me).arg("--one").args(command).stderr(Stdio::inherit()).output().unwrap();
    assert!(out.status.success(), "{command:?} failed");
    let text = String::from_utf8(out.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|w| w.parse().unwrap()).collect();
    let [wall, cpu, peak_mb] = figures.try_into().unwrap();
    Run { wall, cpu, peak_mb }
}

/// Runs a program, and prints what it took.
pub(crate) fn one(command: &[String]) -> ExitCode {
    let (program, args) = command.split_first().unwrap();
    let began = Instant::now();
    let done = Command::new(Path::new(program)).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let wall = began.elapsed();
    let Ok(status) = done else {
        eprintln!("{program} is not installed");
        return ExitCode::FAILURE;
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let secs = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
    let cpu = secs(usage.user_time()) + secs(usage.system_time());
    let wall: Duration = wall;
    println!("{} {cpu} {}", wall.as_secs_f64(), usage.max_rss() as f64 / 1000.0);
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
