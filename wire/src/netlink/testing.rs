//! What the families' tests share.

/// Hands over `bytes` cut at every length, then with every byte changed to each of some others.
pub(super) fn damaged(bytes: &[u8], mut read: impl FnMut(&[u8])) {
    for len in 0..bytes.len() {
        read(&bytes[..len]);
    }
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0x7f, 0xff] {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= change;
            read(&bytes);
        }
    }
}

/// The bytes that `text` writes as hexadecimal digits.
#[cfg(target_endian = "little")]
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
