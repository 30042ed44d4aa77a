//! Text of others, made so that it can be shown.

use std::fmt::Write;

use wire::packet::names::is_deceptive;

/// The bytes as text that shows what it holds: what would not print as itself (controls, line ends, marks that turn the direction of text,
/// bytes that are not UTF-8) is a backslash, an x and two hexadecimal digits a byte. A backslash itself stays: this is for eyes, not to be
/// turned back.
///
/// ```
/// use capture::proc::reader::printable;
///
/// assert_eq!(printable(b"ev\x1bil\xff"), "ev\\x1bil\\xff");
/// assert_eq!(printable("a\u{202e}b".as_bytes()), "a\\xe2\\x80\\xaeb");
/// ```
pub fn printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if is_deceptive(char) {
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(&mut text, byte));
            } else {
                text.push(char);
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(&mut text, *byte));
    }
    text
}

fn escape(text: &mut String, byte: u8) {
    let _ = write!(text, "\\x{byte:02x}"); // writing to a String does not fail
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_deceives_is_escaped_and_the_rest_stays() {
        for (bytes, text) in [
            (&b"plain-name_1"[..], "plain-name_1"),
            ("größe 名前".as_bytes(), "größe 名前"),
            (b"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"),
            (b"\xe2\x80", "\\xe2\\x80"),
            ("\u{2066}x\u{200f}".as_bytes(), "\\xe2\\x81\\xa6x\\xe2\\x80\\x8f"),
            (b"dev-\\x2d", "dev-\\x2d"),
        ] {
            assert_eq!(printable(bytes), text);
        }
    }

    proptest! {
        #[test]
        fn anything_prints(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = printable(&bytes);
            prop_assert!(!text.chars().any(is_deceptive));
            prop_assert!(text.len() <= bytes.len() * 4);
        }
    }
}
