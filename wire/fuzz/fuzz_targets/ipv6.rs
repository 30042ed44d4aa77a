//! IPv6 packets with extension headers: dissected, and what is read of a header is written as it was read.
#![no_main]

use wire::packet::emit::stack;
use wire::packet::network::Parsed;
use wire::packet::network::ipv6::Repr;
use wire::packet::slice::Slice;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    wire_fuzz::check_one_of(&[229], data);
    if let Ok(Parsed { repr, payload, fault: None, .. }) = Repr::parse(Slice::whole(data)) {
        let bytes = stack(&[&repr], payload.bytes());
        let again = Repr::parse(Slice::whole(&bytes));
        assert!(again.is_ok_and(|again| again.repr == repr));
    }
});
