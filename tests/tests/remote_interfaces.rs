//! A probe that watches two interfaces, which the same packets pass: one flow, counted once; and one that looks at a part of them.

use std::net::{Ipv4Addr, UdpSocket};

use serde_json::{Value, json};
use tests::hosts::{add, program};
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::sender::{Load, Sent, send};
use tests::{Need, able, ggprobe, glouglou};

const VIEWER: &str = "10.98.1.1";
const FAR: Ipv4Addr = Ipv4Addr::new(10, 98, 2, 2);
const LOAD: Load = Load { to: FAR, packets: 4_000, per_sec: 8_000, flows: 2, payload_bytes: 64 };

/// A viewer, which sends as well, somebody who is sent to, and a probe that is the router between both.
struct Net {
    viewer: Namespace,
    probe: Namespace,
    far: Namespace,
}

impl Net {
    fn new() -> Net {
        let net = Net { viewer: Namespace::new(), probe: Namespace::new(), far: Namespace::new() };
        for (host, interface, n, of_host) in [(&net.viewer, "near", 1, 1), (&net.far, "far", 2, 2)] {
            let of_probe = 3 - of_host;
            net.probe.ip(&["link", "add", interface, "type", "veth", "peer", "name", "eth0", "netns", host.name()]);
            net.probe.ip(&["address", "add", &format!("10.98.{n}.{of_probe}/24"), "dev", interface]);
            host.ip(&["address", "add", &format!("10.98.{n}.{of_host}/24"), "dev", "eth0"]);
            net.probe.ip(&["link", "set", interface, "up"]);
            host.ip(&["link", "set", "eth0", "up"]);
            host.ip(&["route", "add", "default", "via", &format!("10.98.{n}.{of_probe}")]);
        }
        net.probe.enter(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap());
        net
    }
}

/// What was sent, and what the viewer says of it: the flows, and all that it said.
fn watch(arguments: &[&str]) -> (Sent, Vec<Value>, Vec<String>) {
    let (net, home) = (Net::new(), Scratch::new());
    let listen = format!("{VIEWER}:4430");
    let viewer = Probe::start(&net.viewer, &mut program(&glouglou(), &home, &["table", "--json", "--listen", &listen]));
    viewer.hear(&format!("glouglou: listens at {listen}"));
    let token = add(&home, "attic", VIEWER);
    let key = home.path("probe.key");
    let arguments = [&["join", "--key", key.to_str().unwrap(), "--no-proc", "-i", "near", "-i", "far"], arguments].concat();
    let mut probe = Probe::start(&net.probe, &mut program(&ggprobe(), &home, &arguments));
    probe.say(&token);
    probe.hear(&format!("ggprobe: connected with {listen}"));
    let _so_that_nothing_is_answered: Vec<UdpSocket> =
        net.far.enter(|| (20_000..20_002).map(|port| UdpSocket::bind((FAR, port)).unwrap()).collect());
    let sent = net.viewer.enter(|| send(LOAD));
    probe.finish();
    let said = viewer.finish();
    let lines = said.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let flows = lines.filter(|line| line["type"] == "flow" && line["proto"] == "udp" && line["dst"] == FAR.to_string()).collect();
    (sent, flows, said)
}

fn sum(flows: &[Value], field: &str) -> u64 {
    flows.iter().map(|flow| flow[field].as_u64().unwrap()).sum()
}

#[test]
fn a_flow_that_passes_two_interfaces_is_one_and_counted_once() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (sent, flows, said) = watch(&[]);
    assert_eq!((flows.len(), sum(&flows, "packets_fwd"), sum(&flows, "bytes_fwd")), (2, sent.packets, sent.bytes), "{said:#?}");
    for flow in &flows {
        let [seen] = flow["seen_by"].as_array().unwrap().as_slice() else { panic!("{flow}") };
        assert_eq!(*seen, json!({ "origin": "attic", "interfaces": ["far", "near"], "bytes": flow["bytes_fwd"], "sampling": 1 }));
    }
    // Neither interface tells of what carries it.
    assert!(!said.iter().any(|line| line.contains("\"dst_port\":4430") || line.contains("\"src_port\":4430")), "{said:#?}");
}

#[test]
fn of_what_is_sampled_a_part_is_counted_and_said_to_be_one() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (sent, flows, said) = watch(&["--sample", "4"]);
    assert_eq!((flows.len(), sent.packets), (2, 4_000), "{said:#?}");
    // Of two interfaces the larger counts, for each flow: about a quarter. Six standard deviations, √(2000 · ¼ · ¾) = 19.4, on either side of 500.
    for flow in &flows {
        let packets = flow["packets_fwd"].as_u64().unwrap();
        assert!((384..=616).contains(&packets), "{flow}");
        assert_eq!((&flow["seen_by"][0]["sampling"], &flow["seen_by"][0]["bytes"]), (&4.into(), &flow["bytes_fwd"]), "{flow}");
    }
}
