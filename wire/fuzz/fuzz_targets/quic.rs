//! A datagram of QUIC, and the frames of a packet that was opened.
#![no_main]

use wire::packet::quic::{Client, Keys, Packet, Version, crypto, packets};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for packet in packets(data) {
        if let Packet::Initial(initial) = packet {
            let keys = Keys::of(Client { version: initial.version, destination: initial.destination }).expect("keys");
            if let Some(frames) = keys.open(&initial) {
                assert!(frames.len() < data.len());
            }
        }
    }
    let read: usize = crypto(data).map(|(_, piece)| piece.len()).sum();
    assert!(read <= data.len());
    let client = Client { version: Version::V2, destination: data.get(..8).unwrap_or_default() };
    let Some(sealed) = Keys::of(client).and_then(|keys| keys.seal(client, 7, data.get(..1000).unwrap_or(data))) else { return };
    let Some(Packet::Initial(initial)) = packets(&sealed).next() else { return };
    let opened = Keys::of(client).and_then(|keys| keys.open(&initial));
    assert_eq!(opened.as_deref(), Some(data.get(..1000).unwrap_or(data)));
});
