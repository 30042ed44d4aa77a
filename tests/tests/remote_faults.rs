//! What becomes of a viewer's picture where datagrams get lost, and where programs are killed: nothing is lost that is not named, and it is whole again soon.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::hosts::program;
use tests::lossy::Lossy;
use tests::netns::NEEDS;
use tests::parties::{Party, Who};
use tests::probe::Probe;
use tests::routed::Routed;
use tests::scratch::Scratch;
use tests::{Need, able, ggprobe, glouglou, wait};

const VIEWER: &str = "10.97.2.2:4430";
/// Where the router is, for the probe.
const ROUTER: &str = "10.97.1.1:4430";
/// The picture is whole again so soon after the line is.
const AFTER_LOSS: Duration = Duration::from_secs(5);
/// Where a snapshot is wanted it is asked for within two seconds, and is there soon after: where none comes for so long, none is wanted.
const NONE_WANTED: Duration = Duration::from_secs(5);
/// And so soon after a program is there again.
const AFTER_DEATH: Duration = Duration::from_secs(10);

fn ready() -> bool {
    able(&[NEEDS[0], NEEDS[1], Need::Program("sh")])
}

fn lines(said: &[String]) -> Vec<Value> {
    said.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The next line about the probe that says more than `snapshots`; it must come in time.
fn whole_again(viewer: &Probe, snapshots: u64, within: Duration) -> u64 {
    let begun = Instant::now();
    loop {
        let line = viewer.hear("");
        let told = told_snapshots(&line);
        if told > snapshots {
            assert!(begun.elapsed() <= within, "after {:?}: {line:#}", begun.elapsed());
            return told;
        }
    }
}

/// Waits until no snapshot is wanted any more: the one that was on its way may be older than the last loss.
fn nothing_wanted(viewer: &Probe) {
    let mut last = Instant::now();
    wait("the last snapshot", || {
        if viewer.heard().any(|line| told_snapshots(&line) > 0) {
            last = Instant::now();
        }
        last.elapsed() > NONE_WANTED
    });
}

/// How many snapshots of the probe were complete, where the line says so.
fn told_snapshots(line: &str) -> u64 {
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    if line["type"] == "probe" && line["name"] == "attic" { line["snapshots"].as_u64().unwrap() } else { 0 }
}

#[test]
fn every_loss_of_a_bad_line_is_named_and_the_picture_is_whole_after_it() {
    if !ready() {
        return;
    }
    let site = Routed::new();
    let (viewing, probing) = (Party::on(&site.viewer), Party::on(&site.probe));
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", VIEWER]);
    viewer.hear("glouglou: listens at");
    let line = Lossy::start(&site.router, ROUTER.parse().unwrap(), VIEWER.parse().unwrap(), 7);
    let (token, _) = viewing.invite(Who::Viewer, "attic", ROUTER);
    let probe = probing.start(ggprobe(), &["dummy", "--hosts", "40", "--rate", "2000", "--key", &probing.keep(&token)]);
    probe.hear("ggprobe: connected with");
    let mut snapshots = whole_again(&viewer, 0, AFTER_DEATH);
    line.spoil();
    wait("a hundred lost", || line.carried().dropped >= 100 && line.carried().doubled >= 20);
    line.mend();
    wait("what was delayed", || line.is_empty());
    // What got lost at the end of it is asked for: with one in ten lost there is always something.
    viewer.heard().for_each(|line| snapshots = snapshots.max(told_snapshots(&line)));
    whole_again(&viewer, snapshots, AFTER_LOSS);
    nothing_wanted(&viewer);
    let told = probe.hear_at_end("ggprobe: told ");
    let lines = lines(&viewer.finish());
    let attic = lines.iter().rev().find(|line| line["type"] == "probe").unwrap();
    let events = &attic["events"];
    let field = |name: &str| events[name].as_u64().unwrap();
    assert_eq!(told.split(' ').next().unwrap().parse::<u64>().unwrap(), field("numbered"), "{attic:#}");
    assert!(field("lost") > 0 && field("taken") > field("lost"), "{attic:#}");
    // Every datagram came or is counted as lost, none twice.
    let (came, lost) = (attic["datagrams"].as_u64().unwrap(), attic["lost_datagrams"].as_u64().unwrap());
    let carried = line.carried();
    assert_eq!(came + lost, carried.sealed.len() as u64, "{attic:#} {} dropped", carried.dropped);
    assert_eq!(lost, carried.dropped, "{attic:#}");
    // All that the probe counted is in the picture.
    let flows: Vec<&Value> = lines.iter().filter(|line| line["type"] == "flow").collect();
    let packets: u64 = flows.iter().map(|flow| flow["packets_fwd"].as_u64().unwrap()).sum();
    let summary = lines.iter().find(|line| line["type"] == "summary").unwrap();
    assert_eq!((flows.len(), Some(packets)), (500, summary["packets"].as_u64()), "{summary:#} {attic:#}");
}

/// Somebody who talks with a server for as long as the test wants.
struct Talk {
    client: TcpStream,
    server: TcpStream,
}

impl Talk {
    fn begin(site: &Routed) -> Talk {
        let listener = site.server.enter(|| TcpListener::bind((Routed::SERVER[0], 80)).unwrap());
        let client = site.probe.enter(|| TcpStream::connect((Routed::SERVER[0], 80)).unwrap());
        let (server, _) = listener.accept().unwrap();
        Talk { client, server }
    }

    fn say(&mut self) {
        self.client.write_all(&[1; 1000]).unwrap();
        self.server.read_exact(&mut [0; 1000]).unwrap();
    }
}

#[test]
fn whoever_is_killed_is_whole_again_soon() {
    if !ready() {
        return;
    }
    let site = Routed::new();
    let (viewing, probing, relaying) = (Party::on(&site.viewer), Party::on(&site.probe), Party::on(&site.router));
    let see = || viewing.start(glouglou(), &["table", "--json", "--listen", VIEWER]);
    let keys = relaying.path("keys");
    let (token, attic) = relaying.invite(Who::Other, "attic", ROUTER);
    let (own, _) = viewing.invite(Who::Viewer, "relay", VIEWER);
    viewing.via(Who::Viewer, "relay", &attic, "attic");
    let relay_key = relaying.keep(&own);
    let forward = || relaying.start(ggprobe(), &["relay", "--listen", ROUTER, "--keys", &keys, "--key", &relay_key]);
    let probe_key = probing.keep(&token);
    let watch = || probing.start(ggprobe(), &["--key", &probe_key, "-i", "eth0", "--no-proc"]);

    let (viewer, relay, probe) = (see(), forward(), watch());
    let mut snapshots = whole_again(&viewer, 0, AFTER_DEATH);
    let mut talk = Talk::begin(&site);
    talk.say();

    // A relay is killed; what was said meanwhile is told again by the probe.
    drop(relay);
    (0..10).for_each(|_| talk.say());
    wait("the end of its child", || site.router.enter(|| UdpSocket::bind(ROUTER).is_ok()));
    let relay = forward();
    relay.hear("ggprobe: connected with");
    talk.say();
    snapshots = whole_again(&viewer, snapshots, AFTER_DEATH);

    // A probe is killed, with all that it knew.
    drop(probe);
    wait("the end of all its children", || site.probe.captures() == 0);
    let probe = watch();
    let own_home = Scratch::new();
    whole_again(&viewer, snapshots, AFTER_DEATH);
    let before = site.probe.captures();
    let local = Probe::start(&site.probe, &mut program(&glouglou(), &own_home, &["table", "--json", "-i", "eth0", "-f", "tcp port 80"]));
    wait("the local capture", || site.probe.captures() > before + 1);
    talk.say();

    // A viewer is killed; another one is told all that lives.
    drop(viewer);
    let viewer = see();
    whole_again(&viewer, 1, AFTER_DEATH);
    talk.say();
    drop(talk);

    drop(probe.hear_at_end("ggprobe: told "));
    let (said, seen) = (lines(&viewer.finish()), lines(&local.finish()));
    drop(relay.finish());
    let flows = |lines: &[Value]| -> BTreeMap<u64, [Value; 4]> {
        let flows = lines.iter().filter(|line| line["type"] == "flow" && line["dst_port"] == 80);
        let fields = ["packets_fwd", "packets_rev", "bytes_fwd", "bytes_rev"];
        flows.map(|flow| (flow["src_port"].as_u64().unwrap(), fields.map(|field| flow[field].clone()))).collect()
    };
    assert_eq!(flows(&said).len(), 1, "{said:#?}");
    assert_eq!(flows(&said), flows(&seen));
}
