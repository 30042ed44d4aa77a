//! Every packet that was sent is counted, or is in a loss that has a name.

use std::net::{Ipv4Addr, UdpSocket};
use std::process::Command;
use std::sync::Mutex;

use capture::interfaces::{Counters, Traffic};
use tests::able;
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;
use tests::sender::{Load, Sent, send};

const PER_SEC: u64 = 50_000;
/// Of what is measured, not only tested.
const LONG_SECS: u64 = 30;

/// One at a time: two senders would keep each other from their rate.
static ALONE: Mutex<()> = Mutex::new(());

/// Captures while `secs` seconds of packets are sent, and compares what three parties counted: the sender, the kernel's
/// interface, and the capture.
fn every_packet_is_counted(secs: u64, arguments: &[&str]) {
    if !able(&NEEDS) {
        return;
    }
    let _alone = ALONE.lock();
    let cable = Cable::new();
    let probe = Probe::start(&cable.far, Command::new(env!("CARGO_BIN_EXE_live")).arg("far").args(arguments));
    probe.hear("open");
    let load = Load { to: Cable::FAR, packets: secs * PER_SEC, per_sec: PER_SEC, flows: 200, payload_bytes: 64 };
    let sent: Sent = cable.near.enter(|| send(load));
    let near: Traffic = cable.near.enter(|| *Counters::read().unwrap().get("near").unwrap());
    let (busy, waits) = probe.work();
    let account = probe.stop();
    println!("{sent:?}\n{near:?}\n{account:?}\nprocessor time {busy:?}, {waits} waits");

    assert_eq!(near.tx_packets + near.tx_dropped, sent.packets, "the sender's interface took what the sender sent");
    let counted = account.get("packets");
    assert_eq!(sent.packets, counted + account.get("lost_kernel") + account.get("lost_interface") + near.tx_dropped);
    assert_eq!(counted, sent.packets, "and nothing at all was lost");
    assert_eq!(account.get("bytes"), sent.bytes);
    assert_eq!((account.get("flows"), account.get("flow_packets"), account.get("lost_queue")), (200, counted, 0));
    let rate = sent.packets as f64 / sent.took.as_secs_f64();
    // That the sender keeps up is a measurement of the machine: for `make bench-live`.
    let least = if secs >= LONG_SECS { 0.95 } else { 0.5 };
    assert!(rate > least * PER_SEC as f64, "only {rate} packets a second were sent");
}

/// What does not fit into the kernel's buffer while the process stands still is told, to the packet.
fn what_the_kernel_drops_is_told(interface: &str, to: Ipv4Addr) {
    if !able(&NEEDS) {
        return;
    }
    let _alone = ALONE.lock();
    let cable = Cable::new();
    let probe = Probe::start(&cable.far, Command::new(env!("CARGO_BIN_EXE_live")).arg(interface));
    probe.hear("open");
    let load = Load { to, packets: 300_000, per_sec: 200_000, flows: 1, payload_bytes: 64 };
    let from = if interface == "lo" { &cable.far } else { &cable.near };
    probe.suspend();
    let sent = from.enter(|| {
        let _so_that_nothing_is_answered = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 20_000)).unwrap();
        send(load)
    });
    probe.resume();
    let account = probe.stop();
    println!("{sent:?}\n{account:?}");
    assert!(account.get("lost_kernel") > 0, "{account:?}");
    assert_eq!(account.get("packets") + account.get("lost_kernel"), sent.packets);
    assert_eq!(account.get("flow_packets"), account.get("packets"));
}

#[test]
fn what_the_kernel_drops_is_told_on_a_cable() {
    what_the_kernel_drops_is_told("far", Cable::FAR);
}

#[test]
fn what_the_kernel_drops_is_told_on_loopback() {
    what_the_kernel_drops_is_told("lo", Ipv4Addr::LOCALHOST);
}

#[test]
fn fifty_thousand_a_second() {
    every_packet_is_counted(5, &[]);
}

#[test]
fn fifty_thousand_a_second_after_the_privilege_drop() {
    every_packet_is_counted(5, &["drop"]);
}

#[test]
#[ignore = "half a minute: make bench"]
fn fifty_thousand_a_second_for_half_a_minute() {
    every_packet_is_counted(30, &[]);
}

#[test]
#[ignore = "half a minute: make bench"]
fn fifty_thousand_a_second_for_half_a_minute_after_the_privilege_drop() {
    every_packet_is_counted(30, &["drop"]);
}
