//! What stands between the user and a capture is said, with what to do.

use std::net::UdpSocket;
use std::process::Command;

use tests::able;
use tests::netns::{Cable, NEEDS, Namespace};
use tests::probe::Probe;
use tests::sender::{Load, send};

fn live(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_live"));
    command.args(arguments);
    command
}

fn error(namespace: &Namespace, arguments: &[&str]) -> String {
    Probe::start(namespace, &mut live(arguments)).hear("error:")
}

#[test]
fn each_obstacle_has_its_own_words() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let missing = error(&cable.far, &["eth7"]);
    assert_eq!(missing, "no interface is called eth7; there are: far, lo, any");
    let filter = error(&cable.far, &["far", "filter=udp prot 53"]);
    assert!(filter.starts_with(r#"the filter "udp prot 53" does not compile: "#) && filter.contains("syntax error"), "{filter}");
    let round = error(&cable.far, &["far", "filter=ip6 protochain 6"]);
    assert!(round.contains("protochain is for recordings") && round.contains("write proto"), "{round}");
    cable.far.ip(&["link", "set", "far", "down"]);
    assert_eq!(error(&cable.far, &["far"]), "far is down: run sudo ip link set far up");
    cable.far.ip(&["link", "set", "far", "up"]);
    let refused = error(&cable.far, &["far", "drop-first"]);
    assert!(refused.starts_with("not permitted to capture on far: run sudo ") && refused.contains(" -i far, "), "{refused}");
}

#[test]
fn a_filter_is_changed_while_capturing() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let mut probe = Probe::start(&cable.far, &mut live(&["far", "drop", "filter=udp dst port 20000"]));
    probe.hear("open");
    let load = Load { to: Cable::FAR, packets: 100, per_sec: 100_000, flows: 2, payload_bytes: 64 };
    cable.near.enter(|| send(load));
    probe.hear("packets 50");
    probe.say("filter udp prot");
    let answer = probe.hear("filter: Ok(Err(");
    assert!(answer.contains("syntax error"), "{answer}");
    cable.near.enter(|| send(load));
    probe.hear("packets 100");
    probe.say("filter ");
    assert_eq!(probe.hear("filter:"), "Ok(Ok(()))");
    cable.near.enter(|| send(load));
    assert_eq!(probe.stop().get("packets"), 200);
}

#[test]
fn all_interfaces_and_loopback_show_each_packet_once() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    for interface in ["any", "lo"] {
        let probe = Probe::start(&cable.far, &mut live(&[interface]));
        probe.hear("open");
        let to = std::net::Ipv4Addr::LOCALHOST;
        cable.far.enter(|| {
            let _so_that_nothing_is_answered = UdpSocket::bind((to, 20_000)).unwrap();
            send(Load { to, packets: 100, per_sec: 10_000, flows: 1, payload_bytes: 64 });
        });
        assert_eq!(probe.stop().get("packets"), 100, "{interface}");
    }
}
