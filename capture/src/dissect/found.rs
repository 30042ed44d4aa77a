//! What dissectors found.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;

use graph::{ArcStr, ColumnId, Kind, NameOrigin, Tag, Value};

/// The numbers of modules that events of one's own may have.
pub const MODULES: RangeInclusive<u8> = 0x40..=0x7F;
/// An event of one's own has at most so many bytes, so that a datagram holds it.
pub const MAX_EVENT_BYTES: usize = 1024;

/// What a session tells of its flow, until it is told on.
#[derive(Debug, Default)]
pub struct Found {
    pub(crate) tags: Vec<Tag>,
    pub(crate) names: Vec<FoundName>,
    pub(crate) events: Vec<FoundEvent>,
}

/// A name of an address.
#[derive(Debug)]
pub(crate) struct FoundName {
    pub(crate) addr: IpAddr,
    pub(crate) origin: NameOrigin,
    pub(crate) ttl_secs: u32,
    pub(crate) name: ArcStr,
}

/// An event of a module of one's own.
#[derive(Debug)]
pub(crate) struct FoundEvent {
    pub(crate) module: u8,
    pub(crate) kind: u8,
    pub(crate) payload: Arc<[u8]>,
}

impl From<FoundEvent> for Kind {
    fn from(event: FoundEvent) -> Kind {
        Kind::Module { module: event.module, kind: event.kind, payload: event.payload }
    }
}

impl Found {
    /// Whether there is nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.names.is_empty() && self.events.is_empty()
    }

    /// A tag of the flow, or of one of its ends. Of two of a column and a place the later counts.
    pub fn tag(&mut self, tag: Tag) {
        self.tags.retain(|known| (known.column, known.place) != (tag.column, tag.place));
        self.tags.push(tag);
    }

    /// What is certain of the flow as a whole.
    pub fn certain(&mut self, column: ColumnId, value: Value) {
        self.tag(Tag::certain(column, value));
    }

    /// A name of an address, which may be believed for so long. Names are printable, and at most 253 bytes; others are not told.
    pub fn name(&mut self, addr: IpAddr, origin: NameOrigin, ttl_secs: u32, name: &str) {
        let is_name = !name.is_empty() && name.len() <= wire::packet::names::MAX_NAME_LEN && !name.chars().any(char::is_control);
        if is_name && !addr.is_unspecified() && !addr.is_multicast() {
            self.names.push(FoundName { addr, origin, ttl_secs, name: name.into() });
        }
    }

    /// An event of a module of one's own: its number is one of [`MODULES`], and its payload at most [`MAX_EVENT_BYTES`]; others are not told. Whoever hears it keeps
    /// it, and tells it on, whether or not it knows the module.
    pub fn event(&mut self, module: u8, kind: u8, payload: &[u8]) {
        if MODULES.contains(&module) && payload.len() <= MAX_EVENT_BYTES {
            self.events.push(FoundEvent { module, kind, payload: payload.into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Column, RegistryBuilder, ValueType};

    #[test]
    fn what_may_not_be_told_is_not() {
        let mut found = Found::default();
        let host: IpAddr = [192, 0, 2, 1].into();
        found.name(host, NameOrigin::Sni, 60, "");
        found.name(host, NameOrigin::Sni, 60, "a\u{1b}b");
        found.name(host, NameOrigin::Sni, 60, &"a".repeat(254));
        found.name([224, 0, 0, 251].into(), NameOrigin::Sni, 60, "all.example");
        found.event(0x3F, 1, &[]);
        found.event(0x80, 1, &[]);
        found.event(0x40, 1, &[0; MAX_EVENT_BYTES + 1]);
        assert!(found.names.is_empty() && found.events.is_empty());
        found.name(host, NameOrigin::Sni, 60, "a.example");
        found.event(0x40, 1, &[0; MAX_EVENT_BYTES]);
        assert_eq!((found.names.len(), found.events.len()), (1, 1));
    }

    #[test]
    fn of_two_tags_the_later_counts() {
        let column = RegistryBuilder::default().register(Column::new("a", ValueType::Integer, "")).unwrap();
        let mut found = Found::default();
        found.certain(column, Value::Integer(1));
        found.tag(Tag::certain(column, Value::Integer(2)).at(graph::Side::A));
        found.certain(column, Value::Integer(3));
        let told: Vec<String> = found.tags.iter().map(|tag| tag.value.to_string()).collect();
        assert_eq!(told, ["2", "3"]);
    }
}
