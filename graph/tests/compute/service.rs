//! What flows are for.

use graph::{Column, Meaning, Ports, Proto, Services, Value, ValueType};

use crate::network::Network;

/// What a flow to that port is for, that is seen to speak this: what is said, or empty where the port says it all.
fn said(proto: Proto, port: u16, spoken: Option<&str>) -> String {
    let protocol = Column::new("spoken", ValueType::Symbol, "").means(Meaning::Protocol);
    let ports = Ports::read(b"rare-thing 8123/tcp\nhttps 443/tcp\n");
    let mut network = Network::new(&[protocol], vec![Box::new(Services { ports })]);
    let tuple = network.open(proto, "10.0.0.1:50000", &format!("10.0.0.2:{port}"));
    if let Some(spoken) = spoken {
        network.tag(tuple, "spoken", Value::symbol(spoken));
    }
    network.compute();
    network.of_flow(tuple, "service")
}

#[test]
fn what_is_spoken_corrects_the_port() {
    for (proto, port, spoken, service) in [
        (Proto::TCP, 443, None, ""),
        (Proto::TCP, 443, Some("tls"), ""),
        (Proto::TCP, 443, Some("http"), "http"),
        (Proto::TCP, 443, Some("ssh"), "ssh"),
        (Proto::TCP, 8443, Some("tls"), ""),
        (Proto::TCP, 8080, Some("tls"), "https"),
        (Proto::TCP, 8080, Some("http"), ""),
        (Proto::TCP, 80, Some("ssh"), "ssh"),
        (Proto::TCP, 993, Some("tls"), ""),
        (Proto::TCP, 12345, Some("tls"), "tls"),
        (Proto::TCP, 12345, None, ""),
        (Proto::TCP, 8123, None, "rare-thing"),
        (Proto::TCP, 8123, Some("http"), "http"),
        (Proto::UDP, 5353, Some("dns"), ""),
        (Proto::UDP, 443, Some("quic"), ""),
        (Proto::UDP, 4430, Some("quic"), "quic"),
        (Proto::TCP, 51000, Some("ssh"), "ssh"),
    ] {
        assert_eq!(said(proto, port, spoken), service, "{proto}/{port} {spoken:?}");
    }
}
