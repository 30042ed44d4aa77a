//! Hellos in Initial packets.

use graph::NameOrigin;
use wire::packet::quic::{Client, Keys, Version};
use wire::packet::tls::ClientHello;

use super::register;
use crate::dissect::testing::{Lab, SERVER};

const PORTS: (u16, u16) = (50_000, 443);
const FIRST: Client<'static> = Client { version: Version::V1, destination: &[1, 2, 3, 4, 5, 6, 7, 8] };

fn hello() -> Vec<u8> {
    let hello = ClientHello { server_name: Some(b"quic.example"), alpn: [&b"h3"[..]].into_iter().collect(), ..ClientHello::default() };
    hello.emit()
}

fn crypto(at: usize, piece: &[u8]) -> Vec<u8> {
    let mut frame = vec![6];
    frame.extend((0x4000 | at as u16).to_be_bytes());
    frame.extend((0x4000 | piece.len() as u16).to_be_bytes());
    frame.extend(piece);
    frame
}

/// A packet whose keys are those of `first`, to that destination.
fn initial(first: Client<'_>, number: u32, frames: &[u8]) -> Vec<u8> {
    let mut frames = frames.to_vec();
    frames.resize(frames.len().max(100), 0);
    Keys::of(first).unwrap().seal(first, number, &frames).unwrap()
}

#[test]
fn a_hello_over_several_packets_is_heard_in_any_order() {
    for version in [Version::V1, Version::V2, Version::Draft(29)] {
        let first = Client { version, ..FIRST };
        let (hello, mut lab) = (hello(), Lab::new(&[register]));
        let (a, b) = hello.split_at(30);
        lab.udp(true, PORTS, &initial(first, 1, &[vec![1, 0, 0], crypto(30, b)].concat()));
        assert_eq!(lab.tags(), [format!("quic.version={version}"), "app.protocol=quic".into()]);
        lab.udp(true, PORTS, &initial(first, 0, &crypto(0, a)));
        let tags = lab.tags();
        assert!(tags.contains(&"quic.sni=quic.example".to_owned()) && tags.contains(&"quic.alpn=h3".to_owned()), "{tags:?}");
        assert!(tags.iter().any(|tag| tag.starts_with("quic.ja4=q00d0002h3_")), "{tags:?}");
    }
}

#[test]
fn a_server_may_ask_to_be_called_otherwise_while_keys_stay() {
    let (hello, mut lab) = (hello(), Lab::new(&[register]));
    lab.udp(true, PORTS, &initial(FIRST, 0, &crypto(0, &hello[..20])));
    let mut frames = crypto(20, &hello[20..]);
    frames.resize(frames.len().max(100), 0);
    let renamed = Client { destination: &[9; 8], ..FIRST };
    lab.udp(true, PORTS, &Keys::of(FIRST).unwrap().seal(renamed, 1, &frames).unwrap());
    assert_eq!(lab.names().len(), 1);
}

#[test]
fn after_a_retry_keys_are_others() {
    let (hello, mut lab) = (hello(), Lab::new(&[register]));
    lab.udp(true, PORTS, &initial(FIRST, 0, &crypto(0, &hello[..20])));
    lab.udp(true, PORTS, &initial(Client { destination: &[9; 8], ..FIRST }, 1, &crypto(0, &hello)));
    assert_eq!(lab.names(), [(SERVER.into(), NameOrigin::Sni, "quic.example".to_owned())]);
}

#[test]
fn several_packets_of_one_datagram_are_heard_and_what_does_not_open_is_not() {
    let (hello, mut lab) = (hello(), Lab::new(&[register]));
    let mut broken = initial(FIRST, 0, &crypto(0, &hello));
    *broken.last_mut().unwrap() ^= 1;
    lab.udp(true, PORTS, &broken);
    assert_eq!(lab.tags(), [""; 0]);
    let both = [initial(FIRST, 0, &crypto(0, &hello[..9])), initial(FIRST, 1, &crypto(9, &hello[9..]))].concat();
    lab.udp(true, PORTS, &both);
    assert_eq!(lab.names().len(), 1);
}
