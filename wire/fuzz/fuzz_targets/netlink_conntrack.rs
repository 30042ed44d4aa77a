//! Messages of connection tracking: what is read of one is what it says when it is made again.
#![no_main]

use wire::netlink::conntrack::{Entry, Said};
use wire::netlink::messages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for message in messages(data).map_while(Result::ok) {
        if let Ok(Said::Is(entry) | Said::Gone(entry)) = Said::parse(&message) {
            let again = entry.payload().expect("no value is too long");
            assert_eq!(Entry::parse(&again), Ok(Some(entry)));
            let _either = entry.is_translated();
        }
    }
});
