//! A capture of many packets with one small cache of fragments: each input is a row of lengths, times and packets.
#![no_main]

use wire::packet::Fragments;

const CAPACITY: usize = 4;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut fragments = Fragments::new(CAPACITY).reassembling();
    let mut rest = data;
    while let [len, seconds, after @ ..] = rest {
        let (packet, next) = after.split_at(usize::from(*len).min(after.len()));
        wire_fuzz::check(101, packet, packet.len() as u32, u64::from(*seconds) * 1_000_000, &mut fragments);
        let _of_any_ports = fragments.take_whole().map(|whole| whole.transport().ports());
        assert!(fragments.len() <= CAPACITY);
        rest = next;
    }
});
