//! What texts name: a name, and the domain of it that somebody registered.

use std::hash::BuildHasher as _;
use std::net::IpAddr;

use arcstr::ArcStr;
use hashbrown::{DefaultHashBuilder, HashSet, HashTable};

use crate::fold::registrable_domain;

/// The longest name.
const MAX_NAME_BYTES: usize = 253;
/// The longest text that may be one: with a last dot, and a port.
const MAX_TEXT_BYTES: usize = MAX_NAME_BYTES + 1 + ":65535".len();
/// Of so many texts it is remembered what they name; when there are more all are forgotten.
const MOST: usize = 65_536;
/// So many bytes of names and domains, too.
const MOST_BYTES: usize = 4 << 20;

/// A name, and the domain of it that somebody registered.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: ArcStr,
    pub(super) domain: Option<ArcStr>,
}

/// What was made of a text: of most that are said, that was done before.
#[derive(Debug)]
struct Read {
    hash: u64,
    named: Option<Kept>,
}

/// A name as it is kept: where it is the text as it stands, not at all.
#[derive(Debug)]
struct Kept {
    other_name: Option<ArcStr>,
    domain: Option<ArcStr>,
}

/// What was made of texts, by a hash of them with a seed of its own: the texts are not kept, nor looked at again. One of 2⁴⁸ new texts is so taken for another, and has its domain.
#[derive(Debug, Default)]
pub(super) struct Texts {
    hasher: DefaultHashBuilder,
    read: HashTable<Read>,
    /// The domains among it, each once.
    domains: HashSet<ArcStr>,
    /// Of the names and domains that are kept.
    bytes: usize,
}

impl Texts {
    /// What a text names, if anything.
    pub(super) fn read(&mut self, text: &ArcStr) -> Option<Named> {
        let hash = self.hasher.hash_one(text);
        if let Some(read) = self.read.find(hash, |read| read.hash == hash) {
            return read.named.as_ref().map(|kept| kept.of(text));
        }
        if text.len() > MAX_TEXT_BYTES {
            return None;
        }
        if self.read.len() >= MOST || self.bytes >= MOST_BYTES {
            (self.read, self.domains, self.bytes) = Default::default();
        }
        let named = host_name(text).map(|name| {
            let domain = registrable_domain(&name).map(|domain| {
                self.bytes += if self.domains.contains(&domain) { 0 } else { domain.len() };
                self.domains.get_or_insert(domain).clone()
            });
            let other_name = (name != *text).then_some(name);
            self.bytes += other_name.as_ref().map_or(0, ArcStr::len);
            Kept { other_name, domain }
        });
        let said = named.as_ref().map(|kept| kept.of(text));
        self.read.insert_unique(hash, Read { hash, named }, |read| read.hash);
        said
    }
}

impl Kept {
    fn of(&self, text: &ArcStr) -> Named {
        Named { name: self.other_name.as_ref().unwrap_or(text).clone(), domain: self.domain.clone() }
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
            // Of every other nothing stays but the domain.
            let text = format!("{}{n}.example.{}", "long".repeat(n % 60), if n % 2 == 0 { "com" } else { "COM" });
            for _ in 0..2 {
                let named = texts.read(&text.as_str().into());
                let name = named.as_ref().map(|named| named.name.as_str());
                assert_eq!(name, Some(&*text.to_lowercase()).filter(|text| text.len() <= MAX_NAME_BYTES));
                assert!(named.is_none_or(|named| named.domain.as_deref() == Some("example.com")));
            }
            most = most.max(texts.bytes);
            assert!(texts.read.len() <= MOST && texts.bytes <= MOST_BYTES + MAX_NAME_BYTES && texts.domains.len() <= 1);
        }
        assert!(most > MOST_BYTES / 2, "it is used");
        assert!(texts.read(&"x".repeat(MAX_TEXT_BYTES + 1).into()).is_none());
        let kept = texts.read.iter().filter_map(|read| read.named.as_ref()?.other_name.as_ref());
        assert_eq!(texts.bytes, "example.com".len() + kept.map(|name| name.len()).sum::<usize>());
        assert_eq!(size_of::<Read>(), 32);
    }
}
