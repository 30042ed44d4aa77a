//! A stream with TLS in it: its hellos, fingerprints and certificates.
#![no_main]

use wire::packet::tls::{Carrier, Flight, MAX_CERTIFICATE_NAMES, Message, certificate_names, find_client_hello, is_handshake, ja4};

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Some(at) = find_client_hello(stream) {
        assert!(is_handshake(&stream[at..]));
    }
    for flight in [Flight::of(stream), Flight::bare(stream)] {
        for message in flight.messages() {
            match message {
                Message::ClientHello(hello) => {
                    assert_eq!(ja4(&hello, Carrier::Tcp).len(), 36);
                    assert!(!hello.emit().is_empty());
                }
                Message::Certificate(der) => assert!(certificate_names(der).len() <= MAX_CERTIFICATE_NAMES),
                _ => {}
            }
        }
    }
    assert!(certificate_names(stream).len() <= MAX_CERTIFICATE_NAMES);
});
