//! A stream that may be SSH.
#![no_main]

use wire::packet::ssh::Banner;

libfuzzer_sys::fuzz_target!(|stream: &[u8]| {
    if let Banner::Software(software) = Banner::parse(stream) {
        assert!(software.len() < 255 && !software.contains(&b'\n'));
    }
});
