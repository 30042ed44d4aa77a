//! What a viewer shows of a probe is what the probe's own machine would show of itself: real programs and real traffic, on hosts with a router between,
//! directly and through relays, whoever dials.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tests::hosts::program;
use tests::netns::{NEEDS, Namespace};
use tests::parties::{Party, Who};
use tests::probe::Probe;
use tests::routed::Routed;
use tests::scratch::Scratch;
use tests::{Need, able, ggprobe, glouglou, wait};

/// Which family of addresses carries what the probe says.
const V4: usize = 0;
const V6: usize = 1;
const SHOP: u16 = 80;
/// What it answers with.
const GOODS: usize = 30_000;
/// How slow it is: in a namespace the kernel tells nobody of processes, and who looks for them does so each second.
const SERVICE: Duration = Duration::from_secs(4);

/// What of a flow must be the same.
const FIELDS: [&str; 20] = [
    "proto",
    "src",
    "src_port",
    "dst",
    "dst_port",
    "service",
    "packets_fwd",
    "packets_rev",
    "bytes_fwd",
    "bytes_rev",
    "ip_bytes_fwd",
    "ip_bytes_rev",
    "process",
    "pid",
    "user",
    "parent",
    "process_end",
    "exe",
    "start_ns",
    "tags",
];

/// Serves whoever comes, until this process ends.
fn open_shop(server: &Namespace) {
    let listener = server.enter(|| TcpListener::bind(("::", SHOP)).unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let Ok(mut stream) = stream else { return };
                let _request = stream.read(&mut [0; 4096]);
                thread::sleep(SERVICE);
                let _gone = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {GOODS}\r\n\r\n{}", "x".repeat(GOODS));
            });
        }
    });
}

/// A question for the shop's address, and its answer (RFC 1035, section 4).
fn name_of_shop(addr: IpAddr) -> (Vec<u8>, Vec<u8>) {
    let (kind, bytes) = match addr {
        IpAddr::V4(addr) => (1, addr.octets().to_vec()),
        IpAddr::V6(addr) => (28, addr.octets().to_vec()),
    };
    let question = [b"\x04shop\x07example\x00\x00".as_slice(), &[kind, 0, 1]].concat();
    let head = |flags: [u8; 2], answers| [[0, 7].as_slice(), &flags, &[0, 1, 0, answers, 0, 0, 0, 0], &question].concat();
    let answer = [[0xC0, 12, 0, kind, 0, 1, 0, 0, 1, 0, 0, bytes.len() as u8].as_slice(), &bytes].concat();
    (head([1, 0], 0), [head([0x81, 0x80], 1), answer].concat())
}

/// The probe's host asks the server where the shop is, of both families.
fn look_up(site: &Routed) {
    let server = site.server.enter(|| UdpSocket::bind(("::", 53)).unwrap());
    let client = site.probe.enter(|| UdpSocket::bind(("0.0.0.0", 0)).unwrap());
    for addr in Routed::SERVER {
        let (question, answer) = name_of_shop(addr.parse().unwrap());
        client.send_to(&question, (Routed::SERVER[V4], 53)).unwrap();
        let (_, from) = server.recv_from(&mut [0; 512]).unwrap();
        server.send_to(&answer, from).unwrap();
        client.recv(&mut [0; 512]).unwrap();
    }
}

/// Clients of the shop on the probe's host, of both families, until they are done.
fn shop(probe: &Namespace) {
    let urls = [(V4, Routed::SERVER[V4].to_owned()), (V6, format!("[{}]", Routed::SERVER[V6]))];
    let mut clients: Vec<_> = (0..2)
        .flat_map(|_| &urls)
        .map(|(_, addr)| {
            let name = format!("shop.example:{SHOP}:{addr}");
            let url = format!("http://shop.example:{SHOP}/");
            probe.enter(|| {
                Command::new("curl").args(["--silent", "--fail", "--output", "/dev/null", "--resolve", &name, &url]).spawn().unwrap()
            })
        })
        .collect();
    clients.iter_mut().for_each(|client| assert!(client.wait().unwrap().success()));
}

/// A field of a flow. What is computed of how far away a host is, and whether it was met before, depends on who asks.
fn field_of(flow: &Value, field: &str) -> Value {
    let mut value = flow[field].clone();
    if let Some(tags) = value.as_object_mut() {
        tags.retain(|name, _| !name.ends_with("scope") && name != "first_contact");
    }
    value
}

/// The flows of the shop, by their client's port, and the names of its hosts.
fn told(said: &[String]) -> (BTreeMap<u64, Vec<Value>>, BTreeMap<String, Value>) {
    let lines: Vec<Value> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |kind: &'static str| lines.iter().filter(move |line| line["type"] == kind);
    let flows = of("flow").filter(|line| line["dst_port"] == SHOP);
    let flows = flows.map(|line| (line["src_port"].as_u64().unwrap(), FIELDS.map(|field| field_of(line, field)).to_vec())).collect();
    let hosts = of("host").filter(|line| Routed::SERVER.iter().any(|addr| line["addr"] == *addr));
    (flows, hosts.map(|line| (line["addr"].to_string(), line["name"].clone())).collect())
}

/// Traffic, while `probe` tells `viewer` of it; what both say of it at the end is the same.
fn compare(site: &Routed, probe: Probe, viewer: Probe, between: Vec<Probe>) -> Vec<Value> {
    let own = Scratch::new();
    let before = site.probe.captures();
    let filter = format!("tcp port {SHOP} or udp port 53");
    let local = Probe::start(&site.probe, &mut program(&glouglou(), &own, &["table", "--json", "-i", "eth0", "-f", &filter]));
    wait("the local capture", || site.probe.captures() > before + 1);
    open_shop(&site.server);
    look_up(site);
    shop(&site.probe);
    let told_by_probe = probe.finish();
    assert!(told_by_probe.iter().any(|line| line.starts_with("ggprobe: told ")), "{told_by_probe:#?}");
    let said = viewer.finish();
    let seen = local.finish();
    between.into_iter().for_each(|relay| drop(relay.finish()));
    let (here, there) = (told(&seen), told(&said));
    assert_eq!(here.0.len(), 4, "{seen:#?}");
    assert_eq!(here, there, "{said:#?}");
    assert!(here.1.values().all(|name| name == "shop.example") && here.1.len() == 2, "{seen:#?}");
    assert!(here.0.values().all(|flow| flow[12] == "curl"), "{seen:#?}");
    let lines: Vec<Value> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert_eq!(
        routes(&lines),
        [V4, V6].map(|family| vec![Routed::ROUTER[family].to_owned(), Routed::SERVER[family].to_owned()]),
        "{said:#?}"
    );
    lines.into_iter().filter(|line| line["type"] == "probe").collect()
}

/// By which addresses the server is reached, of each family.
fn routes(lines: &[Value]) -> [Vec<String>; 2] {
    Routed::SERVER.map(|server| {
        let traced = lines.iter().rev().find(|line| line["type"] == "trace" && line["dst"] == server);
        let hops = traced.and_then(|trace| trace["hops"].as_array()).into_iter().flatten();
        hops.map(|hop| hop["addr"].as_str().unwrap_or("*").to_owned()).collect()
    })
}

/// The last that was said of the probe.
fn of_attic(lines: &[Value]) -> &Value {
    lines.iter().rev().find(|line| line["name"] == "attic").unwrap_or_else(|| panic!("{lines:#?}"))
}

fn nothing_was_lost(line: &Value) {
    let events = &line["events"];
    assert_eq!(
        (events["lost"].as_u64(), line["lost_datagrams"].as_u64(), line["malformed"].as_u64()),
        (Some(0), Some(0), Some(0)),
        "{line:#}"
    );
    assert!(events["taken"].as_u64().unwrap() > 0, "{line:#}");
}

fn ready() -> bool {
    able(&[NEEDS[0], NEEDS[1], Need::Program("curl"), Need::Program("sh")])
}

fn bracketed(addr: &str, port: u16) -> String {
    if addr.contains(':') { format!("[{addr}]:{port}") } else { format!("{addr}:{port}") }
}

/// A probe that dials its viewer.
fn dials(family: usize) {
    let site = Routed::new();
    let (viewing, probing) = (Party::on(&site.viewer), Party::on(&site.probe));
    let listen = bracketed(Routed::VIEWER[family], 4430);
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", &listen]);
    viewer.hear(&format!("glouglou: listens at {listen}"));
    let (token, _) = viewing.invite(Who::Viewer, "attic", &listen);
    let probe = probing.start(ggprobe(), &["--key", &probing.keep(&token), "-i", "eth0", "--trace"]);
    probe.hear("ggprobe: connected with");
    viewer.hear("glouglou: the probe attic came");
    let lines = compare(&site, probe, viewer, Vec::new());
    let attic = of_attic(&lines);
    nothing_was_lost(attic);
    assert!(attic["version"].as_str().unwrap().starts_with("ggprobe ") && attic["hostname"] != "", "{attic:#}");
    assert!(attic["from"].as_str().unwrap().contains(Routed::PROBE[family]), "{attic:#}");
}

#[test]
fn over_ipv4() {
    if ready() {
        dials(V4);
    }
}

#[test]
fn over_ipv6() {
    if ready() {
        dials(V6);
    }
}

#[test]
fn dialled_the_other_way_round() {
    if !ready() {
        return;
    }
    let site = Routed::new();
    let (viewing, probing) = (Party::on(&site.viewer), Party::on(&site.probe));
    let place = bracketed(Routed::PROBE[V6], 4430);
    let (token, _) = probing.invite(Who::Other, "desk", &place);
    let keys = probing.path("keys");
    let probe = probing.start(ggprobe(), &["--listen", "--keys", &keys, "-i", "eth0", "--trace"]);
    probe.hear("ggprobe: probe 00000000");
    let viewer = viewing.start(glouglou(), &["table", "--json", "--connect", &place, "--key", &viewing.keep(&token)]);
    viewer.hear(&format!("glouglou: connected with {place}"));
    viewer.hear(&format!("glouglou: the probe {} came", Routed::PROBE[V6]));
    let lines = compare(&site, probe, viewer, Vec::new());
    let line = lines.last().unwrap();
    nothing_was_lost(line);
    assert!(line["round_trip_us"].is_u64(), "{line:#}");
}

/// A probe, so many relays, and a viewer.
fn relayed(relays: usize) {
    let site = Routed::new();
    let (viewing, probing) = (Party::on(&site.viewer), Party::on(&site.probe));
    let listen = bracketed(Routed::VIEWER[V4], 4430);
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", &listen]);
    viewer.hear(&format!("glouglou: listens at {listen}"));
    // The first is the one that the probe knows; the last is the one that the viewer does.
    let places: Vec<String> = (0..relays).map(|n| bracketed(Routed::ROUTER[V6], 5_000 + n as u16)).collect();
    let parties: Vec<Party> = (0..relays).map(|_| Party::on(&site.router)).collect();
    let names: Vec<String> = (0..relays).map(|n| format!("relay {n}")).collect();
    let (token, attic) = parties[0].invite(Who::Other, "attic", &places[0]);
    let mut between = Vec::new();
    for (n, party) in parties.iter().enumerate() {
        let (own, _) = match parties.get(n + 1) {
            Some(next) => {
                let invited = next.invite(Who::Other, &names[n], &places[n + 1]);
                next.via(Who::Other, &names[n], &attic, "attic");
                invited
            }
            None => {
                let invited = viewing.invite(Who::Viewer, &names[n], &listen);
                viewing.via(Who::Viewer, &names[n], &attic, "attic");
                invited
            }
        };
        let (key, keys) = (party.keep(&own), party.path("keys"));
        between.push(party.start(ggprobe(), &["relay", "--listen", &places[n], "--keys", &keys, "--key", &key]));
    }
    between.iter().for_each(|relay| drop(relay.hear("ggprobe: connected with")));
    let probe = probing.start(ggprobe(), &["--key", &probing.keep(&token), "-i", "eth0", "--trace"]);
    probe.hear("ggprobe: connected with");
    viewer.hear("glouglou: the probe attic came");
    let lines = compare(&site, probe, viewer, between);
    let attic = of_attic(&lines);
    nothing_was_lost(attic);
    let via: Vec<&str> = attic["via"].as_array().unwrap().iter().map(|relay| relay.as_str().unwrap()).collect();
    assert_eq!((via.len(), via.last().copied()), (relays, names.last().map(String::as_str)), "{attic:#}");
}

#[test]
fn through_a_relay() {
    if ready() {
        relayed(1);
    }
}

#[test]
fn through_two_relays() {
    if ready() {
        relayed(2);
    }
}
