//! A stream that may be HTTP.
#![no_main]

use wire::packet::http::{Head, find, is_http};

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Ok(at) = find(stream, 0) {
        assert!(is_http(&stream[at..]));
    }
    let mut left = stream;
    while let Ok(Some(head)) = Head::parse(left) {
        assert!(head.len > 0 && head.len <= left.len());
        left = &left[head.len..];
    }
});
