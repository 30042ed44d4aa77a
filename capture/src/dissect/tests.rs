//! What sessions hear, of a protocol of this page's own.

use std::net::IpAddr;

use graph::{ColumnId, EndReason, Kind, NameOrigin, Value};
use wire::packet::TcpFlags;

use super::testing::{Lab, SERVER};
use super::*;

/// `HELLO name!`, in one row of bytes, whatever segments it comes in; then whatever the other end says first.
#[derive(Debug)]
struct Toy {
    name: ColumnId,
    answer: ColumnId,
}

#[derive(Debug)]
struct Looking {
    name: ColumnId,
    answer: ColumnId,
    known: bool,
}

fn toy(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let name = builder.register(Column::new("toy.name", ValueType::Text, "who says hello"))?;
    let answer = builder.register(Column::new("toy.answer", ValueType::Text, "what is answered"))?;
    Ok(Box::new(Toy { name, answer }))
}

impl Dissector for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let Toy { name, answer } = *self;
        first.bytes.starts_with(b"HELLO ").then(|| Box::new(Looking { name, answer, known: false }) as _)
    }
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let text = String::from_utf8_lossy(payload.bytes);
        if payload.is_from_client() && !self.known {
            if let Some((name, _)) = text.strip_prefix("HELLO ").and_then(|rest| rest.split_once('!')) {
                found.certain(self.name, Value::text(name));
                found.name(payload.dst().addr, NameOrigin::Sni, 60, name);
                found.event(0x41, 7, name.as_bytes());
                self.known = true;
            }
            return Next::More;
        }
        found.certain(self.answer, Value::text(&text));
        Next::Done
    }
}

#[test]
fn a_stream_is_heard_whole_in_whatever_order_it_comes() {
    let mut lab = Lab::new(&[toy]);
    lab.connect(9);
    lab.tcp(true, 9, TcpFlags::ACK, 101 + 9, b"ld!");
    lab.tcp(true, 9, TcpFlags::ACK, 101 + 3, b"LO wor");
    assert_eq!(lab.tags(), [""; 0], "its beginning is not there yet");
    lab.tcp(true, 9, TcpFlags::ACK, 101, b"HELL");
    lab.tcp(true, 9, TcpFlags::ACK, 101, b"HELLO wor");
    let events = lab.events();
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Name { addr, name, .. } if *addr == IpAddr::from(SERVER) && &**name == "world")));
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Module { module: 0x41, kind: 7, payload } if &**payload == b"world")));
    assert!(events.iter().any(|e| matches!(&e.kind, Kind::Tags { tags, .. } if tags.len() == 2)), "{events:?}");
    lab.tcp(false, 9, TcpFlags::ACK, 501, b"welcome");
    assert_eq!(lab.tags(), ["toy.answer=welcome", "app.protocol=toy"]);
    lab.tcp(false, 9, TcpFlags::ACK, 508, b"more");
    assert_eq!(lab.tags(), [""; 0], "who is done hears no more");
}

#[test]
fn ports_that_are_used_again_are_another_flow() {
    let mut lab = Lab::new(&[toy]);
    for name in ["first", "second"] {
        lab.connect(9);
        lab.tcp(true, 9, TcpFlags::ACK, 101, format!("HELLO {name}!").as_bytes());
        lab.tcp(false, 9, TcpFlags::ACK, 501, b"welcome");
        lab.tcp(false, 9, TcpFlags::ACK, 508, b"and more");
        assert!(lab.tags().contains(&format!("toy.name={name}")));
        lab.tcp(true, 9, TcpFlags::RST, 0, &[]);
        assert!(lab.events().iter().any(|e| matches!(e.kind, Kind::Close { reason: EndReason::Reset, .. })));
    }
}

#[test]
fn a_flow_that_is_not_of_the_protocol_is_looked_at_once() {
    let mut lab = Lab::new(&[toy]);
    lab.connect(9);
    lab.tcp(true, 9, TcpFlags::ACK, 101, b"GOODBYE all");
    lab.tcp(true, 9, TcpFlags::ACK, 112, b"HELLO world!");
    lab.udp(true, (5, 6), b"GOODBYE");
    lab.udp(true, (5, 6), b"HELLO world!");
    assert_eq!(lab.tags(), [""; 0]);
}

#[test]
fn a_stream_that_was_joined_in_the_middle_begins_there() {
    let mut lab = Lab::new(&[toy]);
    lab.tcp(true, 9, TcpFlags::ACK, u32::MAX - 3, b"HELLO ");
    lab.tcp(true, 9, TcpFlags::ACK, 2, b"you!");
    assert_eq!(lab.tags(), ["toy.name=you", "app.protocol=toy"], "over the end of its numbers, too");
}

#[test]
fn many_flows_that_want_more_make_room_and_are_counted() {
    let mut lab = Lab::new(&[toy]);
    for port in 20_001..=24_200 {
        lab.udp(true, (port, 9), b"HELLO without an end");
    }
    lab.udp(true, (20_001, 9), b"HELLO again!");
    lab.udp(true, (24_200, 9), b"HELLO again!");
    let events = lab.events();
    let ledger = events.iter().rev().find_map(|e| if let Kind::Ledger(ledger) = e.kind { Some(ledger) } else { None }).unwrap();
    assert_eq!(ledger.lost_dissection, 4200 - 4096);
    let names = events.iter().filter(|e| matches!(e.kind, Kind::Name { .. })).count();
    assert_eq!(names, 1, "the first one was given up, the last one was not");
}

#[test]
fn one_that_never_ends_is_given_up() {
    let mut lab = Lab::new(&[toy]);
    lab.connect(9);
    lab.tcp(true, 9, TcpFlags::ACK, 101, b"HELLO ");
    for n in 0..1000 {
        lab.tcp(true, 9, TcpFlags::ACK, 107 + 1000 * n, &[b'a'; 1000]);
    }
    lab.tcp(true, 9, TcpFlags::ACK, 107 + 1_000_000, b"!");
    let events = lab.events();
    assert!(events.iter().any(|e| matches!(e.kind, Kind::Ledger(ledger) if ledger.lost_dissection == 1)), "{events:?}");
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let registers: [Register; 2] = [toy, toy];
    let twice = Dissectors::of(&registers, &mut RegistryBuilder::default());
    assert_eq!(twice.map(|_| ()).unwrap_err(), RegistryError::Duplicate("toy.name"));
}
