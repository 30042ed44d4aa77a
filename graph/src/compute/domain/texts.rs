//! What texts name: a name, and the domain of it that somebody registered.

use std::net::IpAddr;

use arcstr::ArcStr;
use hashbrown::{HashMap, HashSet};

use crate::fold::registrable_domain;

/// The longest name.
const MAX_NAME_BYTES: usize = 253;
/// The longest text that may be one: with a last dot, and a port.
const MAX_TEXT_BYTES: usize = MAX_NAME_BYTES + 1 + ":65535".len();
/// So many texts are remembered …
const MOST: usize = 65_536;
/// … and so many bytes of them; when there are more all are forgotten.
const MOST_BYTES: usize = 4 << 20;

/// A name, and the domain of it that somebody registered.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: ArcStr,
    pub(super) domain: Option<ArcStr>,
}

/// What was made of texts: most are said again and again.
#[derive(Debug, Default)]
pub(super) struct Texts {
    read: HashMap<ArcStr, Option<Named>>,
    /// The domains among it, each once.
    domains: HashSet<ArcStr>,
    /// Of the texts.
    bytes: usize,
}

impl Texts {
    /// What a text names, if anything.
    pub(super) fn read(&mut self, text: &ArcStr) -> Option<Named> {
        if let Some(named) = self.read.get(text) {
            return named.clone();
        }
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        if self.read.len() >= MOST || self.bytes + text.len() > MOST_BYTES {
            *self = Texts::default();
        }
        let named = host_name(text).map(|name| {
            let domain = registrable_domain(&name).map(|domain| self.domains.get_or_insert(domain).clone());
            // What is a name as it stands is kept once.
            Named { name: if *name == **text { text.clone() } else { name }, domain }
        });
        self.bytes += text.len();
        self.read.insert(text.clone(), named.clone());
        named
    }
}

/// A name in lower case, without its last dot and without a port; none where it is an address, or no name.
fn host_name(text: &str) -> Option<ArcStr> {
    let name = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => text,
    };
    let name = name.trim_end_matches('.');
    let is_name = !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.contains([':', '[', '/']) && name.parse::<IpAddr>().is_err();
    is_name.then(|| name.to_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        for (text, name) in [
            ("WWW.Example.com.", Some("www.example.com")),
            ("example.com:8080", Some("example.com")),
            ("192.0.2.1", None),
            ("192.0.2.1:80", None),
            ("[2001:db8::1]:80", None),
            ("2001:db8::1", None),
            ("", None),
            (":80", None),
            ("a/b", None),
            ("example.com:http", None),
        ] {
            assert_eq!(host_name(text).as_deref(), name, "{text}");
        }
        assert_eq!(host_name(&"a".repeat(254)), None);
    }

    #[test]
    fn names_without_end_and_of_any_length_take_no_more_than_there_is() {
        let mut texts = Texts::default();
        let mut most = 0;
        for n in 0..200_000 {
            let text = format!("{}{n}.example.com", "long".repeat(n % 60));
            let named = texts.read(&text.as_str().into());
            assert_eq!(named.map(|named| named.name.len()), (text.len() <= MAX_NAME_BYTES).then_some(text.len()));
            most = most.max(texts.bytes);
            assert!(texts.read.len() <= MOST && texts.bytes <= MOST_BYTES && texts.domains.len() <= 1);
        }
        assert!(most > MOST_BYTES / 2, "it is used");
        assert!(texts.read(&"x".repeat(MAX_TEXT_BYTES + 1).into()).is_none());
        assert_eq!(texts.bytes, texts.read.keys().map(|text| text.len()).sum());
    }
}
