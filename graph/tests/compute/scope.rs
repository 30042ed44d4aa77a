//! How far away hosts are.

use graph::{Proto, Scopes};

use crate::network::Network;

#[test]
fn each_host_is_somewhere() {
    let own = vec!["10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    let mut network = Network::new(&[], vec![Box::new(Scopes { own })]);
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
