//! A probe on one host and a viewer on another: the real programs, a cable between two network namespaces, and a session that nobody else reads.

use std::net::UdpSocket;

use serde_json::Value;
use tests::hosts::{PROBE, VIEWER, add, hosts, program};
use tests::netns::NEEDS;
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::sender::{Load, send};
use tests::{Need, able, ggprobe, glouglou};

/// Whoever sends, from the probe's other side.
const LOAD: Load = Load { to: PROBE, packets: 500, per_sec: 2_000, flows: 5, payload_bytes: 64 };

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
    let token = add(&home, "attic", VIEWER);
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
    add(&home, "attic", VIEWER);
    // A token of somebody else's viewer, at this address.
    let token = add(&other, "attic", VIEWER);
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
