//! Values: their types, and how each is ordered, printed and read.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use arcstr::ArcStr;
use ipnet::IpNet;

use super::List;
use crate::Time;

/// The longest text that a tag keeps, in bytes.
pub const MAX_TEXT_BYTES: usize = 512;
/// The most values that a list keeps.
pub const MAX_LIST: usize = 32;
/// The most bytes of words that they have together.
pub const MAX_LIST_BYTES: usize = 4_096;

/// The type of a column's values, or of each value in its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Words, nearly every time others.
    Text,
    /// Words of which there are few, stored once.
    Symbol,
    /// A whole number.
    Integer,
    /// A size.
    Bytes,
    /// Bytes a second.
    Rate,
    /// The number of a port.
    Port,
    /// An IP address.
    Ip,
    /// A network: an address and how many of its bits count.
    Net,
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
    Text(ArcStr),
    /// Words that a model stores once.
    Symbol(ArcStr),
    /// A whole number.
    Integer(u64),
    /// A size in bytes.
    Bytes(u64),
    /// Bytes a second.
    Rate(u64),
    /// The number of a port.
    Port(u16),
    /// An IP address.
    Ip(IpAddr),
    /// A network.
    Net(IpNet),
    /// A length of time.
    Duration(Duration),
    /// A point in time.
    Time(Time),
    /// Yes or no.
    Bool(bool),
    /// A hardware address.
    Mac([u8; 6]),
    /// Several of one type, in the order in which they were told; no list in a list.
    List(List),
}

impl Value {
    /// The type; of a list that of its values, and none of an empty one.
    pub fn value_type(&self) -> Option<ValueType> {
        Some(match self {
            Value::Text(_) => ValueType::Text,
            Value::Symbol(_) => ValueType::Symbol,
            Value::Integer(_) => ValueType::Integer,
            Value::Bytes(_) => ValueType::Bytes,
            Value::Rate(_) => ValueType::Rate,
            Value::Port(_) => ValueType::Port,
            Value::Ip(_) => ValueType::Ip,
            Value::Net(_) => ValueType::Net,
            Value::Duration(_) => ValueType::Duration,
            Value::Time(_) => ValueType::Time,
            Value::Bool(_) => ValueType::Bool,
            Value::Mac(_) => ValueType::Mac,
            Value::List(values) => return values.first()?.value_type(),
        })
    }

    /// Text of which at most [`MAX_TEXT_BYTES`] are kept, at a character's edge.
    pub fn text(s: &str) -> Value {
        Value::Text(cut(s).into())
    }

    /// A symbol, cut like a text.
    pub fn symbol(s: &str) -> Value {
        Value::Symbol(cut(s).into())
    }

    /// A list, of which the first [`MAX_LIST`] are kept, as far as they have [`MAX_LIST_BYTES`]; lists in it are left out.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Value {
        let mut bytes = 0;
        let mut has_room = |value: &Value| {
            bytes += value.words().map_or(0, |words| words.len());
            bytes <= MAX_LIST_BYTES
        };
        let values = values.into_iter().filter(|value| !matches!(value, Value::List(_))).take(MAX_LIST);
        Value::List(values.take_while(|value| has_room(value)).collect())
    }

    /// It, or each of its values.
    pub fn each(&self) -> &[Value] {
        match self {
            Value::List(values) => values,
            one => std::slice::from_ref(one),
        }
    }

    /// Its words, if it is words.
    pub fn words(&self) -> Option<&ArcStr> {
        match self {
            Value::Text(words) | Value::Symbol(words) => Some(words),
            _ => None,
        }
    }
}

fn cut(s: &str) -> &str {
    s.get(..s.floor_char_boundary(MAX_TEXT_BYTES.min(s.len()))).unwrap_or_default()
}

impl fmt::Display for Value {
    /// What [`ValueType::parse`] reads again, and of a list [`ValueType::parse_list`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(s) | Value::Symbol(s) => f.pad(s),
            Value::Integer(n) | Value::Bytes(n) | Value::Rate(n) => write!(f, "{n}"),
            Value::Port(n) => write!(f, "{n}"),
            Value::Ip(a) => write!(f, "{a}"),
            Value::Net(net) => write!(f, "{net}"),
            Value::Duration(d) => write!(f, "{}.{:06}", d.as_secs(), d.subsec_micros()),
            Value::Time(t) => write!(f, "{t}"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Mac([a, b, c, d, e, g]) => write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}"),
            Value::List(values) => {
                for (n, value) in values.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    f.write_str(&value.to_string().replace('\\', "\\\\").replace(',', "\\,"))?;
                }
                // A list of one empty text is not the empty list.
                if let [Value::Text(s) | Value::Symbol(s)] = &values[..]
                    && s.is_empty()
                {
                    f.write_str("\\")?;
                }
                Ok(())
            }
        }
    }
}

impl ValueType {
    /// Every one.
    pub const ALL: [ValueType; 12] = [
        ValueType::Text,
        ValueType::Symbol,
        ValueType::Integer,
        ValueType::Bytes,
        ValueType::Rate,
        ValueType::Port,
        ValueType::Ip,
        ValueType::Net,
        ValueType::Duration,
        ValueType::Time,
        ValueType::Bool,
        ValueType::Mac,
    ];

    /// One lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            ValueType::Text => "text",
            ValueType::Symbol => "symbol",
            ValueType::Integer => "integer",
            ValueType::Bytes => "bytes",
            ValueType::Rate => "rate",
            ValueType::Port => "port",
            ValueType::Ip => "ip",
            ValueType::Net => "net",
            ValueType::Duration => "duration",
            ValueType::Time => "time",
            ValueType::Bool => "bool",
            ValueType::Mac => "mac",
        }
    }

    /// In what it is counted; empty where it counts nothing.
    pub const fn unit(self) -> &'static str {
        match self {
            ValueType::Bytes => "B",
            ValueType::Rate => "B/s",
            ValueType::Duration => "s",
            ValueType::Time => "UTC",
            _ => "",
        }
    }

    /// Whether values are amounts, or points on a line: larger and smaller mean something.
    pub const fn is_number(self) -> bool {
        matches!(self, ValueType::Integer | ValueType::Bytes | ValueType::Rate | ValueType::Duration | ValueType::Time)
    }

    /// Reads what [`Value`]'s `Display` writes.
    pub fn parse(self, s: &str) -> Option<Value> {
        Some(match self {
            ValueType::Text => Value::text(s),
            ValueType::Symbol => Value::symbol(s),
            ValueType::Integer => Value::Integer(s.parse().ok()?),
            ValueType::Bytes => Value::Bytes(s.parse().ok()?),
            ValueType::Rate => Value::Rate(s.parse().ok()?),
            ValueType::Port => Value::Port(s.parse().ok()?),
            ValueType::Ip => Value::Ip(s.parse().ok()?),
            ValueType::Net => Value::Net(s.parse().ok()?),
            ValueType::Duration => {
                let (secs, micros) = seconds(s)?;
                Value::Duration(Duration::new(secs, micros * 1_000))
            }
            ValueType::Time => {
                let (secs, micros) = seconds(s)?;
                Value::Time(Time(secs.checked_mul(1_000_000)?.checked_add(micros.into())?))
            }
            ValueType::Bool => Value::Bool(s.parse().ok()?),
            ValueType::Mac => Value::Mac(mac(s)?),
        })
    }

    /// Reads a list of them: parts between commas; a comma or backslash in a part stands after a backslash.
    pub fn parse_list(self, s: &str) -> Option<Value> {
        if s.is_empty() {
            return Some(Value::List(List::default()));
        }
        let (mut parts, mut part) = (Vec::new(), String::new());
        let mut chars = s.chars();
        while let Some(char) = chars.next() {
            match char {
                '\\' => part.extend(chars.next()),
                ',' => {
                    parts.push(std::mem::take(&mut part));
                    if chars.as_str().starts_with(' ') {
                        chars.next();
                    }
                }
                char => part.push(char),
            }
        }
        parts.push(part);
        (parts.len() <= MAX_LIST).then_some(())?;
        Some(Value::list(parts.iter().map(|part| self.parse(part)).collect::<Option<Vec<_>>>()?))
    }
}

/// Whole seconds, and what is beyond them in microseconds.
fn seconds(s: &str) -> Option<(u64, u32)> {
    let (secs, fraction) = s.split_once('.').unwrap_or((s, ""));
    if fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((secs.parse().ok()?, format!("{fraction:0<6}").parse().ok()?))
}

fn mac(s: &str) -> Option<[u8; 6]> {
    let mut out = [0; 6];
    let mut parts = s.split(':');
    for byte in &mut out {
        let part = parts.next().filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(out)
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
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(of: ValueType) -> BoxedStrategy<Value> {
        match of {
            ValueType::Text => "\\PC{0,40}".prop_map(|s| Value::text(&s)).boxed(),
            ValueType::Symbol => "\\PC{0,40}".prop_map(|s| Value::symbol(&s)).boxed(),
            ValueType::Integer => any::<u64>().prop_map(Value::Integer).boxed(),
            ValueType::Bytes => any::<u64>().prop_map(Value::Bytes).boxed(),
            ValueType::Rate => any::<u64>().prop_map(Value::Rate).boxed(),
            ValueType::Port => any::<u16>().prop_map(Value::Port).boxed(),
            ValueType::Ip => any::<IpAddr>().prop_map(Value::Ip).boxed(),
            ValueType::Net => (any::<IpAddr>(), any::<u8>())
                .prop_map(|(addr, bits)| Value::Net(IpNet::new(addr, bits % if addr.is_ipv4() { 33 } else { 129 }).unwrap()))
                .boxed(),
            ValueType::Duration => (prop_oneof![any::<u64>(), Just(u64::MAX), 0..9_u64], 0..1_000_000_u32)
                .prop_map(|(secs, micros)| Value::Duration(Duration::new(secs, micros * 1_000)))
                .boxed(),
            ValueType::Time => prop_oneof![any::<u64>(), Just(u64::MAX)].prop_map(|n| Value::Time(Time(n))).boxed(),
            ValueType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
            ValueType::Mac => any::<[u8; 6]>().prop_map(Value::Mac).boxed(),
        }
    }

    /// Values of every type, and lists of them.
    pub(in crate::column) fn any_value() -> impl Strategy<Value = Value> {
        let lists = types().prop_flat_map(|of| proptest::collection::vec(values(of), 0..5)).prop_map(Value::list);
        let fine = (prop_oneof![any::<u64>(), 0..9_u64], 0..1_000_000_000_u32)
            .prop_map(|(secs, nanos)| Value::Duration(Duration::new(secs, nanos)));
        prop_oneof![8 => types().prop_flat_map(values), 1 => lists, 1 => fine]
    }

    fn types() -> impl Strategy<Value = ValueType> {
        proptest::sample::select(ValueType::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn what_is_printed_parses(value in types().prop_flat_map(values)) {
            prop_assert_eq!(value.value_type().unwrap().parse(&value.to_string()), Some(value));
        }

        #[test]
        fn a_list_that_is_printed_parses((of, list) in types().prop_flat_map(|of| (Just(of), proptest::collection::vec(values(of), 0..5)))) {
            let list = Value::list(list);
            prop_assert_eq!(of.parse_list(&list.to_string()), Some(list));
        }
    }

    #[test]
    fn lists_are_bounded_and_flat() {
        let many = Value::list((0..99).map(Value::Integer));
        assert_eq!(many.each().len(), MAX_LIST);
        assert_eq!(Value::list([many, Value::Bool(true)]).each(), [Value::Bool(true)]);
        let long = vec!["x".repeat(MAX_TEXT_BYTES); MAX_LIST];
        assert_eq!(Value::list(long.iter().map(|words| Value::text(words))).each().len(), MAX_LIST_BYTES / MAX_TEXT_BYTES);
        assert_eq!(ValueType::Symbol.parse_list(&long.join(", ")).unwrap().each().len(), MAX_LIST_BYTES / MAX_TEXT_BYTES);
        assert_eq!(ValueType::Integer.parse_list("1, x"), None);
        assert_eq!(ValueType::Mac.parse("+1:02:03:04:05:06"), None);
        assert_eq!(size_of::<Value>(), 24);
    }
}
