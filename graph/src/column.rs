//! What can be known of a flow beside its counters: columns, registered at start, and tags, their values.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;

use crate::{Side, Time};

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A size.
    Bytes,
    /// An IP address.
    Ip,
    /// A length of time.
    Duration,
    /// A point in time.
    Time,
    /// Yes or no.
    Bool,
    /// A hardware address.
    Mac,
}

/// A value of a column. Values of one column are of one type, and ordered within it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Words.
    Text(Arc<str>),
    /// A whole number.
    Integer(u64),
    /// A size in bytes.
    Bytes(u64),
    /// An IP address.
    Ip(IpAddr),
    /// A length of time.
    Duration(Duration),
    /// A point in time.
    Time(Time),
    /// Yes or no.
    Bool(bool),
    /// A hardware address.
    Mac([u8; 6]),
}

impl Value {
    /// The type.
    pub const fn value_type(&self) -> ValueType {
        match self {
            Value::Text(_) => ValueType::Text,
            Value::Integer(_) => ValueType::Integer,
            Value::Bytes(_) => ValueType::Bytes,
            Value::Ip(_) => ValueType::Ip,
            Value::Duration(_) => ValueType::Duration,
            Value::Time(_) => ValueType::Time,
            Value::Bool(_) => ValueType::Bool,
            Value::Mac(_) => ValueType::Mac,
        }
    }

    /// Text of which at most [`MAX_TEXT_BYTES`] are kept, at a character's edge.
    pub fn text(s: &str) -> Value {
        let end = s.floor_char_boundary(MAX_TEXT_BYTES.min(s.len()));
        Value::Text(Arc::from(s.get(..end).unwrap_or_default()))
    }
}

/// The longest text that a tag keeps, in bytes.
pub const MAX_TEXT_BYTES: usize = 512;

impl fmt::Display for Value {
    /// What [`ValueType::parse`] reads again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(s) => f.pad(s),
            Value::Integer(n) | Value::Bytes(n) => write!(f, "{n}"),
            Value::Ip(a) => write!(f, "{a}"),
            Value::Duration(d) => write!(f, "{}.{:06}", d.as_secs(), d.subsec_micros()),
            Value::Time(t) => write!(f, "{t}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Mac([a, b, c, d, e, g]) => write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}"),
        }
    }
}

impl ValueType {
    /// Reads what [`Value`]'s `Display` writes.
    pub fn parse(self, s: &str) -> Option<Value> {
        Some(match self {
            ValueType::Text => Value::text(s),
            ValueType::Integer => Value::Integer(s.parse().ok()?),
            ValueType::Bytes => Value::Bytes(s.parse().ok()?),
            ValueType::Ip => Value::Ip(s.parse().ok()?),
            ValueType::Duration => Value::Duration(Duration::from_micros(micros(s)?)),
            ValueType::Time => Value::Time(Time(micros(s)?)),
            ValueType::Bool => Value::Bool(s.parse().ok()?),
            ValueType::Mac => Value::Mac(mac(s)?),
        })
    }
}

fn micros(s: &str) -> Option<u64> {
    let (secs, fraction) = s.split_once('.').unwrap_or((s, ""));
    if fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
    secs.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}

fn mac(s: &str) -> Option<[u8; 6]> {
    let mut out = [0; 6];
    let mut parts = s.split(':');
    for byte in &mut out {
        let part = parts.next().filter(|p| p.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(out)
}

/// A registered column; an index into its [`Registry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(u16);

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Lower-case words joined by dots, as in `tunnel.kind`. For endpoint columns without `src.` and `dst.`.
    pub name: &'static str,
    /// What its values are.
    pub value_type: ValueType,
    /// Whether each end of a flow has its own value: `src.NAME` and `dst.NAME`.
    pub endpoint: bool,
    /// One line for the user.
    pub help: &'static str,
}

/// The columns, before the first event.
#[derive(Clone, Debug, Default)]
pub struct RegistryBuilder {
    columns: Vec<Column>,
}

/// Why a column could not be registered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Two columns have one name.
    #[error("two columns are named {0:?}: rename one")]
    Duplicate(&'static str),
    /// A name is not lower-case words joined by dots, or begins like an endpoint's.
    #[error("{0:?} cannot name a column: use lower-case words joined by dots, not beginning with src. or dst.")]
    Name(&'static str),
    /// There are too many.
    #[error("more than {} columns", u16::MAX)]
    Full,
}

impl RegistryBuilder {
    /// Adds a column. A second one of the same name is an error.
    pub fn register(&mut self, column: Column) -> Result<ColumnId, RegistryError> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !column.name.split('.').all(word) || column.name.starts_with("src.") || column.name.starts_with("dst.") {
            return Err(RegistryError::Name(column.name));
        }
        if self.columns.iter().any(|c| c.name == column.name) {
            return Err(RegistryError::Duplicate(column.name));
        }
        let id = u16::try_from(self.columns.len()).map_err(|_| RegistryError::Full)?;
        self.columns.push(column);
        Ok(ColumnId(id))
    }

    /// No column comes after this.
    pub fn freeze(self) -> Registry {
        let by_name = self.columns.iter().zip(0..).map(|(c, i)| (c.name, ColumnId(i))).collect();
        Registry { columns: self.columns, by_name }
    }
}

/// The columns, for good. A model takes one when it is made.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    columns: Vec<Column>,
    by_name: HashMap<&'static str, ColumnId>,
}

impl Registry {
    /// The column of that id.
    pub fn column(&self, id: ColumnId) -> Option<&Column> {
        self.columns.get(usize::from(id.0))
    }

    /// Every column, in the order of registration.
    pub fn columns(&self) -> impl Iterator<Item = (ColumnId, &Column)> {
        self.columns.iter().zip(0..).map(|(c, i)| (ColumnId(i), c))
    }

    /// The column of that name, without `src.` or `dst.`.
    pub fn find(&self, name: &str) -> Option<ColumnId> {
        self.by_name.get(name).copied()
    }
}

/// To which part of a flow a tag belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The flow as a whole.
    Flow,
    /// One of its ends.
    End(Side),
}

/// How sure a source is of a tag; the surer wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A guess, such as from a port number.
    Guess,
    /// Seen, but perhaps of something else.
    Likely,
    /// Seen.
    Certain,
}

/// One value of one column for one flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Of what.
    pub column: ColumnId,
    /// Of which part of the flow.
    pub place: Place,
    /// What.
    pub value: Value,
    /// How sure.
    pub confidence: Confidence,
}

/// How many tags one flow keeps.
pub const MAX_TAGS: usize = 64;

/// The tags of one flow, in the order of columns; one a column and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Sets a tag. A surer one stays; of two equally sure the newer wins. Returns whether anything changed.
    pub fn set(&mut self, tag: Tag) -> bool {
        match self.0.binary_search_by(|t| (t.column, t.place).cmp(&(tag.column, tag.place))) {
            Ok(at) => match self.0.get_mut(at) {
                Some(old) if old.confidence <= tag.confidence && *old != tag => {
                    *old = tag;
                    true
                }
                _ => false,
            },
            Err(_) if self.0.len() >= MAX_TAGS => false,
            Err(at) => {
                self.0.insert(at, tag);
                true
            }
        }
    }

    /// The value of a column at a place.
    pub fn get(&self, column: ColumnId, place: Place) -> Option<&Value> {
        let at = self.0.binary_search_by(|t| (t.column, t.place).cmp(&(column, place))).ok()?;
        self.0.get(at).map(|t| &t.value)
    }

    /// Every tag, in the order of columns.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Orders values as a table does: what is absent comes last.
pub fn order(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(name: &'static str) -> Column {
        Column { name, value_type: ValueType::Integer, endpoint: false, help: "" }
    }

    #[test]
    fn a_duplicate_is_a_start_up_error() {
        let mut b = RegistryBuilder::default();
        b.register(column("vlan")).unwrap();
        assert_eq!(b.register(column("vlan")), Err(RegistryError::Duplicate("vlan")));
        assert_eq!(b.register(column("src.mac")), Err(RegistryError::Name("src.mac")));
        assert!(b.freeze().find("vlan").is_some());
    }

    #[test]
    fn the_surer_tag_stays() {
        let mut b = RegistryBuilder::default();
        let id = b.register(column("n")).unwrap();
        let tag = |n, confidence| Tag { column: id, place: Place::Flow, value: Value::Integer(n), confidence };
        let mut tags = Tags::default();
        assert!(tags.set(tag(1, Confidence::Likely)));
        assert!(!tags.set(tag(2, Confidence::Guess)));
        assert!(tags.set(tag(3, Confidence::Likely)));
        assert_eq!(tags.get(id, Place::Flow), Some(&Value::Integer(3)));
        assert_eq!(tags.get(id, Place::End(Side::A)), None);
    }

    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            "\\PC{0,40}".prop_map(|s| Value::text(&s)),
            any::<u64>().prop_map(Value::Integer),
            any::<u64>().prop_map(Value::Bytes),
            any::<IpAddr>().prop_map(Value::Ip),
            any::<u32>().prop_map(|n| Value::Duration(Duration::from_micros(u64::from(n)))),
            any::<u32>().prop_map(|n| Value::Time(Time(u64::from(n)))),
            any::<bool>().prop_map(Value::Bool),
            any::<[u8; 6]>().prop_map(Value::Mac),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_parses(value in values()) {
            prop_assert_eq!(value.value_type().parse(&value.to_string()), Some(value));
        }
    }
}
