//! JA4: a short name for how a client says hello, the same for the same program wherever it connects to.

use std::fmt::Write;

use ring::digest::{SHA256, digest};

use super::hello::{ClientHello, Version, is_grease};

/// What carries the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// TLS over TCP.
    Tcp,
    /// QUIC.
    Quic,
}

const SERVER_NAME: u16 = 0x0000;
const ALPN: u16 = 0x0010;

/// The fingerprint.
///
/// ```
/// use wire::packet::tls::{Carrier, ClientHello, ja4};
///
/// assert_eq!(ja4(&ClientHello::default(), Carrier::Tcp), "t00i000000_000000000000_000000000000");
/// ```
pub fn ja4(hello: &ClientHello<'_>, carrier: Carrier) -> String {
    let carrier = match carrier {
        Carrier::Tcp => 't',
        Carrier::Quic => 'q',
    };
    let real = |numbers: &[u16]| numbers.iter().copied().filter(|number| !is_grease(*number)).collect::<Vec<u16>>();
    let (mut ciphers, mut extensions) = (real(&hello.ciphers), real(&hello.extensions));
    let name = if extensions.contains(&SERVER_NAME) { 'd' } else { 'i' };
    let (cipher_count, extension_count) = (ciphers.len().min(99), extensions.len().min(99));
    let [first, last] = ends(hello.alpn.first().copied().unwrap_or_default());
    ciphers.sort_unstable();
    extensions.retain(|kind| ![SERVER_NAME, ALPN].contains(kind));
    extensions.sort_unstable();
    let version = version(hello.highest());
    let mut told = list(&extensions);
    let algorithms = real(&hello.signature_algorithms);
    if !algorithms.is_empty() {
        told = format!("{told}_{}", list(&algorithms));
    }
    let (ciphers, extensions) = (hash(&list(&ciphers), ciphers.is_empty()), hash(&told, extensions.is_empty()));
    format!("{carrier}{version}{name}{cipher_count:02}{extension_count:02}{first}{last}_{ciphers}_{extensions}")
}

const fn version(version: Version) -> &'static str {
    match version.0 {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// The first and the last character of a protocol's name, or where one of them is no letter or digit the first and the last digit of its bytes.
fn ends(name: &[u8]) -> [char; 2] {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return ['0', '0'] };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(*first), char::from(*last)];
    }
    [first >> 4, last & 0xf].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0'))
}

fn list(numbers: &[u16]) -> String {
    numbers.iter().map(|number| format!("{number:04x}")).collect::<Vec<String>>().join(",")
}

fn hash(list: &str, is_empty: bool) -> String {
    if is_empty {
        return "0".repeat(12);
    }
    digest(&SHA256, list.as_bytes()).as_ref().iter().take(6).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String does not fail
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the fingerprint's own description.
    #[test]
    fn a_browser_has_the_name_that_is_known() {
        let hello = ClientHello {
            legacy_version: Version::TLS_1_2,
            versions: [0x1a1a, 0x0304, 0x0303].into_iter().map(Version).collect(),
            ciphers: [
                0x9a9a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
                0x0035,
            ]
            .into_iter()
            .collect(),
            extensions: [
                0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b,
                0x000a, 0x0015, 0x8a8a,
            ]
            .into_iter()
            .collect(),
            server_name: Some(b"a.example"),
            alpn: [&b"h2"[..], b"http/1.1"].into_iter().collect(),
            signature_algorithms: [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601].into_iter().collect(),
        };
        assert_eq!(ja4(&hello, Carrier::Tcp), "t13d1516h2_8daaf6152771_e5627efa2ab1");
        assert!(ja4(&hello, Carrier::Quic).starts_with("q13d1516h2_"));
        let draft = ClientHello { versions: [0x0303, 0x7f17].into_iter().map(Version).collect(), ..hello };
        assert!(ja4(&draft, Carrier::Tcp).starts_with("t00d1516h2_"), "it has no name for drafts");
    }

    #[test]
    fn the_name_of_a_protocol_that_does_not_print_is_in_digits() {
        assert_eq!(ends(b"h2"), ['h', '2']);
        assert_eq!(ends(b"x"), ['x', 'x']);
        assert_eq!(ends(&[0xab, 0xcd]), ['a', 'd']);
        assert_eq!(ends(&[0x30, 0xab]), ['3', 'b']);
        assert_eq!(ends(b""), ['0', '0']);
    }
}
