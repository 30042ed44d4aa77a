//! A viewer that hears a load of made-up flows, sealed, over the loopback, and nfcapd that hears NetFlow 9, each at its sender's pace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tests::scratch::Scratch;
use tests::work;

const VIEWER: &str = "127.0.0.1:44301";
const NFCAPD_PORT: &str = "44302";
/// Events a second that are made.
const RATES: [u32; 3] = [100_000, 400_000, 1_000_000];
const LASTS: Duration = Duration::from_secs(10);
const SETTLE: Duration = Duration::from_secs(2);
/// The soak's.
const PROBES: usize = 100;
const OF_EACH: u32 = 1_000;
/// How often nfreplay sends its file, and with how many microseconds after each datagram.
const REPLAYS: usize = 10;
const PAUSES: [&str; 2] = ["0", "10"];

/// What came of it.
struct Heard {
    events: u64,
    lost: u64,
    wall: f64,
    /// Of the whole process, and of the thread that hears.
    cpu: [f64; 2],
    bytes: u64,
}

/// Says what each hears, loses and takes.
pub(crate) fn all(glouglou: &str) {
    println!(
        "{:34}{:>12}{:>10}{:>11}{:>13}{:>13}{:>15}",
        "flows over the loopback", "events/s", "lost", "bytes each", "cpu µs each", "its thread", "per core, 1/s"
    );
    for rate in RATES {
        say(&format!("glouglou, sealed, of {rate}/s"), &viewer(glouglou, rate));
    }
    for pause in PAUSES {
        if let Some(heard) = nfcapd(pause) {
            say(&format!("nfcapd, NetFlow 9, pause {pause} µs"), &heard);
        }
    }
}

fn say(name: &str, Heard { events, lost, wall, cpu: [whole, thread], bytes }: &Heard) {
    let each = |secs: f64| secs * 1e6 / (*events).max(1) as f64;
    println!(
        "{name:34}{:12.0}{lost:10}{:11.1}{:13.2}{:13.2}{:15.0}",
        *events as f64 / wall,
        *bytes as f64 / (*events).max(1) as f64,
        each(*whole),
        each(*thread),
        1e6 / each(*thread)
    );
}

/// A viewer that listens, and those that may come.
struct Site {
    home: Scratch,
    glouglou: PathBuf,
    out: PathBuf,
    viewer: Child,
}

impl Site {
    fn open(glouglou: &str) -> Site {
        let home = Scratch::new();
        let (glouglou, out) = (PathBuf::from(glouglou), home.path("out"));
        let mut command = at_home(&glouglou, &home);
        let viewer = command.args(["table", "--json", "--listen", VIEWER]).stdout(File::create(&out).unwrap()).spawn().unwrap();
        Site { home, glouglou, out, viewer }
    }

    /// A probe that makes so many events a second up.
    fn load(&self, name: &str, hosts: u32, rate: u32) -> Child {
        let added = at_home(&self.glouglou, &self.home).args(["probe", "add", name, "--host", VIEWER]).output().unwrap();
        let said = String::from_utf8(added.stdout).unwrap();
        let token = self.home.path(name);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&token).unwrap();
        file.write_all(said.lines().find(|line| line.starts_with("gg3:")).unwrap().as_bytes()).unwrap();
        let mut command = at_home(&self.glouglou.with_file_name("ggprobe"), &self.home);
        let (hosts, rate) = (hosts.to_string(), rate.to_string());
        command.args(["dummy", "--hosts", &hosts, "--rate", &rate, "--key"]).arg(token).stdout(Stdio::null()).spawn().unwrap()
    }

    /// What was said so far, of that type.
    fn lines(&self, kind: &str) -> Vec<Value> {
        let text = fs::read_to_string(&self.out).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["type"] == kind).collect()
    }
}

fn at_home(program: &Path, home: &Scratch) -> Command {
    let mut command = Command::new(program);
    command.env("HOME", home.path("")).env("XDG_CONFIG_HOME", home.path("")).env_remove("SUDO_UID");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// So many probes for so long: whether what the viewer takes grows, and how late it knows what happened.
pub(crate) fn soak(glouglou: &str, secs: &str) {
    let lasts = Duration::from_secs(secs.parse().unwrap_or_else(|_| panic!("{secs} is no number of seconds")));
    let mut site = Site::open(glouglou);
    let mut loads: Vec<Child> = (0..PROBES).map(|n| site.load(&format!("probe{n}"), 10, OF_EACH)).collect();
    until("all of them", || {
        site.lines("probe")
            .iter()
            .filter(|line| line["state"] == "live")
            .filter_map(|line| line["name"].as_str())
            .collect::<BTreeSet<_>>()
            .len()
            == PROBES
    });
    println!("{PROBES} probes, {OF_EACH} events a second each, {secs} s");
    let (begun, mut next) = (Instant::now(), Duration::ZERO);
    while begun.elapsed() < lasts {
        thread::sleep(Duration::from_secs(1));
        if begun.elapsed() >= next {
            let spent = work::of(site.viewer.id()).0.as_secs_f64();
            println!("{:6.0} s {:10.1} MB {spent:8.1} s of a processor", begun.elapsed().as_secs_f64(), memory_mb(site.viewer.id()));
            next += lasts / 10;
        }
    }
    loads.iter_mut().for_each(end);
    end(&mut site.viewer);
    let mut last = BTreeMap::new();
    site.lines("probe").into_iter().for_each(|line| drop(last.insert(line["name"].to_string(), line)));
    let sum = |what: &str| last.values().map(|line| line["events"][what].as_u64().unwrap()).sum::<u64>();
    println!(
        "{} events taken, {} lost, {} of {} probes heard; delay {}",
        sum("taken"),
        sum("lost"),
        last.len(),
        PROBES,
        site.lines("summary")[0]["delay_ms"]
    );
}

fn memory_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let kb = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kb.unwrap() / 1e3
}

fn viewer(glouglou: &str, rate: u32) -> Heard {
    let mut site = Site::open(glouglou);
    let mut load = site.load("load", rate / 100, rate);
    until("the probe", || site.lines("probe").iter().any(|line| line["state"] == "live"));
    // Of the whole time, its beginning included, when every flow is told of anew.
    let (begun, bytes) = (Instant::now(), loopback());
    thread::sleep(LASTS);
    end(&mut load);
    let (wall, bytes) = (begun.elapsed().as_secs_f64(), loopback() - bytes);
    let spent = work::by_thread(site.viewer.id());
    end(&mut site.viewer);
    let line = site.lines("probe").pop().unwrap();
    let count = |what: &str| line["events"][what].as_u64().unwrap();
    let lost = count("lost") + count("refused") + line["lost"]["queue"].as_u64().unwrap();
    let whole: Duration = spent.values().sum();
    let thread = spent.get("source").copied().unwrap_or_default();
    Heard { events: count("taken"), lost, wall, cpu: [whole.as_secs_f64(), thread.as_secs_f64()], bytes }
}

/// Replays NetFlow of the recording that the other part is of, and counts the flows that were kept. None where these programs are not installed.
fn nfcapd(pause: &str) -> Option<Heard> {
    let dir = Scratch::new();
    let [made, kept] = ["made", "kept"].map(|name| dir.path(name));
    [&made, &kept].into_iter().for_each(|dir| fs::create_dir(dir).unwrap());
    let pcap = dir.path("bench.pcap");
    capture::demo::write_pcap(&pcap, 300_000, 100_000, 96, 1).unwrap();
    let quiet = |program: &str| {
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let Ok(status) = quiet("nfpcapd").arg("-r").arg(&pcap).arg("-w").arg(&made).status() else {
        println!("nfcapd is not installed");
        return None;
    };
    assert!(status.success(), "nfpcapd: {status}");
    let files: Vec<PathBuf> = fs::read_dir(&made).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut nfcapd = quiet("nfcapd").args(["-p", NFCAPD_PORT, "-b", "127.0.0.1", "-w"]).arg(&kept).spawn().unwrap();
    until("nfcapd", || fs::read_to_string("/proc/net/udp").unwrap().contains(&format!(":{:04X} ", NFCAPD_PORT.parse::<u16>().unwrap())));
    let (begun, bytes) = (Instant::now(), loopback());
    for file in files.iter().cycle().take(REPLAYS * files.len()) {
        let replay =
            quiet("nfreplay").arg("-r").arg(file).args(["-H", "127.0.0.1", "-p", NFCAPD_PORT, "-v", "9", "-d", pause]).status().unwrap();
        assert!(replay.success(), "nfreplay: {replay}");
    }
    let (wall, bytes) = (begun.elapsed().as_secs_f64(), loopback() - bytes);
    // Until it has nothing more to do.
    let mut spent = work::of(nfcapd.id()).0;
    loop {
        thread::sleep(SETTLE);
        let now = work::of(nfcapd.id()).0;
        if now == spent {
            break;
        }
        spent = now;
    }
    end(&mut nfcapd);
    let events = flows_in(&kept);
    let sent = flows_in(&made) * REPLAYS as u64;
    Some(Heard { events, lost: sent.saturating_sub(events), wall, cpu: [spent.as_secs_f64(); 2], bytes })
}

/// How many flows nfdump finds in a folder.
fn flows_in(dir: &Path) -> u64 {
    let output = Command::new("nfdump").arg("-R").arg(dir).args(["-I", "-q"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("Flows: ")?.trim().parse().ok()).unwrap_or_else(|| panic!("nfdump says {text}"))
}

fn until(what: &str, done: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < patience, "{what} does not come");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Bytes that were sent over the loopback so far.
fn loopback() -> u64 {
    let text = fs::read_to_string("/proc/net/dev").unwrap();
    let line = text.lines().find_map(|line| line.trim().strip_prefix("lo:")).unwrap();
    line.split_whitespace().nth(8).unwrap().parse().unwrap()
}

fn end(child: &mut Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    child.wait().unwrap();
}
