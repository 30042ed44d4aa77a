//! How far hosts are is told by the addresses and networks that this machine has, and follows them while it looks.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::time::{Duration, Instant};

use app::computing::Computing;
use app::open::Processes;
use app::pipeline::{Session, SourceKind, Start, Update};
use capture::interfaces::{Watch, vicinity};
use capture::source::SourceError;
use capture::{Batch, Context, Ended, Source};
use crossbeam_channel::bounded;
use graph::{Event, Kind, Scope, Snapshot, Time};
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::sender::{Load, send};
use tests::{able, glouglou};

const NOW: Time = Time::from_secs(1_700_000_000);
const LONG: Duration = Duration::from_secs(20);
const NEIGHBOUR: &str = "203.0.113.2";
const STRANGER: &str = "198.51.100.2";

/// Sees two hosts, and waits.
struct TwoHosts;

impl Source for TwoHosts {
    fn name(&self) -> String {
        "two hosts".into()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let [src, dst] = [NEIGHBOUR, STRANGER].map(|addr| addr.parse().unwrap());
        let kind = Kind::Outer { src, dst, packets: 1, bytes: 60 };
        context.outlet.send(Batch { now: NOW, events: vec![Event { at: NOW, origin: context.origin, kind }] }, || false);
        let _stop = context.commands.recv();
        Ok(Ended::Stopped)
    }
}

/// How far both hosts are: the value of the column, and how they are drawn.
fn scopes(snapshot: &Snapshot) -> [Option<(String, Scope)>; 2] {
    [NEIGHBOUR, STRANGER].map(|addr| {
        let addr: IpAddr = addr.parse().unwrap();
        let host = snapshot.hosts.values().find(|host| host.key.addr == addr)?;
        let said = host.tags.all().next()?.value().to_string();
        Some((said, snapshot.totals.scope(&host.key)))
    })
}

#[test]
fn hosts_come_near_when_this_machine_comes_to_their_network() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let namespace = &cable.near;
    let (repaint, repaints) = bounded(1);
    // Threads are where those are that start them.
    let session = namespace.enter(|| {
        let watch = Some(Watch::start().unwrap());
        let computing = Computing { vicinity: vicinity().unwrap(), watch, ..Computing::bare() };
        let source = Box::new(TwoHosts);
        let start = Start {
            kind: SourceKind::Live,
            source,
            beside: Processes::default(),
            speed: None,
            others: Vec::new(),
            heard: None,
            places: None,
        };
        let repaint = move || {
            let _one_waits = repaint.try_send(());
        };
        Session::start(start, computing, repaint).unwrap()
    });
    let mut snapshot = Snapshot::default();
    let mut until = |wanted: [(&str, Scope); 2]| {
        let late = Instant::now() + LONG;
        while scopes(&snapshot) != wanted.map(|(said, scope)| Some((said.to_owned(), scope))) {
            repaints.recv_deadline(late).unwrap_or_else(|_| panic!("{wanted:?} never came to be, but {:?}", scopes(&snapshot)));
            match session.update() {
                Some(Update::Snapshot(whole)) => snapshot = *whole,
                Some(Update::Delta(delta)) => snapshot.apply(*delta),
                None => {}
            }
        }
    };
    until([("internet", Scope::Internet), ("internet", Scope::Internet)]);
    namespace.ip(&["address", "add", "203.0.113.1/24", "dev", "near"]);
    until([("lan", Scope::Local), ("internet", Scope::Internet)]);
    namespace.ip(&["address", "add", "198.51.100.2/32", "dev", "near"]);
    until([("lan", Scope::Local), ("own", Scope::Own)]);
    namespace.ip(&["address", "flush", "dev", "near"]);
    until([("internet", Scope::Internet), ("internet", Scope::Internet)]);
}

fn catches_interrupts(program: &Probe) -> bool {
    u64::from_str_radix(program.status("SigCgt").trim(), 16).unwrap() >> (nix::libc::SIGINT - 1) & 1 == 1
}

#[test]
fn a_public_network_that_this_machine_is_on_is_its_own_network() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    cable.near.ip(&["address", "add", "203.0.113.1/25", "dev", "near"]);
    let scratch = Scratch::new();
    let mut command = Command::new(glouglou());
    command.args(["table", "--json", "-i", "near"]).env("HOME", scratch.path("home")).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    let probe = Probe::start(&cable.near, &mut command);
    tests::wait("it captures, and ends when it is told to", || cable.near.captures() > 0 && catches_interrupts(&probe));
    for to in [Ipv4Addr::new(203, 0, 113, 9), Ipv4Addr::new(203, 0, 113, 129)] {
        cable.near.ip(&["route", "replace", &to.to_string(), "dev", "near"]);
        cable.near.ip(&["neighbour", "replace", &to.to_string(), "lladdr", "02:00:00:00:00:02", "dev", "near"]);
        cable.near.enter(|| send(Load { to, packets: 1, per_sec: 1_000, flows: 1, payload_bytes: 64 }));
    }
    let said = probe.finish();
    let flows = said.iter().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).filter(|said| said["type"] == "flow");
    let scopes: BTreeMap<String, String> =
        flows.map(|flow| (flow["dst"].as_str().unwrap().to_owned(), flow["tags"]["dst.scope"].as_str().unwrap().to_owned())).collect();
    let expected = [("203.0.113.9", "lan"), ("203.0.113.129", "internet")];
    assert_eq!(scopes, expected.into_iter().map(|(addr, scope)| (addr.to_owned(), scope.to_owned())).collect());
}
