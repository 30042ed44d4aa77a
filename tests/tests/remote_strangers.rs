//! Strangers at the viewer's real socket: they leave nothing, get no more than they brought, and nothing of a session is heard twice.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::hosts::{hosts, program};
use tests::netns::{NEEDS, Namespace};
use tests::parties::{Party, Who};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::{Need, able, ggprobe, glouglou, wait};
use wire::glouglou::Datagram;

const VIEWER: &str = "10.97.0.1:4430";
const HELLOS: u32 = 100_000;
/// Datagrams of a session that are sent again.
const AGAIN: usize = 10_000;

fn ready() -> bool {
    able(&[NEEDS[0], NEEDS[1], Need::Program("sh")])
}

/// Bytes that came to `eth0` there, and that went.
fn traffic(host: &Namespace) -> [u64; 2] {
    let text = host.enter(|| fs::read_to_string("/proc/thread-self/net/dev").unwrap());
    let line = text.lines().find_map(|line| line.trim().strip_prefix("eth0:")).unwrap();
    let fields: Vec<u64> = line.split_whitespace().map(|field| field.parse().unwrap()).collect();
    [fields[0], fields[8]]
}

/// Datagrams that were read there, and that found no room.
fn read_by(host: &Namespace) -> u64 {
    let text = host.enter(|| fs::read_to_string("/proc/thread-self/net/snmp").unwrap());
    let udp = text.lines().filter(|line| line.starts_with("Udp:")).nth(1).unwrap();
    let field = |n: usize| udp.split(' ').nth(n).unwrap().parse::<u64>().unwrap();
    field(1) + field(3)
}

fn memory_kb(viewer: &Probe) -> u64 {
    viewer.status("VmRSS").trim_end_matches(" kB").trim().parse().unwrap()
}

#[test]
fn a_hundred_thousand_hellos_leave_nothing_and_get_no_more_than_they_brought() {
    if !ready() {
        return;
    }
    let (viewer_host, stranger_host) = hosts();
    let viewing = Party::on(&viewer_host);
    viewing.invite(Who::Viewer, "attic", VIEWER);
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", VIEWER]);
    viewer.hear("glouglou: listens at");
    let viewer_addr: SocketAddr = VIEWER.parse().unwrap();
    let sockets: Vec<UdpSocket> = stranger_host.enter(|| (0..50).map(|_| UdpSocket::bind("10.97.0.2:0").unwrap()).collect());
    let hello = |n: u32, socket: &UdpSocket| {
        // Of many probes, that of the viewer's own number among them.
        socket.send_to(&Datagram::Hello { probe_id: n % 1_000, random_i: n.into() }.to_bytes(), viewer_addr).unwrap();
    };
    (0..1_000).for_each(|n| hello(n, &sockets[0]));
    wait("the first thousand", || read_by(&viewer_host) >= 1_000);
    let (before, bytes) = (memory_kb(&viewer), traffic(&stranger_host));
    for (n, socket) in (0..HELLOS).zip(sockets.iter().cycle()) {
        hello(n, socket);
    }
    wait("all of them", || read_by(&viewer_host) >= u64::from(HELLOS));
    let (after, [came, went]) = (memory_kb(&viewer), traffic(&stranger_host));
    assert!(came - bytes[0] <= went - bytes[1], "{came} came, {went} went");
    assert!(came > bytes[0], "they are answered");
    assert!(after <= before + 1_024, "{before} kB became {after}");
    let said = viewer.finish();
    assert!(!said.iter().any(|line| line.contains("came")), "{said:#?}");
}

/// A viewer, a probe that talks with it over a line that is seen, and all that went over it.
#[test]
fn what_was_heard_once_is_not_heard_again() {
    if !ready() {
        return;
    }
    let (viewer_host, probe_host) = hosts();
    let (viewing, probing) = (Party::on(&viewer_host), Party::on(&probe_host));
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", VIEWER]);
    viewer.hear("glouglou: listens at");
    // It goes by way of somebody who writes all of it down.
    let between: SocketAddr = "10.97.0.2:4431".parse().unwrap();
    let (near, far) = probe_host.enter(|| (UdpSocket::bind(between).unwrap(), UdpSocket::bind("10.97.0.2:0").unwrap()));
    far.connect(VIEWER).unwrap();
    let (token, _) = viewing.invite(Who::Viewer, "attic", &between.to_string());
    let probe = probing.start(ggprobe(), &["dummy", "--hosts", "100", "--rate", "100000", "--key", &probing.keep(&token)]);
    let (mut sealed, mut forwarded, mut probe_addr, mut buffer) = (Vec::new(), 0, between, [0; 2048]);
    [&near, &far].into_iter().for_each(|socket| socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap());
    let until = Instant::now() + Duration::from_secs(30);
    while sealed.len() < AGAIN {
        assert!(Instant::now() < until, "only {} came", sealed.len());
        while let Ok((len, from)) = near.recv_from(&mut buffer) {
            probe_addr = from;
            far.send(&buffer[..len]).unwrap();
            forwarded += 1;
            if let Ok(Datagram::Sealed { .. }) = Datagram::parse(&buffer[..len]) {
                sealed.push(buffer[..len].to_vec());
            }
            if sealed.len() % 16 == 0 {
                break;
            }
        }
        while let Ok(len) = far.recv(&mut buffer) {
            near.send_to(&buffer[..len], probe_addr).unwrap();
        }
    }
    // Nothing new comes any more: the probe ends first.
    drop(probe);
    wait("all of it to be read", || read_by(&viewer_host) >= forwarded);
    let before = read_by(&viewer_host);
    sealed.truncate(AGAIN);
    for (n, datagram) in (1..).zip(&sealed) {
        far.send(datagram).unwrap();
        if n % 100 == 0 {
            wait("these", || read_by(&viewer_host) >= before + n);
        }
    }
    let lines: Vec<Value> = viewer.finish().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let attic = lines.iter().rev().find(|line| line["type"] == "probe").unwrap();
    let heard = attic["datagrams"].as_u64().unwrap();
    assert!(heard <= before && heard > 0, "{before} came before: {attic:#}");
    assert_eq!(
        attic["events"]["numbered"].as_u64(),
        Some(attic["events"]["taken"].as_u64().unwrap() + attic["events"]["lost"].as_u64().unwrap())
    );
}

#[test]
fn a_wrong_key_gets_silence() {
    if !ready() {
        return;
    }
    let (viewer_host, probe_host) = hosts();
    let (viewing, probing, other) = (Party::on(&viewer_host), Party::on(&probe_host), Scratch::new());
    viewing.invite(Who::Viewer, "attic", VIEWER);
    // A token of somebody else's viewer, for this place.
    let added = program(&glouglou(), &other, &["probe", "add", "attic", "--host", VIEWER]).output().unwrap();
    let said = String::from_utf8(added.stdout).unwrap();
    let token = said.lines().find(|line| line.starts_with("gg3:")).unwrap();
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", VIEWER]);
    viewer.hear("glouglou: listens at");
    let probe = probing.start(ggprobe(), &["dummy", "--key", &probing.keep(token)]);
    probe.hear("ggprobe: dials");
    // Cookies are given to anybody; the answer to a key is another one.
    wait("three tries", || read_by(&viewer_host) >= 6);
    let answers = read_by(&probe_host);
    assert!(answers <= read_by(&viewer_host) / 2, "{answers} answers: to each HELLO one, to AUTH none");
    let said = probe.finish();
    assert!(!said.iter().any(|line| line.contains("connected")), "{said:#?}");
    let said = viewer.finish();
    assert!(!said.iter().any(|line| line.contains("probe attic came")), "{said:#?}");
    let summary: Value = serde_json::from_str(said.iter().find(|line| line.contains("\"summary\"")).unwrap()).unwrap();
    assert!(summary["not_taken"]["key not known"].as_u64().unwrap() >= 3, "{summary:#}");
}
