//! First contact.

use std::sync::Arc;

use graph::{
    Acquaintances, Attribution, Basis, Column, ConnId, DomainNames, Event, FirstContacts, Image, Initiator, Kind, Meaning, Origin,
    Prepared, ProcessId, Proto, Realm, Realms, Tuple, Unread, Value, ValueType,
};

use crate::network::{Network, REALMS, end};

fn network(memory: Option<&[u8]>) -> Network {
    let memory = memory.map(|bytes| Acquaintances::read(bytes).unwrap());
    let all: Vec<Box<dyn Prepared>> = vec![Box::new(DomainNames), Box::new(FirstContacts { memory })];
    let mut network = Network::new(&[Column::new("sni", ValueType::Text, "").means(Meaning::ServerName)], all);
    network.set_addresses(&["10.0.0.1/32"]);
    network
}

fn memory(network: &mut Network) -> Vec<u8> {
    network.computations.memories().pop().map(|(_, memory)| memory).unwrap_or_default()
}

fn owned(network: &mut Network, tuple: Tuple, pid: u32, exe: &str) {
    let process = ProcessId { pid, start_ns: 7 };
    let image = Image { exe: Ok(exe.into()), ..Image::named("x", Unread::Untold) };
    network.tell(Kind::Exec { process, parent: None, image: Arc::new(image) });
    let side = if tuple.a().addr.to_string() == "10.0.0.1" { graph::Side::A } else { graph::Side::B };
    network.tell(Kind::Owner { tuple, conn: ConnId(0), side, process, how: Attribution::Exact });
}

#[test]
fn what_was_never_seen_is_said_once_and_remembered() {
    let mut network = network(Some(b""));
    let first = network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    network.tag(first, "sni", Value::text("www.example.org"));
    owned(&mut network, first, 9, "/usr/bin/x");
    network.compute();
    assert_eq!(network.of_flow(first, "first_contact"), "host, process, domain");
    let second = network.open(Proto::TCP, "10.0.0.1:4001", "192.0.2.1:443");
    network.tag(second, "sni", Value::text("other.example.org"));
    owned(&mut network, second, 10, "/usr/bin/x");
    let third = network.open(Proto::TCP, "10.0.0.1:4002", "192.0.2.1:443");
    owned(&mut network, third, 11, "/tmp/x");
    network.compute();
    assert_eq!((network.of_flow(second, "first_contact"), network.of_flow(third, "first_contact")), ("".into(), "process".into()));

    let kept = memory(&mut network);
    assert!(!kept.is_empty() && memory(&mut network).is_empty(), "kept once");
    let mut later = self::network(Some(&kept));
    let again = later.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    later.tag(again, "sni", Value::text("www.example.org"));
    owned(&mut later, again, 9, "/usr/bin/x");
    let other = later.open(Proto::TCP, "192.0.2.2:4000", "10.0.0.1:443");
    later.compute();
    assert_eq!((later.of_flow(again, "first_contact"), later.of_flow(other, "first_contact")), ("".into(), "host".into()));
    assert!(later.computations.list().any(|listed| listed.remembers) && later.computations.forget("first-contact"));
    assert!(Acquaintances::read(&memory(&mut later)).is_ok_and(|known| known == Acquaintances::default()));
}

#[test]
fn a_recording_meets_nobody() {
    let mut network = network(None);
    let tuple = network.open(Proto::TCP, "10.0.0.1:4000", "192.0.2.1:443");
    network.compute();
    assert_eq!(network.of_flow(tuple, "first_contact"), "");
    assert!(memory(&mut network).is_empty());
}

#[test]
fn oneself_and_many_are_nobody_new() {
    let mut network = network(Some(b""));
    let flows = ["127.0.0.1:80", "224.0.0.251:5353", "10.0.0.1:80"].map(|to| network.open(Proto::UDP, "10.0.0.1:4000", to));
    network.compute();
    assert!(flows.into_iter().all(|flow| network.of_flow(flow, "first_contact").is_empty()));
}

#[test]
fn nobody_meets_the_loopback_of_another_machine() {
    let mut network = network(Some(b""));
    let realms = Realms { local: Realm(1_001), ..REALMS };
    let origin = network.model.add_origin(Origin { name: "attic".into(), realms }).unwrap();
    let (tuple, side) = Tuple::new(Proto::TCP, end("127.0.0.1:4000"), end("127.0.0.53:53"));
    let kind = Kind::Open { tuple, conn: ConnId(1), start: network.now, initiator: Initiator { side, basis: Basis::Handshake } };
    network.model.apply(network.now, &Event { at: network.now, origin, kind }, &mut ());
    network.compute();
    assert_eq!(network.of_flow(tuple, "first_contact"), "");
}
