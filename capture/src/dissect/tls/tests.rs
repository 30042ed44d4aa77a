//! Handshakes as they come.

use graph::NameOrigin;
use wire::packet::TcpFlags;
use wire::packet::tls::{ClientHello, ServerHello, Version, record};

use super::register;
use crate::dissect::testing::{Lab, SERVER};

const PORT: u16 = 8443;
const CERTIFICATE: &[u8] = include_bytes!("../../../../wire/src/packet/tls/testdata/names.der");

fn hello(name: &str, versions: &[u16]) -> Vec<u8> {
    let hello = ClientHello {
        legacy_version: Version::TLS_1_2,
        versions: versions.iter().map(|version| Version(*version)).collect(),
        ciphers: [0x1301, 0x1302].into_iter().collect(),
        server_name: Some(name.as_bytes()),
        alpn: [&b"h2"[..], b"http/1.1"].into_iter().collect(),
        ..ClientHello::default()
    };
    hello.emit()
}

fn certificate() -> Vec<u8> {
    let sized = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes()[1..], bytes].concat();
    [&[11][..], &sized(&sized(&sized(CERTIFICATE)))].concat()
}

#[test]
fn a_hello_is_looked_for_only_where_something_may_turn_to_tls() {
    for (greeting, names) in [(&b"220 mail.example\r\n"[..], 1), (b"WELCOME to it\r\n", 0)] {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        lab.tcp(true, PORT, TcpFlags::ACK, 101, greeting);
        let hello = record(&hello("mail.example", &[0x0304]));
        lab.tcp(true, PORT, TcpFlags::ACK, 101 + greeting.len() as u32, &hello);
        assert_eq!(lab.names().len(), names, "{greeting:?}");
    }
}

#[test]
fn a_hello_in_many_records_and_segments_is_heard_in_any_order() {
    let stream: Vec<u8> = hello("shop.example", &[0x0304]).chunks(11).flat_map(record).collect();
    let segments: Vec<(u32, &[u8])> = (0..).step_by(13).zip(stream.chunks(13)).collect();
    for shift in 0..segments.len() {
        let mut lab = Lab::new(&[register]);
        lab.connect(PORT);
        let (first, last) = segments.split_at(shift);
        for (at, bytes) in last.iter().rev().chain(first) {
            lab.tcp(true, PORT, TcpFlags::ACK, 101 + at, bytes);
            lab.tcp(true, PORT, TcpFlags::ACK, 101 + at, bytes);
        }
        let names = lab.names();
        assert_eq!(names, [(SERVER.into(), NameOrigin::Sni, "shop.example".to_owned())], "{shift}");
    }
}

#[test]
fn what_was_agreed_counts_and_whom_the_certificate_is_for() {
    let mut lab = Lab::new(&[register]);
    lab.connect(PORT);
    lab.tcp(true, PORT, TcpFlags::ACK, 101, &record(&hello("shop.example", &[])));
    let tags = lab.tags();
    assert_eq!(tags.len(), 5, "{tags:?}");
    for tag in ["tls.sni=shop.example", "tls.alpn=h2, http/1.1", "tls.version=TLS 1.2", "app.protocol=tls"] {
        assert!(tags.iter().any(|told| told == tag), "{tag}: {tags:?}");
    }
    assert!(tags.iter().any(|tag| tag.starts_with("tls.ja4=t12d0202h2_")), "{tags:?}");
    let server = ServerHello { version: Version(0x0302), cipher: 0xc02f, is_retry: false };
    let stream = record(&[server.emit(), certificate()].concat());
    lab.tcp(false, PORT, TcpFlags::ACK, 501, &stream[..200]);
    assert_eq!(lab.tags(), ["tls.version=TLS 1.1", "app.protocol=tls"]);
    lab.tcp(false, PORT, TcpFlags::ACK, 701, &stream[200..]);
    assert_eq!(lab.tags(), ["tls.cert.names=one.example, *.two.example", "app.protocol=tls"]);
}

#[test]
fn after_starttls_the_name_is_heard() {
    let mut lab = Lab::new(&[register]);
    lab.connect(25);
    lab.tcp(false, 25, TcpFlags::ACK, 501, b"220 mail.example ready\r\n");
    lab.tcp(true, 25, TcpFlags::ACK, 101, b"STARTTLS\r\n");
    lab.tcp(false, 25, TcpFlags::ACK, 525, b"220 go ahead\r\n");
    lab.tcp(true, 25, TcpFlags::ACK, 111, &record(&hello("mail.example", &[0x0304])));
    assert!(lab.tags().contains(&"tls.sni=mail.example".to_owned()));
}

#[test]
fn a_name_that_deceives_is_shown_for_what_it_is_and_names_no_host() {
    let mut lab = Lab::new(&[register]);
    lab.connect(PORT);
    lab.tcp(true, PORT, TcpFlags::ACK, 101, &record(&hello("a\u{202e}b\x1b.example", &[])));
    let events = lab.events();
    assert!(!events.iter().any(|event| matches!(event.kind, graph::Kind::Name { .. })));
    assert!(format!("{events:?}").contains(r"a\\xe2\\x80\\xaeb\\x1b.example"), "{events:?}");
}
