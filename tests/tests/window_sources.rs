//! Other sources in a real window: connection tracking and Suricata's file, switched off and on while it runs, and a file that goes and comes back.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use tests::desk::{ACCENT, Desk, NEEDS, Window, until, within};
use tests::netns::Namespace;
use tests::{Need, able};

/// The colour of what runs.
const GOOD: [u8; 3] = [0x52, 0xCC, 0x93];
/// Where the list of sources says how each of them is: width, height, left and top.
const STATES: (u32, u32, u32, u32) = (60, 560, 345, 100);
/// What switches a source is so far to the left of that, and so far above it.
const SWITCH: (u32, u32) = (15, 33);
/// Where the signs of notices stand.
const NOTICES: &str = "22x640+894+100";
/// From where all datagrams come.
const PORT: u16 = 5_000;

/// A machine that tracks and counts its connections.
fn machine() -> Namespace {
    let machine = Namespace::new();
    machine.enter(|| {
        let rules = "table ip watched { chain out { type filter hook output priority 0; ct state new accept; }; }";
        assert!(Command::new("nft").arg(rules).status().unwrap().success());
        fs::write("/proc/sys/net/netfilter/nf_conntrack_acct", "1").unwrap();
    });
    machine
}

/// One datagram on the machine, to a port at which somebody hears it.
fn talk(machine: &Namespace, port: u16) {
    machine.enter(|| {
        let [heard, socket] = [port, PORT].map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
        socket.send_to(b"x", (Ipv4Addr::LOCALHOST, port)).unwrap();
        heard.recv(&mut [0]).unwrap();
    });
}

/// Suricata alerts of the flow to a port.
fn alert(file: &Path, port: u16, signature: &str) {
    let record = json!({
        "event_type": "alert", "flow_id": port, "src_ip": "127.0.0.1", "src_port": PORT, "dest_ip": "127.0.0.1", "dest_port": port, "proto": "UDP",
        "alert": { "signature": signature, "severity": 1 },
    });
    let mut file = File::options().append(true).create(true).open(file).unwrap();
    writeln!(file, "{record}").unwrap();
}

/// Whether the window runs a source.
fn runs(window: &Window<'_>, name: &str) -> bool {
    window.threads().iter().any(|thread| thread == name)
}

/// Shows the list of sources, or hides it.
fn list(window: &Window<'_>, shown: bool) {
    until(if shown { "the list" } else { "the list to go" }, || {
        window.key("ctrl+i");
        within(Duration::from_secs(3), || window.lines(STATES, GOOD).is_empty() != shown)
    });
}

/// Types a filter, and waits for the one flow that it leaves.
fn only(window: &Window<'_>, filter: &str, port: u16) {
    until(filter, || {
        window.key("slash");
        window.key("ctrl+a");
        window.write(filter);
        window.key("Return");
        within(Duration::from_secs(3), || {
            window.key("ctrl+a");
            window.key("ctrl+c");
            let rows = window.clipboard();
            rows.lines().count() == 2 && rows.contains(&port.to_string())
        })
    });
}

/// Where the list says of two sources that they run, once that stands still.
fn two(window: &Window<'_>) -> Vec<(u32, u32)> {
    let mut before = Vec::new();
    until("two that run", || {
        let now = window.lines(STATES, GOOD);
        std::mem::replace(&mut before, now.clone()) == now && now.len() == 2
    });
    before
}

#[test]
fn they_are_switched_off_and_on_while_it_runs_and_a_file_goes_and_comes_back() {
    if !able(&[NEEDS[0], NEEDS[1], NEEDS[2], NEEDS[3], Need::Root, Need::Program("ip"), Need::Program("nft")]) {
        return;
    }
    let (desk, machine) = (Desk::set_up(), machine());
    let file = desk.home.path("eve.json");
    alert(&file, 6_001, "before anybody looked");
    let window = machine.enter(|| desk.open(&["--conntrack", "--suricata", file.to_str().unwrap()]));
    until("both", || runs(&window, "conntrack") && runs(&window, "suricata"));
    talk(&machine, 6_001);
    until("a flow that the kernel tracks", || {
        window.key("3");
        window.key("ctrl+a");
        window.key("ctrl+c");
        window.clipboard().contains("6001")
    });
    alert(&file, 6_001, "odd");
    only(&window, "suricata.alert = odd", 6_001);

    // Each is switched off and on by itself, and does what it did.
    list(&window, true);
    for (at, (name, other)) in [("conntrack", "suricata"), ("suricata", "conntrack")].into_iter().enumerate() {
        let both = two(&window);
        let switch = || window.click(both[at].0 - SWITCH.0, both[at].1 - SWITCH.1);
        switch();
        until("one that is off", || !runs(&window, name));
        // What the first one counts stands above the second, which so may move; the first does not.
        let stands = |state: &(u32, u32)| (*state == both[0]) == (at == 1);
        until("what says so", || matches!(&window.lines(STATES, GOOD)[..], [state] if stands(state)));
        assert!(runs(&window, other));
        switch();
        until("both again", || runs(&window, name) && window.lines(STATES, GOOD).len() == 2);
    }
    list(&window, false);
    talk(&machine, 6_002);
    alert(&file, 6_002, "odder");
    only(&window, "suricata.alert = odder", 6_002);

    // What is gone is said, and read when it is back.
    until("nothing to say", || window.points(NOTICES, ACCENT) == 0);
    fs::remove_file(&file).unwrap();
    until("a notice", || window.points(NOTICES, ACCENT) > 5);
    until("nothing to say", || window.points(NOTICES, ACCENT) == 0);
    talk(&machine, 6_003);
    alert(&file, 6_003, "back");
    until("another", || window.points(NOTICES, ACCENT) > 5);
    only(&window, "suricata.alert = back", 6_003);
    window.quit();
}
