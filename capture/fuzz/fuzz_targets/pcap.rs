//! Any bytes after a header of pcap, in each of its variants.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod read;

/// The beginning of each variant: its magic number and its version.
const BEGINNINGS: [&[u8]; 6] = [
    b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00",
    b"\xa1\xb2\xc3\xd4\x00\x02\x00\x04",
    b"\x4d\x3c\xb2\xa1\x02\x00\x04\x00",
    b"\xa1\xb2\x3c\x4d\x00\x02\x00\x04",
    b"\x34\xcd\xb2\xa1\x02\x00\x04\x00",
    b"\xa1\xb2\xcd\x34\x00\x02\x00\x04",
];

fuzz_target!(|data: &[u8]| {
    let Some((variant, rest)) = data.split_first() else { return };
    match BEGINNINGS.get(usize::from(*variant)) {
        Some(beginning) => read::read(&[beginning, rest].concat()),
        None => read::read(rest),
    }
});
