//! A probe on one host and a viewer on another: the real programs, a cable between two network namespaces, and a session that nobody else reads.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;

use serde_json::Value;
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::sender::{Load, send};
use tests::{Need, able, ggprobe, glouglou};

const VIEWER: &str = "10.97.0.1";
const PROBE: Ipv4Addr = Ipv4Addr::new(10, 97, 0, 2);
/// Whoever sends, from the probe's other side.
const LOAD: Load = Load { to: PROBE, packets: 500, per_sec: 2_000, flows: 5, payload_bytes: 64 };

/// A host for the viewer and one for the probe, and a cable between them.
fn hosts() -> (Namespace, Namespace) {
    let (viewer, probe) = (Namespace::new(), Namespace::new());
    viewer.ip(&["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", probe.name()]);
    viewer.ip(&["address", "add", &format!("{VIEWER}/24"), "dev", "eth0"]);
    probe.ip(&["address", "add", &format!("{PROBE}/24"), "dev", "eth0"]);
    viewer.ip(&["link", "set", "eth0", "up"]);
    probe.ip(&["link", "set", "eth0", "up"]);
    (viewer, probe)
}

/// A program of ours, with a home of its own; what it says to the user is heard, too.
fn program(path: &std::path::Path, home: &Scratch, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(path).args(arguments);
    command.env("HOME", home.path("")).env("XDG_CONFIG_HOME", home.path("")).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    command
}

/// Lets a probe come; the token.
fn add(home: &Scratch, name: &str) -> String {
    let added = program(&glouglou(), home, &["probe", "add", name, "--host", VIEWER]).output().unwrap();
    let said = String::from_utf8(added.stdout).unwrap();
    said.lines().find(|line| line.starts_with("gg3:")).unwrap_or_else(|| panic!("{said}")).to_owned()
}

#[test]
fn what_a_probe_sees_is_what_its_viewer_shows() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (viewer_host, probe_host) = hosts();
    let home = Scratch::new();
    let listen = format!("{VIEWER}:4430");
    let viewer = Probe::start(&viewer_host, &mut program(&glouglou(), &home, &["table", "--json", "--listen", &listen]));
    // Whoever is added while it listens may come.
    viewer.hear(&format!("glouglou: listens at {listen}"));
    let token = add(&home, "attic");
    let key = home.path("probe.key");
    let mut probe =
        Probe::start(&probe_host, &mut program(&ggprobe(), &home, &["join", "--key", key.to_str().unwrap(), "--no-proc", "-i", "eth0"]));
    probe.say(&token);
    probe.hear(&format!("ggprobe: connected with {listen}"));
    viewer.hear("glouglou: the probe attic came, from 10.97.0.2");

    let sent = {
        let _so_that_nothing_is_answered: Vec<UdpSocket> =
            probe_host.enter(|| (20_000..20_005).map(|port| UdpSocket::bind((PROBE, port)).unwrap()).collect());
        viewer_host.enter(|| send(LOAD))
    };
    // What it has to say at its end is said before the viewer is told to end.
    probe.finish();
    let said = viewer.finish();
    let lines: Vec<Value> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let to_probe = |line: &&Value| line["type"] == "flow" && line["proto"] == "udp" && line["dst"] == PROBE.to_string();
    let flows: Vec<&Value> = lines.iter().filter(to_probe).collect();
    let sum = |field: &str| flows.iter().map(|flow| flow[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((flows.len(), sum("packets_fwd"), sum("bytes_fwd")), (5, sent.packets, sent.bytes), "{said:#?}");
    assert!(flows.iter().all(|flow| flow["tags"]["src.mac"].is_string() && flow["state"] != "gone"), "{flows:#?}");
    // What carries it is not told.
    assert!(!lines.iter().any(|line| line["dst_port"] == 4430 || line["src_port"] == 4430), "{said:#?}");
}

#[test]
fn who_is_not_invited_is_not_heard() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (viewer_host, probe_host) = hosts();
    let (home, other) = (Scratch::new(), Scratch::new());
    add(&home, "attic");
    // A token of somebody else's viewer, at this address.
    let token = add(&other, "attic");
    let listen = format!("{VIEWER}:4430");
    let viewer = Probe::start(&viewer_host, &mut program(&glouglou(), &home, &["table", "--json", "--listen", &listen]));
    let key = other.path("probe.key");
    let mut probe =
        Probe::start(&probe_host, &mut program(&ggprobe(), &other, &["join", "--key", key.to_str().unwrap(), "--no-proc", "-i", "eth0"]));
    probe.say(&token);
    probe.hear("ggprobe: dials");
    viewer_host.enter(|| send(LOAD));
    let said = probe.finish();
    assert!(!said.iter().any(|line| line.contains("connected")), "{said:#?}");
    let said = viewer.finish();
    assert!(!said.iter().any(|line| line.contains("came") || line.contains("\"flow\"")), "{said:#?}");
}
