//! How Suricata's records come: what the user writes.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// By what they come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A file that grows, and is rotated.
    File(PathBuf),
    /// A Unix stream socket at which this program listens.
    Stream(PathBuf),
    /// A Unix datagram socket at which it does.
    Datagram(PathBuf),
}

const STREAM: &str = "unix:";
const DATAGRAM: &str = "unixgram:";

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Way, String> {
        let (way, path): (fn(PathBuf) -> Way, _) = match (text.strip_prefix(STREAM), text.strip_prefix(DATAGRAM)) {
            (Some(path), _) => (Way::Stream, path),
            (None, Some(path)) => (Way::Datagram, path),
            (None, None) => (Way::File, text),
        };
        if path.is_empty() { Err("a path is missing".to_owned()) } else { Ok(way(path.into())) }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::File(path) => write!(f, "{}", path.display()),
            Way::Stream(path) => write!(f, "{STREAM}{}", path.display()),
            Way::Datagram(path) => write!(f, "{DATAGRAM}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["/var/log/suricata/eve.json", "unix:/run/a.sock", "unixgram:/run/b.sock"] {
            assert_eq!(text.parse::<Way>().unwrap().to_string(), text);
        }
        assert_eq!("unixgram:/x".parse(), Ok(Way::Datagram("/x".into())));
        assert!("".parse::<Way>().is_err() && "unix:".parse::<Way>().is_err());
    }
}
