//! Pieces of a stream: where each begins, how long it is, and its bytes.
#![no_main]

use wire::packet::stream::Beginning;

const MAX: usize = 512;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (mut left, mut stream, mut known) = (data, Beginning::new(MAX), Vec::new());
    while let [high, low, len, rest @ ..] = left {
        let at = usize::from(u16::from_be_bytes([*high, *low]) % 600);
        let (piece, rest) = rest.split_at(rest.len().min(usize::from(*len)));
        let more = stream.put(at, piece);
        assert_eq!(more, stream.bytes().len() > known.len());
        assert!(stream.bytes().starts_with(&known) && stream.bytes().len() <= MAX);
        known = stream.bytes().to_vec();
        left = rest;
    }
    // What waits is within bounds as well, each piece of it.
    assert!(stream.held() <= MAX + 32 * MAX);
});
