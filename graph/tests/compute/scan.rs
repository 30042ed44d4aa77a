//! Scans.

use std::time::Duration;

use graph::{Both, ConnId, Counts, EndReason, Kind, Proto, Scans, Total, Tuple};

use crate::network::Network;

fn network() -> Network {
    Network::new(&[], vec![Box::new(Scans)])
}

/// The one who began it sent so many bytes in that many packets, and received so many.
fn moved(network: &mut Network, tuple: Tuple, client: &str, sent: (u64, u64), received: (u64, u64)) {
    let counts = |(packets, bytes): (u64, u64)| Counts { packets, bytes, ip_bytes: bytes };
    let a_began = tuple.a().addr == client.parse::<std::net::IpAddr>().unwrap();
    let (ab, ba) = if a_began { (counts(sent), counts(received)) } else { (counts(received), counts(sent)) };
    let last = network.now;
    network.tell(Kind::Data { tuple, conn: ConnId(1), total: Total(Both { ab, ba }), last });
}

fn refused(network: &mut Network, tuple: Tuple, client: &str) {
    moved(network, tuple, client, (1, 60), (1, 40));
    let last = network.now;
    network.tell(Kind::Close { tuple, conn: ConnId(1), reason: EndReason::Reset, total: Total::default(), last });
}

#[test]
fn many_ports_of_one_host_are_a_scan() {
    let mut network = network();
    for port in 1..=220 {
        let tuple = network.open(Proto::TCP, "10.0.0.1:4000", &format!("10.0.0.7:{port}"));
        match port {
            22 => moved(&mut network, tuple, "10.0.0.1", (3, 180), (2, 110)), // it listens, and says nothing
            80 => moved(&mut network, tuple, "10.0.0.1", (5, 700), (9, 9_000)),
            _ => refused(&mut network, tuple, "10.0.0.1"),
        }
        if port % 20 == 0 {
            network.wait(Duration::from_secs(1));
        }
    }
    assert_eq!(network.of_host("10.0.0.1", "scan"), "180 ports of 10.0.0.7 in 8 s", "it is said while it goes on");
    network.wait(Duration::from_secs(3));
    assert_eq!(network.of_host("10.0.0.1", "scan"), "220 ports of 10.0.0.7 in 10 s");
    assert_eq!(network.of_host("10.0.0.7", "scan"), "", "who is scanned does not scan");
}

#[test]
fn a_host_that_is_forgotten_and_tried_again_counts_once() {
    let mut network = network();
    for first_port in [4_000, 5_000] {
        for n in 1..=70 {
            let tuple = network.open(Proto::TCP, &format!("10.0.0.1:{}", first_port + n), &format!("198.51.100.{n}:23"));
            refused(&mut network, tuple, "10.0.0.1");
        }
        network.wait(Duration::from_secs(3));
        for _ in 0..40 {
            let kept = network.open(Proto::TCP, "10.8.8.8:4000", "10.0.0.1:22");
            moved(&mut network, kept, "10.8.8.8", (1, 60), (1, 60));
            network.wait(Duration::from_secs(1));
        }
        assert!(network.model.hosts().count() == 2, "nobody talks to the others any more");
    }
    assert_eq!(network.of_host("10.0.0.1", "scan"), "70 hosts on tcp/23 in 1 s");
}

#[test]
fn one_port_of_many_hosts_is_a_scan() {
    for (proto, port, words) in [
        (Proto::TCP, 23, "254 hosts on tcp/23 in 1 s"),
        (Proto::UDP, 161, "254 hosts on udp/161 in 1 s"),
        (Proto::ICMP, 0, "254 hosts by icmp in 1 s"),
    ] {
        let mut network = network();
        for n in 1..255 {
            let tuple = network.open(proto, "10.0.0.1:4000", &format!("198.51.100.{n}:{port}"));
            moved(&mut network, tuple, "10.0.0.1", (1, 60), (0, 0));
        }
        network.wait(Duration::from_secs(1));
        assert_eq!(network.of_host("10.0.0.1", "scan"), "", "they may still answer");
        network.wait(Duration::from_secs(3));
        assert_eq!(network.of_host("10.0.0.1", "scan"), words);
    }
}

#[test]
fn where_nobody_counts_nobody_scans() {
    let mut network = network();
    for n in 1..255 {
        network.open(Proto::UDP, "10.0.0.1:4000", &format!("198.51.100.{n}:443"));
    }
    network.wait(Duration::from_secs(4));
    assert_eq!(network.of_host("10.0.0.1", "scan"), "", "whether somebody answered is not known");
}

#[test]
fn a_browser_a_crawler_and_a_server_do_not_scan() {
    let mut network = network();
    for n in 0..250_u32 {
        // Pages of many hosts, of which some do not answer.
        let tuple = network.open(Proto::TCP, &format!("10.0.0.1:{}", 20_000 + n), &format!("198.51.100.{n}:443"));
        match n % 4 {
            0 => moved(&mut network, tuple, "10.0.0.1", (1, 60), (0, 0)),
            _ => moved(&mut network, tuple, "10.0.0.1", (9, 900), (30, 30_000)),
        }
        // One host, again and again.
        let tuple = network.open(Proto::TCP, &format!("10.0.0.2:{}", 20_000 + n), "203.0.113.1:443");
        moved(&mut network, tuple, "10.0.0.2", (9, 900), (1, 40));
        // A server whose clients nobody saw begin.
        let (tuple, _) =
            Tuple::new(Proto::TCP, crate::network::end("10.0.0.3:443"), crate::network::end(&format!("203.0.113.9:{}", 20_000 + n)));
        moved(&mut network, tuple, "10.0.0.3", (9, 900), (1, 40));
        if n % 25 == 0 {
            network.wait(Duration::from_secs(1));
        }
    }
    network.wait(Duration::from_secs(4));
    assert!(network.model.hosts().all(|host| host.tags.is_empty()));
}

#[test]
fn what_is_slow_is_no_scan_and_what_was_said_is_said_anew_when_it_is_much_more() {
    let mut network = network();
    for port in 1..=200 {
        let tuple = network.open(Proto::TCP, "10.0.0.1:4000", &format!("10.0.0.7:{port}"));
        refused(&mut network, tuple, "10.0.0.1");
        network.wait(Duration::from_secs(1));
    }
    assert_eq!(network.of_host("10.0.0.1", "scan"), "");
    for port in 1..=5_000 {
        let tuple = network.open(Proto::TCP, "10.0.0.1:4001", &format!("10.0.0.8:{port}"));
        refused(&mut network, tuple, "10.0.0.1");
    }
    network.wait(Duration::from_secs(4));
    assert_eq!(network.of_host("10.0.0.1", "scan"), "at least 4096 ports of 10.0.0.8 in 1 s");
    network.wait(Duration::from_secs(90));
}

#[test]
fn a_lesser_scan_is_said_again_once_the_greater_is_long_over() {
    let mut network = network();
    let stays = network.open(Proto::TCP, "10.0.0.1:5000", "203.0.113.1:443");
    for (nth, hosts, said) in [(1, 200, "200 hosts on tcp/23 in 1 s"), (4, 120, "120 hosts on tcp/23 in 1 s")] {
        for host in 1..=hosts {
            let tuple = network.open(Proto::TCP, "10.0.0.1:4000", &format!("198.51.100.{host}:23"));
            refused(&mut network, tuple, "10.0.0.1");
        }
        network.wait(Duration::from_secs(4));
        assert_eq!(network.of_host("10.0.0.1", "scan"), said);
        for n in nth..nth + 3 {
            moved(&mut network, stays, "10.0.0.1", (n * 9, n * 900), (n * 30, n * 30_000));
            network.wait(Duration::from_secs(25));
        }
    }
}
