//! Any bytes as a record of our eBPF program.
#![no_main]

use wire::connect::{LEN, Repr};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Some(told) = Repr::parse(data) {
        assert!(data.len() == LEN && told.pid != 0);
        for end in [told.local, told.remote] {
            assert_eq!(end.ip(), end.ip().to_canonical());
        }
        assert_eq!(Repr::parse(&told.record()), Some(told));
    }
});
