//! DHCP of both versions; the first byte chooses whether the fixed fields are those of a message.
#![no_main]

use wire::packet::dhcp::{v4, v6};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [which, message @ ..] = data else { return };
    let mut whole = message.to_vec();
    if which % 2 == 0 {
        whole = vec![1; 236];
        whole.extend([0x63, 0x82, 0x53, 0x63]);
        whole.extend(message);
    }
    for lease in [v4(&whole), v6(message)].into_iter().flatten() {
        assert!(lease.host_name.is_none_or(|name| !name.is_empty() && !name.contains(char::is_control)));
        assert!(lease.addr.is_none_or(|addr| !addr.is_unspecified() || addr.is_ipv4()));
    }
});
