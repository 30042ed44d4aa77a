//! The best name of an address, and of a flow.

use graph::{Column, DomainNames, Meaning, NameOrigin, Proto, Value, ValueType};

use crate::network::Network;

fn network() -> Network {
    let columns = [
        Column::new("sni", ValueType::Text, "").means(Meaning::ServerName),
        Column::new("requested", ValueType::Text, "").means(Meaning::RequestedHost),
        Column::new("asked", ValueType::Text, "").many().means(Meaning::Question),
        Column::new("other", ValueType::Text, ""),
    ];
    Network::new(&columns, vec![Box::new(DomainNames)])
}

/// The name, its origin and its domain.
fn names(network: &Network, tuple: graph::Tuple) -> [String; 3] {
    ["domain.name", "domain.origin", "domain"].map(|column| network.of_server(tuple, column))
}

fn asked(network: &mut Network, client: &str, names: &[&str]) {
    let dns = network.open(Proto::UDP, client, "10.0.0.53:53");
    network.tag(dns, "asked", Value::list(names.iter().map(|name| Value::text(name))));
}

#[test]
fn what_the_client_asked_for_wins() {
    let mut network = network();
    network.name("192.0.2.1", NameOrigin::Ptr, "ec2-192-0-2-1.cloud.example");
    let tuple = network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    network.compute();
    assert_eq!(names(&network, tuple), ["ec2-192-0-2-1.cloud.example", "reverse DNS", "cloud.example"]);
    network.name("192.0.2.1", NameOrigin::Dns, "other.example");
    network.compute();
    assert_eq!(names(&network, tuple), ["other.example", "DNS answer", "other.example"]);
    network.tag(tuple, "requested", Value::text("Shop.Example.org:8080"));
    network.compute();
    assert_eq!(names(&network, tuple), ["shop.example.org", "HTTP host", "example.org"]);
    network.tag(tuple, "sni", Value::text("www.example.co.uk"));
    network.compute();
    assert_eq!(names(&network, tuple), ["www.example.co.uk", "TLS server name", "example.co.uk"]);
    network.tag(tuple, "requested", Value::text("late.example.org"));
    network.tag(tuple, "other", Value::text("no.example.org"));
    network.compute();
    assert_eq!(names(&network, tuple)[0], "www.example.co.uk");
    assert_eq!(network.of_host("192.0.2.1", "domain.name"), "other.example", "what one client calls it is not what all do");
    assert_eq!(network.of_client(tuple, "domain.name"), "");
}

#[test]
fn each_client_gets_the_answer_to_its_own_question() {
    let mut network = network();
    asked(&mut network, "10.0.0.1:5000", &["one.example", "cdn-one.example"]);
    asked(&mut network, "10.0.0.2:5000", &["Two.Example."]);
    network.name("192.0.2.1", NameOrigin::Dns, "one.example");
    network.name("192.0.2.1", NameOrigin::Dns, "two.example");
    network.name("192.0.2.1", NameOrigin::Dns, "three.example");
    network.compute();
    let [one, two, other] = [1, 2, 3].map(|n| network.open(Proto::TCP, &format!("10.0.0.{n}:4000"), "192.0.2.1:443"));
    network.compute();
    assert_eq!(names(&network, one), ["one.example", "DNS question", "one.example"]);
    assert_eq!(names(&network, two), ["two.example", "DNS question", "two.example"]);
    assert_eq!(names(&network, other)[1], "DNS answer");
}

#[test]
fn what_is_no_name_is_none_and_a_name_without_a_domain_has_none() {
    let mut network = network();
    let tuple = network.open(Proto::TCP, "10.0.0.1:4000", "10.0.0.9:443");
    network.tag(tuple, "sni", Value::text("10.0.0.9"));
    network.compute();
    assert_eq!(names(&network, tuple), ["", "", ""]);
    network.name("10.0.0.9", NameOrigin::Ptr, "nas.example.org");
    network.compute();
    assert_eq!(names(&network, tuple)[2], "example.org");
    network.name("10.0.0.9", NameOrigin::Dhcp, "nas");
    network.compute();
    assert_eq!(names(&network, tuple), ["nas", "DHCP", ""]);
}
