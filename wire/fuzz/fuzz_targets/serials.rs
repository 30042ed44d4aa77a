//! Frames of one family of link types.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire_fuzz::check_one_of(wire_fuzz::SERIALS, data));
