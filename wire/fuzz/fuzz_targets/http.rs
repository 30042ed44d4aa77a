//! A stream that may be HTTP.
#![no_main]

use wire::packet::http::{Chunk, Head, find, is_http};

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Ok(at) = find(stream, 0) {
        assert!(is_http(&stream[at..]));
    }
    let mut left = stream;
    if let Ok(Some(chunk)) = Chunk::parse(left) {
        assert!(chunk.len > 0);
    }
    while let Ok(Some(head)) = Head::parse(left) {
        assert!(head.len > 0 && head.len <= left.len());
        left = &left[head.len..];
    }
});
