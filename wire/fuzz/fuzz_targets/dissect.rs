//! Any bytes as a frame of any link type, captured in full or not.
#![no_main]

use wire::packet::Fragments;

libfuzzer_sys::fuzz_target!(|data: (u16, u32, &[u8])| {
    let (link, wire_len, frame) = data;
    wire_fuzz::check(link.into(), frame, wire_len, 0, &mut Fragments::new(4));
});
