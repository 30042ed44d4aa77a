//! What others wrote, as values.

use graph::Value;

use crate::proc::reader::printable;

/// Printable text.
pub(super) fn text(bytes: &[u8]) -> Value {
    Value::text(&printable(bytes))
}

/// A printable symbol.
pub(super) fn symbol(bytes: &[u8]) -> Value {
    Value::symbol(&printable(bytes))
}

/// A name of a host, as those that are shown: without a port and a last dot. None where it is an address, or cannot be a name.
pub(super) fn host_name(bytes: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(bytes).ok()?.trim();
    let name = name.split_once(':').map_or(name, |(name, _)| name).trim_end_matches('.');
    let is_name = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
        && name.parse::<std::net::IpAddr>().is_err();
    is_name.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_hosts() {
        assert_eq!(host_name(b"WWW.Example.com:8080").as_deref(), Some("www.example.com"));
        assert_eq!(host_name(b"printer.local.").as_deref(), Some("printer.local"));
        for no in [&b"192.0.2.1:80"[..], b"[2001:db8::1]:80", b"", b".", b"a b", b"\xff"] {
            assert_eq!(host_name(no), None);
        }
        assert_eq!(text(b"a\x1bb"), Value::text("a\\x1bb"));
        assert_eq!(symbol(b"h2"), Value::symbol("h2"));
    }
}
