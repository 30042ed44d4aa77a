//! The first line that both ends of SSH say (RFC 4253, section 4.2).

/// The longest line, its end included.
const MAX_LINE: usize = 255;
/// Lines that a server may say before it.
const MAX_BEFORE: usize = 16;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner<'a> {
    /// The program and its version, and what else it says of itself.
    Software(&'a [u8]),
    /// It is not there to its end.
    Partial,
    /// Nobody speaks SSH here.
    None,
}

impl<'a> Banner<'a> {
    /// Reads the beginning of a stream.
    ///
    /// ```
    /// use wire::packet::ssh::Banner;
    ///
    /// assert_eq!(Banner::parse(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), Banner::Software(b"OpenSSH_9.2p1 Debian-2"));
    /// assert_eq!(Banner::parse(b"SSH-2.0-Open"), Banner::Partial);
    /// assert_eq!(Banner::parse(b"HTTP/1.1 200 OK\r\n\r\n"), Banner::None);
    /// ```
    pub fn parse(stream: &'a [u8]) -> Banner<'a> {
        let mut left = stream;
        for _ in 0..MAX_BEFORE {
            let end = left.iter().take(MAX_LINE).position(|byte| *byte == b'\n');
            let Some(rest) = left.strip_prefix(b"SSH-") else {
                match end.and_then(|end| left.get(end + 1..)) {
                    Some(next) => left = next,
                    None => return Banner::None,
                }
                continue;
            };
            // The line may end with the segment: old servers say it so.
            let Some(line) = end.and_then(|end| rest.get(..end.checked_sub(4)?)) else {
                return if left.len() < MAX_LINE { Banner::Partial } else { Banner::None };
            };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let dash = line.iter().position(|byte| *byte == b'-');
            return dash.and_then(|dash| line.get(dash + 1..)).map_or(Banner::None, Banner::Software);
        }
        Banner::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_may_say_other_lines_before() {
        assert_eq!(Banner::parse(b"welcome\r\nSSH-1.99-Cisco-1.25\n"), Banner::Software(b"Cisco-1.25"));
        assert_eq!(Banner::parse(b"SSH-2.0\r\n"), Banner::None);
        assert_eq!(Banner::parse(&[b"SSH-2.0-".as_slice(), &[b'a'; 300]].concat()), Banner::None);
        assert_eq!(Banner::parse(&[b"SSH-2.0-".as_slice(), &[b'a'; 300], b"\r\n"].concat()), Banner::None);
        assert_eq!(Banner::parse(&b"a\n".repeat(300)), Banner::None);
        assert_eq!(Banner::parse(b"welcome\r\n"), Banner::None);
        assert_eq!(Banner::parse(b"SSH-"), Banner::Partial);
    }

    proptest::proptest! {
        #[test]
        fn what_is_said_is_read(software in "[ -~]{0,200}", before in proptest::collection::vec("[a-z]{0,20}", 0..4)) {
            let stream = format!("{}SSH-2.0-{software}\r\nmore", before.iter().map(|line| format!("{line}\r\n")).collect::<String>());
            proptest::prop_assert_eq!(Banner::parse(stream.as_bytes()), Banner::Software(software.as_bytes()));
        }
    }
}
