//! How far away hosts are.

use graph::{Proto, Scopes};

use crate::network::Network;

#[test]
fn each_host_is_somewhere() {
    let mut network = Network::new(&[], vec![Box::new(Scopes)]);
    network.set_addresses(&["10.0.0.1/32", "2001:db8::1/128"]);
    let all = [
        ("10.0.0.1", "own"),
        ("127.0.0.1", "own"),
        ("10.0.0.2", "lan"),
        ("198.51.100.7", "internet"),
        ("224.0.0.251", "multicast"),
        ("10.0.0.255", "multicast"),
    ];
    for (addr, _) in all {
        network.open(Proto::UDP, "10.0.0.9:4000", &format!("{addr}:53"));
    }
    network.open(Proto::UDP, "[2001:db8::1]:4000", "[fe80::1]:53");
    network.compute();
    for (addr, scope) in all.into_iter().chain([("2001:db8::1", "own"), ("fe80::1", "lan")]) {
        assert_eq!(network.of_host(addr, "scope"), scope, "{addr}");
    }
}

#[test]
fn where_this_machine_comes_to_another_network_hosts_are_elsewhere_than_they_were() {
    let mut network = Network::new(&[], vec![Box::new(Scopes)]);
    for to in ["[2001:db8:1::2]:443", "[2001:db8:2::2]:443"] {
        network.open(Proto::TCP, "[2001:db8:1::1]:4000", to);
    }
    let scopes = |network: &mut Network, addresses: &[&str]| {
        let is_moved = network.set_addresses(addresses);
        network.compute();
        (is_moved, ["2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::2"].map(|addr| network.of_host(addr, "scope")))
    };
    let are = |scopes: [&str; 3]| scopes.map(str::to_owned);
    assert_eq!(scopes(&mut network, &[]), (false, are(["internet", "internet", "internet"])));
    assert_eq!(scopes(&mut network, &["2001:db8:1::1/64"]), (true, are(["own", "lan", "internet"])));
    assert!(!scopes(&mut network, &["2001:db8:1::1/64"]).0);
    assert_eq!(scopes(&mut network, &["2001:db8:2::1/64"]), (true, are(["internet", "internet", "lan"])));
}

#[test]
fn only_hosts_that_are_elsewhere_than_they_were_are_told_of() {
    let mut network = Network::new(&[], vec![Box::new(Scopes)]);
    network.open(Proto::TCP, "203.0.113.1:4000", "203.0.113.9:443");
    network.open(Proto::TCP, "203.0.113.1:4001", "192.0.2.1:443");
    let mut told = |addresses: &[&str]| {
        network.set_addresses(addresses);
        let mut told: Vec<_> = network.model.delta().hosts.values().map(|host| host.key.addr.to_string()).collect();
        told.sort_unstable();
        told
    };
    assert_eq!(told(&[]).len(), 3, "those that came");
    assert_eq!(told(&["203.0.113.1/24"]), ["203.0.113.1", "203.0.113.9"]);
    assert_eq!(told(&["203.0.113.1/24", "fe80::1/64"]), [""; 0]);
    assert_eq!(told(&["203.0.113.1/25", "203.0.113.9/32"]), ["203.0.113.9"]);
}
