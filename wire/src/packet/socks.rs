//! Proxies that pass on whatever is said after a few bytes (SOCKS 4; RFC 1928).

/// Whether a stream begins like a client of such a proxy.
///
/// ```
/// assert!(wire::packet::socks::is_socks(&[5, 1, 0]));
/// assert!(wire::packet::socks::is_socks(&[4, 1, 0, 80, 192, 0, 2, 1, 0]));
/// assert!(!wire::packet::socks::is_socks(b"\x05hello"));
/// ```
pub const fn is_socks(stream: &[u8]) -> bool {
    match stream {
        [4, 1, _, _, _, _, _, _, ..] => true,
        // As many methods as it says, of which there are few; then what is asked for.
        [5, 1, 0..=2] | [5, 1, 0..=2, 1 | 5, ..] => true,
        [5, 2, 0..=2, 0..=2] | [5, 2, 0..=2, 0..=2, 1 | 5, ..] => true,
        [5, 3, 0, 1, 2] | [5, 3, 0, 1, 2, 1 | 5, ..] | [5, 4, 0, 1, 2, 3 | 128, ..] => true,
        _ => false,
    }
}
