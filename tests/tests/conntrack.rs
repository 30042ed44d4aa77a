//! Connection tracking in namespaces of our own, behind a router that translates addresses: what a program of ours sent, what the tool `conntrack` says
//! and what we say are the same.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tests::netns::Namespace;
use tests::probe::Probe;
use tests::routed::Routed;
use tests::scratch::Scratch;
use tests::{Need, able, glouglou};

const NEEDS: [Need; 5] = [Need::Root, Need::Program("ip"), Need::Program("nft"), Need::Program("conntrack"), Need::Program("ethtool")];
const PORT: u16 = 5_353;

/// The router's side of it: the addresses of whoever talks to the server are translated, and what passes is counted.
struct Translated {
    routed: Routed,
    _echo: Echo,
}

impl Translated {
    fn new(counting: bool) -> Translated {
        let routed = Routed::new();
        let rules = "table ip translate { chain out { type nat hook postrouting priority 100; oifname \"net3\" masquerade; }; }";
        routed.router.enter(|| {
            run("nft", &[rules]);
            set("nf_conntrack_acct", if counting { "1" } else { "0" });
            for name in ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"] {
                set(name, "600");
            }
        });
        // What is put together on the way is counted otherwise by those who see it before and after.
        for (namespace, interfaces) in
            [(&routed.router, &["net1", "net2", "net3"][..]), (&routed.probe, &["eth0"]), (&routed.server, &["eth0"])]
        {
            for interface in interfaces {
                namespace.enter(|| run("ethtool", &["-K", interface, "gro", "off", "gso", "off", "tso", "off"]));
            }
        }
        let _echo = Echo::start(&routed.server);
        Translated { routed, _echo }
    }

    /// So many flows, each with so many packets there and back; what came of it, sent and heard, in IP bytes.
    fn talk(&self, flows: usize, packets: usize, payload: usize) -> [u64; 2] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_talk"));
        let to = format!("{}:{PORT}", Routed::SERVER[0]);
        command.args([to, flows.to_string(), packets.to_string(), payload.to_string()]);
        let output = self.routed.probe.enter(|| command.stderr(Stdio::inherit()).output().expect("it runs"));
        let said = String::from_utf8(output.stdout).expect("text");
        let bytes = |what: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(what)).unwrap_or_else(|| panic!("no {what:?} in {said:?}"));
            line.split(' ').nth(1).and_then(|bytes| bytes.parse().ok()).expect("bytes")
        };
        [bytes("sent "), bytes("heard ")]
    }

    /// What the tool says of each flow by its port: IP bytes there and back.
    fn listed(&self) -> BTreeMap<u16, [u64; 2]> {
        let said =
            self.routed.router.enter(|| Command::new("conntrack").args(["-L", "-p", "udp", "--orig-port-dst", &PORT.to_string()]).output());
        let said = String::from_utf8(said.expect("conntrack runs").stdout).expect("text");
        let all =
            |line: &str, name: &str| -> Vec<u64> { line.split(' ').filter_map(|word| word.strip_prefix(name)?.parse().ok()).collect() };
        let flow = |line: &str| {
            let (ports, bytes) = (all(line, "sport="), all(line, "bytes="));
            Some((*ports.first()? as u16, [*bytes.first()?, *bytes.get(1)?]))
        };
        said.lines().filter_map(flow).collect()
    }

    fn track(&self, arguments: &[&str]) -> Probe {
        let tracked = Probe::start(&self.routed.router, Command::new(env!("CARGO_BIN_EXE_tracked")).args(arguments));
        tracked.hear("open");
        tracked.hear("round");
        tracked
    }
}

/// Answers each packet with as many bytes, until it is dropped.
struct Echo {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Echo {
    fn start(namespace: &Namespace) -> Echo {
        let socket = namespace.enter(|| UdpSocket::bind(("0.0.0.0", PORT)).expect("a port"));
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
        let over = Arc::new(AtomicBool::new(false));
        let is_over = over.clone();
        let thread = std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while !is_over.load(Ordering::Relaxed) {
                if let Ok((len, from)) = socket.recv_from(&mut bytes) {
                    let _gone = socket.send_to(&bytes[..len], from);
                }
            }
        });
        Echo { over, thread: Some(thread) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it answers to the end");
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn set(name: &str, value: &str) {
    fs::write(format!("/proc/sys/net/netfilter/{name}"), value).unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// What we say of each flow by its port, IP bytes there and back; every flow of UDP is from the client to the server, and has one line.
fn ours(lines: &[String]) -> BTreeMap<u16, [u64; 2]> {
    let mut flows = BTreeMap::new();
    for line in lines.iter().filter_map(|line| line.strip_prefix("flow ")) {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u64>().expect("a number");
        if number(3) != u64::from(PORT) && number(1) != u64::from(PORT) {
            continue;
        }
        assert_eq!((words[0], words[2]), (Routed::PROBE[0], Routed::SERVER[0]), "{line}");
        assert!(words[6].contains("nat.src=10.97.3.1"), "{line}");
        assert_eq!(flows.insert(number(1) as u16, [number(4), number(5)]), None, "{line}");
    }
    flows
}

fn sum(flows: &BTreeMap<u16, [u64; 2]>) -> [u64; 2] {
    flows.values().fold([0; 2], |[sent, heard], [more, back]| [sent + more, heard + back])
}

/// Ends it, and compares what it says with what the load program and the tool do.
fn compare(translated: &Translated, mut tracked: Probe, talked: [u64; 2], flows: usize) -> Vec<String> {
    // Of the rounds told from now on, the first may have begun while the load went on.
    tracked.say("now");
    tracked.hear("now");
    tracked.hear("round");
    tracked.hear("round");
    let listed = translated.listed();
    let said = tracked.end("stop");
    let ours = ours(&said);
    assert_eq!((ours.len(), listed.len()), (flows, flows));
    assert_eq!(sum(&ours), talked, "as much as was sent");
    assert_eq!(ours, listed, "and what conntrack says, flow by flow");
    said
}

fn lost(said: &[String]) -> u64 {
    said.iter().find_map(|line| line.strip_prefix("lost ")?.parse().ok()).expect("what was lost")
}

#[test]
fn ten_thousand_translated_flows_are_what_was_sent_and_what_conntrack_says() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(true);
    let tracked = translated.track(&[]);
    let talked = translated.talk(10_000, 3, 100);
    assert_eq!(talked, [10_000 * 3 * 128; 2]);
    let said = compare(&translated, tracked, talked, 10_000);
    assert_eq!(lost(&said), 0);
}

#[test]
fn packets_and_connection_tracking_at_once_count_once() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(true);
    // Both sides of the router are seen: every packet twice, with two pairs of addresses.
    let tracked = translated.track(&["interface=any"]);
    let talked = translated.talk(2_000, 3, 100);
    compare(&translated, tracked, talked, 2_000);
}

#[test]
fn what_is_lost_is_asked_for_and_equal_again() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(true);
    let tracked = translated.track(&["buffer=8192"]);
    tracked.suspend();
    let talked = translated.talk(5_000, 2, 100);
    tracked.resume();
    let notice = tracked.hear("notice Warning: connections came and went");
    assert!(notice.contains("asked for again"), "{notice}");
    let said = compare(&translated, tracked, talked, 5_000);
    assert!(lost(&said) > 0);
}

#[test]
fn a_flow_that_connection_tracking_alone_tells_of_has_its_process() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(true);
    let Routed { router, server, .. } = &translated.routed;
    router.enter(|| set("nf_conntrack_tcp_timeout_time_wait", "1"));
    let served = server.enter(|| TcpListener::bind(("0.0.0.0", PORT)).expect("a port"));
    let mut table = Command::new(glouglou());
    table.args(["table", "--json", "--conntrack"]).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    let table = Probe::start(router, &mut table);
    let to = format!("{}:{PORT}", Routed::SERVER[0]);
    tests::wait("it tells of flows", || {
        let asks = router.enter(|| TcpStream::connect(&to).expect("the server listens"));
        drop((asks, served.accept().expect("it comes")));
        std::thread::sleep(Duration::from_millis(50));
        table.heard().any(|line| line.contains("flow"))
    });
    let mut client = router.enter(|| Command::new(env!("CARGO_BIN_EXE_client")).args([&to, "1000"]).spawn().expect("it runs"));
    let (heard, from) = served.accept().expect("it comes");
    client.wait().expect("it ends");
    drop(heard);
    let flow = loop {
        let line: serde_json::Value = serde_json::from_str(&format!("{{{}", table.hear("{"))).expect("JSON");
        if line["src_port"] == from.port() {
            break line;
        }
    };
    assert_eq!((&flow["pid"], &flow["process"]), (&client.id().into(), &"client".into()), "{flow}");
}

#[test]
fn what_is_tracked_and_not_counted_is_said_with_its_remedy() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(false);
    let scratch = Scratch::new();
    let errors = fs::File::create(scratch.path("errors")).expect("a file");
    let mut command = Command::new(tests::glouglou());
    let glouglou = Probe::start(&translated.routed.router, command.args(["table", "--conntrack", "--json"]).stderr(errors));
    let said = || fs::read_to_string(scratch.path("errors")).expect("what it said");
    tests::wait("the notice", || said().contains("does not count"));
    assert!(said().contains("sudo sysctl net.netfilter.nf_conntrack_acct=1"), "{}", said());
    // A flow is there all the same, and ends when the kernel forgets it.
    translated
        .routed
        .router
        .enter(|| ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"].iter().for_each(|name| set(name, "1")));
    translated.talk(1, 2, 100);
    let flow = glouglou.hear(r#"{"type":"flow""#);
    assert!(flow.contains(r#""src_port":20000"#) && flow.contains(r#""ip_bytes_fwd":0"#), "{flow}");
    glouglou.finish();
}

#[test]
fn whoever_did_what_the_notice_says_is_not_told_it_again() {
    if !able(&NEEDS) {
        return;
    }
    let translated = Translated::new(false);
    translated.talk(1, 2, 100);
    translated.routed.router.enter(|| set("nf_conntrack_acct", "1"));
    // All that there is began before that: nothing of it counts.
    let tracked = Probe::start(&translated.routed.router, &mut Command::new(env!("CARGO_BIN_EXE_tracked")));
    let mut said = vec![tracked.hear("")];
    while !said.iter().any(|line| line.starts_with("round ")) {
        said.push(tracked.hear(""));
    }
    said.extend(tracked.end("stop"));
    assert!(!said.iter().any(|line| line.starts_with("notice ")), "{said:#?}");
}

#[test]
fn without_the_privilege_it_says_what_to_do() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]);
    command.arg(tests::glouglou()).args(["table", "--conntrack"]);
    let ran = namespace.enter(|| tests::run::run(&mut command, Duration::from_secs(20)));
    assert_eq!(ran.status.and_then(|status| status.code()), Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("sudo") && ran.stderr.contains("cap_net_admin"), "{}", ran.stderr);
}
