//! `ggprobe --trace`: three hosts, and two routers between them, in namespaces of their own. What is traced is the way that there is; nothing else is asked.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::hosts::{add, program};
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::{Need, able, ggprobe, glouglou};

/// Both versions' addresses of one end of a cable, in network `net`.
fn ends(net: u8, n: u8) -> [String; 2] {
    [format!("10.97.{net}.{n}"), format!("fd97:{net}::{n}")]
}

/// A namespace with IPv6.
fn host() -> Namespace {
    let host = Namespace::new();
    host.enter(|| {
        for scope in ["all", "default"] {
            fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "0").unwrap();
        }
        for setting in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] {
            fs::write(format!("/proc/sys/net/{setting}"), "1").unwrap();
        }
    });
    host
}

/// A cable: interface `a` of one host to `b` of another, in network `net`, where they are 1 and 2.
fn lay(net: u8, (one, a): (&Namespace, &str), (other, b): (&Namespace, &str)) {
    one.ip(&["link", "add", a, "type", "veth", "peer", "name", b, "netns", other.name()]);
    for (host, interface, n) in [(one, a, 1), (other, b, 2)] {
        let [v4, v6] = ends(net, n);
        host.ip(&["address", "add", &format!("{v4}/24"), "dev", interface]);
        host.ip(&["address", "add", &format!("{v6}/64"), "dev", interface, "nodad"]);
        host.ip(&["link", "set", interface, "up"]);
    }
}

fn route(host: &Namespace, to: &[&str], via: [String; 2]) {
    let [v4, v6] = via;
    to.iter().for_each(|to| host.ip(&["route", "add", to, "via", if to.contains(':') { &v6 } else { &v4 }]));
}

/// A viewer and a probe at the first router, and somebody behind the second.
struct Net {
    viewer: Namespace,
    probe: Namespace,
    routers: [Namespace; 2],
    far: Namespace,
}

impl Net {
    fn new() -> Net {
        let net = Net { viewer: host(), probe: host(), routers: [host(), host()], far: host() };
        let [first, second] = &net.routers;
        lay(4, (first, "probe"), (&net.probe, "eth0"));
        lay(1, (first, "second"), (second, "first"));
        lay(2, (second, "far"), (&net.far, "eth0"));
        lay(3, (first, "viewer"), (&net.viewer, "eth0"));
        for (host, n) in [(&net.probe, 4), (&net.viewer, 3)] {
            route(host, &["default", "::/0"], ends(n, 1));
        }
        route(first, &["10.97.2.0/24", "fd97:2::/64"], ends(1, 2));
        route(second, &["default", "::/0"], ends(1, 1));
        route(&net.far, &["default", "::/0"], ends(2, 1));
        net
    }
}

/// A flow from the probe's host: one packet.
fn send(net: &Net, to: &str) {
    let to = SocketAddr::new(to.parse().unwrap(), 20_000);
    let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    net.probe.enter(|| UdpSocket::bind(any).unwrap().send_to(b"x", to).unwrap());
}

/// The trace to an address, as the viewer tells it; those that come before it are passed over.
fn hear_trace(viewer: &Probe, to: &str) -> Value {
    loop {
        let trace = viewer.hear("{\"type\":\"trace\",");
        let trace: Value = serde_json::from_str(&format!("{{{trace}")).unwrap();
        if trace["dst"] == to {
            return trace;
        }
    }
}

#[test]
fn what_is_traced_is_the_way_and_nobody_else_is_asked() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh"), Need::Program("tcpdump")]) {
        return;
    }
    let net = Net::new();
    let far: Vec<String> = (2..8).flat_map(|n| ends(2, n)).collect();
    for addr in &far[2..] {
        let plus_nodad: &[&str] = if addr.contains(':') { &["nodad"] } else { &[] };
        let len = if addr.contains(':') { 64 } else { 24 };
        net.far.ip(&[&["address", "add", &format!("{addr}/{len}"), "dev", "eth0"], plus_nodad].concat());
    }
    // Packets go there, and nothing comes back.
    let nobody = "10.97.2.99";
    net.routers[1].ip(&["neighbour", "add", nobody, "lladdr", "02:00:00:00:00:99", "dev", "far"]);
    let _so_that_nothing_is_answered = net.far.enter(|| UdpSocket::bind("[::]:20000").unwrap());
    let home = Scratch::new();
    // Every echo request that leaves the probe's host, and when.
    let tcpdump = "exec tcpdump -n -l -tt --immediate-mode -i probe 'icmp[0] == 8 or (ip6 and ip6[6] == 58 and ip6[40] == 128)' 2>&1";
    let router = Probe::start(&net.routers[0], Command::new("sh").args(["-c", tcpdump]));
    router.hear("listening on probe");
    let [viewers, _] = ends(3, 2);
    let listen = format!("{viewers}:4430");
    let viewer = Probe::start(&net.viewer, &mut program(&glouglou(), &home, &["table", "--json", "--listen", &listen]));
    viewer.hear(&format!("glouglou: listens at {listen}"));
    let token = add(&home, "attic", &viewers);
    let key = home.path("probe.key");
    let arguments = ["join", "--key", key.to_str().unwrap(), "--no-proc", "--trace", "-i", "eth0"];
    let mut probe = Probe::start(&net.probe, &mut program(&ggprobe(), &home, &arguments));
    probe.say(&token);
    probe.hear(&format!("ggprobe: connected with {listen}"));

    far.iter().for_each(|to| send(&net, to));
    for to in &far {
        let trace = hear_trace(&viewer, to);
        let hops: Vec<&str> = trace["hops"].as_array().unwrap().iter().map(|hop| hop["addr"].as_str().unwrap_or("*")).collect();
        let version = usize::from(to.contains(':'));
        let routers = [&ends(4, 1)[version], &ends(1, 2)[version], to];
        assert_eq!((hops, &trace["complete"]), (routers.map(String::as_str).to_vec(), &Value::Bool(true)), "{trace}");
        assert_eq!(trace["src"], ends(4, 2)[version]);
        assert_eq!(trace["proto"], ["icmp", "icmpv6"][version]);
        assert!(trace["hops"].as_array().unwrap().iter().all(|hop| hop["rtt_us"].as_u64().unwrap() > 0), "{trace}");
    }
    // Another flow with one that was traced of late; then somebody else, who answers nothing and comes after it.
    send(&net, &far[0]);
    send(&net, nobody);
    let trace = hear_trace(&viewer, nobody);
    assert_eq!((&trace["complete"], &trace["hops"][2]["addr"]), (&Value::Bool(false), &Value::Null), "{trace}");

    probe.finish();
    let said = viewer.finish();
    let asked: Vec<(Duration, IpAddr)> = router.finish().iter().filter_map(|line| request(line)).collect();
    let tos: BTreeSet<IpAddr> = asked.iter().map(|(_, to)| *to).collect();
    // Whoever is at the same cable speaks for itself (neighbour discovery), and is a host like others.
    let mut may: BTreeSet<IpAddr> = far.iter().chain(&ends(4, 1)).map(|to| to.parse().unwrap()).collect();
    may.insert(nobody.parse().unwrap());
    assert!(tos.is_subset(&may) && far.iter().all(|to| tos.contains(&to.parse().unwrap())), "{asked:#?}");
    let count = |to: &str| asked.iter().filter(|(_, addr)| addr.to_string() == to).count();
    assert_eq!((count(&far[0]), count(nobody)), (3, 6), "{asked:#?}");
    // As many as that take so long at ten a second; the first and the last may be late.
    let span = asked[asked.len() - 1].0 - asked[0].0;
    let least = Duration::from_millis(100) * (asked.len() as u32 - 1);
    assert!(span + Duration::from_millis(50) >= least, "{} in {span:?}", asked.len());

    // What was sent to trace is no flow.
    let lines: Vec<Value> = said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is_ping = |line: &&Value| {
        let proto = line["proto"].as_str().unwrap_or_default();
        let of_far = |end: &str| line[end].as_str().is_some_and(|end| far.iter().any(|addr| addr == end));
        line["type"] == "flow" && (proto == "icmp" || proto == "icmpv6" && (of_far("src") || of_far("dst")))
    };
    let pings: Vec<&Value> = lines.iter().filter(is_ping).collect();
    assert!(pings.is_empty(), "{pings:#?}");
    assert!(lines.iter().any(|line| line["type"] == "flow" && line["dst"] == nobody), "{lines:#?}");
}

/// When one was sent, and where to: `1700000000.123456 IP 10.97.0.2 > 10.97.2.2: ICMP echo request, …`.
fn request(line: &str) -> Option<(Duration, IpAddr)> {
    let (at, rest) = line.split_once(" IP")?;
    let (_, rest) = rest.split_once(" > ")?;
    let (to, _) = rest.split_once(": ICMP")?;
    Some((Duration::from_secs_f64(at.parse().ok()?), to.parse().ok()?))
}
