//! `glouglou ps --follow` against forkstat: each alone on a load of programs that live next to no time, and both at once.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Pid, Uid, setgid, setuid};
use serde_json::Value;
use tests::crowd::USER;
use tests::scratch::Scratch;
use tests::work;

/// How many programs run, one after the other, and which.
const LOADS: [(&str, &[&str]); 2] = [("20000", &["sleep", "0.001"]), ("5000", &["true"])];
/// A watcher is given so long to begin and to catch up.
const SETTLE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watcher {
    Glouglou,
    Forkstat,
}

/// What a watcher told of the programs of a load.
#[derive(Debug, Default)]
struct Told {
    forks: usize,
    execs: usize,
    /// Programs of which it told what they were: with executable and command line, forkstat with the latter.
    whole: usize,
    exits: usize,
    lost: u64,
    took: Duration,
}

/// Says what both tell, and take, of every load.
pub(crate) fn all(glouglou: &str) {
    if !Uid::effective().is_root() {
        println!("processes: only root hears of them from the kernel");
        return;
    }
    let watchers = [(Watcher::Glouglou, "glouglou ps --follow"), (Watcher::Forkstat, "forkstat")];
    for (count, program) in LOADS {
        let alone = watchers.map(|(watcher, _)| run(glouglou, &[watcher], count, program));
        let both = run(glouglou, &[Watcher::Glouglou, Watcher::Forkstat], count, program);
        println!("{count} times {}, one after the other", program.join(" "));
        println!(
            "{:24}{:>9}{:>9}{:>9}{:>9}{:>9}{:>14}{:>18}",
            "", "forks", "programs", "whole", "ends", "lost", "cpu µs/event", "beside the other"
        );
        // A birth, a program and an end each.
        let each = |told: &Told| told.took.as_secs_f64() * 1e6 / (3.0 * count.parse::<f64>().unwrap());
        for ((alone, beside), (_, name)) in alone.iter().map(|told| &told[0]).zip(&both).zip(watchers) {
            let Told { forks, execs, whole, exits, lost, .. } = alone;
            println!("{name:24}{forks:9}{execs:9}{whole:9}{exits:9}{lost:9}{:14.2}{:18.2}", each(alone), each(beside));
        }
        println!("glouglou takes {:.2} times forkstat's processor time", each(&alone[0][0]) / each(&alone[1][0]));
    }
}

/// Runs a load beside the watchers.
fn run(glouglou: &str, watchers: &[Watcher], count: &str, program: &[&str]) -> Vec<Told> {
    let scratch = Scratch::new();
    let mut running: Vec<(Watcher, Child, PathBuf)> = Vec::new();
    for watcher in watchers {
        let out = scratch.path(format!("{watcher:?}"));
        running.push((*watcher, start(*watcher, glouglou, &out), out));
    }
    thread::sleep(SETTLE);
    let before: Vec<Duration> = running.iter().map(|(_, child, _)| work::of(child.id()).0).collect();
    let load =
        Command::new(std::env::current_exe().unwrap()).args(["--load", count]).args(program).stderr(Stdio::inherit()).output().unwrap();
    assert!(load.status.success());
    let pids: BTreeSet<u32> = String::from_utf8(load.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    thread::sleep(SETTLE);
    let took: Vec<Duration> = running.iter().zip(before).map(|((_, child, _), before)| work::of(child.id()).0 - before).collect();
    let told = running.into_iter().zip(took).map(|((watcher, mut child, out), took)| {
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        child.wait().unwrap();
        let text = fs::read_to_string(out).unwrap();
        let told = match watcher {
            Watcher::Glouglou => of_json(&text, &pids),
            Watcher::Forkstat => of_forkstat(&text, &pids, &program.join(" ")),
        };
        Told { took, ..told }
    });
    told.collect()
}

fn start(watcher: Watcher, glouglou: &str, out: &Path) -> Child {
    let mut command = match watcher {
        Watcher::Glouglou => Command::new(glouglou),
        Watcher::Forkstat => Command::new("forkstat"),
    };
    if watcher == Watcher::Glouglou {
        // As from sudo: it becomes the user whose programs these are.
        command.args(["ps", "--follow", "--json"]).env("SUDO_UID", USER.to_string()).env("SUDO_GID", USER.to_string());
    }
    command.stdin(Stdio::null()).stdout(File::create(out).unwrap()).spawn().unwrap_or_else(|error| panic!("{watcher:?}: {error}"))
}

fn of_json(text: &str, pids: &BTreeSet<u32>) -> Told {
    let mut told = Told::default();
    for line in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let ours = line["pid"].as_u64().is_some_and(|pid| pids.contains(&(pid as u32)));
        match line["type"].as_str() {
            Some("fork") if ours => told.forks += 1,
            Some("exec") if ours => {
                told.execs += 1;
                told.whole += usize::from(line["exe"].is_string() && line["command"].is_string());
            }
            Some("exit") if ours => told.exits += 1,
            Some("lost") => told.lost = line["lost"].as_u64().unwrap(),
            _ => {}
        }
    }
    told
}

/// Its lines: time, event, number, what it says of a birth or an end, and the command line, where it knows that. Of losses it says nothing.
fn of_forkstat(text: &str, pids: &BTreeSet<u32>, command: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, event, pid, rest @ ..] = words.as_slice() else { continue };
        if !pid.parse().is_ok_and(|pid| pids.contains(&pid)) {
            continue;
        }
        match *event {
            "fork" if rest.first() == Some(&"child") => told.forks += 1,
            "exec" => {
                told.execs += 1;
                told.whole += usize::from(rest.join(" ") == command);
            }
            "exit" => told.exits += 1,
            _ => {}
        }
    }
    told
}

/// Runs a program so many times, one after the other, as a user of no rights, and prints the numbers that it had.
pub(crate) fn load(count: &str, program: &str, arguments: &[&str]) {
    setgid(Gid::from_raw(USER)).unwrap();
    setuid(Uid::from_raw(USER)).unwrap();
    let began = Instant::now();
    for _ in 0..count.parse::<usize>().unwrap() {
        let mut child = Command::new(program).args(arguments).spawn().unwrap();
        child.wait().unwrap();
        println!("{}", child.id());
    }
    eprintln!("{count} times {program}: {:.1} s", began.elapsed().as_secs_f64());
}
