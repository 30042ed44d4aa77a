//! One tag as a flow or host keeps it: in 16 bytes, and what its value needs beyond that elsewhere.

use std::cmp::Reverse;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;

use super::{ColumnId, Confidence, List, Place, Tag, Value, ValueType};
use crate::{OriginId, Time};

/// A tag, and who says so.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(Kept);

/// The small parts stand in each variant: only so is there room for them beside what tells these apart.
#[derive(Clone, PartialEq, Eq)]
enum Kept {
    Text(Head, ArcStr),
    Symbol(Head, ArcStr),
    /// What is a number, or as good as one.
    Number(Head, ValueType, u64),
    List(Head, List),
    Other(Head, Arc<Value>),
}

/// What is said of, and by whom.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head {
    column: ColumnId,
    origin: OriginId,
    place: Place,
    confidence: Confidence,
}

impl Said {
    pub(super) fn new(tag: Tag, origin: OriginId) -> Said {
        let head = Head { column: tag.column, origin, place: tag.place, confidence: tag.confidence };
        let number = number(&tag.value);
        Said(match (tag.value, number) {
            (Value::Text(words), _) => Kept::Text(head, words),
            (Value::Symbol(words), _) => Kept::Symbol(head, words),
            (Value::List(list), _) => Kept::List(head, list),
            (_, Some((of, number))) => Kept::Number(head, of, number),
            (other, None) => Kept::Other(head, Arc::new(other)),
        })
    }

    const fn head(&self) -> &Head {
        match &self.0 {
            Kept::Text(head, _) | Kept::Symbol(head, _) | Kept::Number(head, ..) | Kept::List(head, _) | Kept::Other(head, _) => head,
        }
    }

    /// Of what.
    pub const fn column(&self) -> ColumnId {
        self.head().column
    }

    /// Of which part of the flow.
    pub const fn place(&self) -> Place {
        self.head().place
    }

    /// How sure.
    pub const fn confidence(&self) -> Confidence {
        self.head().confidence
    }

    /// Who.
    pub const fn origin(&self) -> OriginId {
        self.head().origin
    }

    /// What.
    pub fn value(&self) -> Value {
        match &self.0 {
            Kept::Text(_, words) => Value::Text(words.clone()),
            Kept::Symbol(_, words) => Value::Symbol(words.clone()),
            Kept::Number(_, of, number) => value(*of, *number),
            Kept::List(_, list) => Value::List(list.clone()),
            Kept::Other(_, value) => Value::clone(value),
        }
    }

    /// Its words, if it is words.
    pub const fn words(&self) -> Option<&ArcStr> {
        match &self.0 {
            Kept::Text(_, words) | Kept::Symbol(_, words) => Some(words),
            Kept::Number(..) | Kept::List(..) | Kept::Other(..) => None,
        }
    }

    /// The tag alone.
    pub fn tag(&self) -> Tag {
        Tag { column: self.column(), place: self.place(), value: self.value(), confidence: self.confidence() }
    }

    /// What tells two apart that are of the same thing: the surer first, then who was there first.
    pub(super) const fn rank(&self) -> (Reverse<Confidence>, OriginId) {
        (Reverse(self.confidence()), self.origin())
    }

    /// Of what it is.
    pub(super) const fn of(&self) -> (ColumnId, Place) {
        (self.column(), self.place())
    }

    /// Has its text where another one has the same: a flow's names are often one.
    pub(super) fn share(&mut self, others: &[Said]) {
        let Kept::Text(_, words) = &mut self.0 else { return };
        let same = others
            .iter()
            .find_map(|other| if let Kept::Text(_, other) = &other.0 { Some(other).filter(|other| *other == words) } else { None });
        if let Some(same) = same {
            *words = same.clone();
        }
    }

    /// Whether the same value is said.
    pub(super) fn is_same_value(&self, other: &Said) -> bool {
        match (&self.0, &other.0) {
            (Kept::Text(_, a), Kept::Text(_, b)) | (Kept::Symbol(_, a), Kept::Symbol(_, b)) => a == b,
            (Kept::Number(_, of_a, a), Kept::Number(_, of_b, b)) => of_a == of_b && a == b,
            (Kept::List(_, a), Kept::List(_, b)) => a == b,
            (Kept::Other(_, a), Kept::Other(_, b)) => a == b,
            _ => false,
        }
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} by {:?}", self.tag(), self.origin())
    }
}

/// A value as a number, if all of it fits.
fn number(value: &Value) -> Option<(ValueType, u64)> {
    let number = match value {
        Value::Integer(n) | Value::Bytes(n) | Value::Rate(n) => *n,
        Value::Port(port) => (*port).into(),
        Value::Ip(IpAddr::V4(addr)) => addr.to_bits().into(),
        Value::Duration(length) if length.subsec_nanos().is_multiple_of(1_000) => u64::try_from(length.as_micros()).ok()?,
        Value::Time(time) => time.micros(),
        Value::Bool(yes) => (*yes).into(),
        Value::Mac([a, b, c, d, e, g]) => u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *g]),
        Value::Text(_) | Value::Symbol(_) | Value::Ip(_) | Value::Net(_) | Value::Duration(_) | Value::List(_) => return None,
    };
    Some((value.value_type()?, number))
}

/// The value of a number.
fn value(of: ValueType, n: u64) -> Value {
    match of {
        ValueType::Bytes => Value::Bytes(n),
        ValueType::Rate => Value::Rate(n),
        ValueType::Port => Value::Port(n as u16),
        ValueType::Ip => Value::Ip(Ipv4Addr::from_bits(n as u32).into()),
        ValueType::Duration => Value::Duration(Duration::from_micros(n)),
        ValueType::Time => Value::Time(Time(n)),
        ValueType::Bool => Value::Bool(n != 0),
        ValueType::Mac => {
            let [_, _, mac @ ..] = n.to_be_bytes();
            Value::Mac(mac)
        }
        // The others are never kept as numbers.
        ValueType::Integer | ValueType::Text | ValueType::Symbol | ValueType::Net => Value::Integer(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::value::tests::any_value;
    use crate::{Column, RegistryBuilder, Side};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_is_what_was_said(one in any_value(), other in any_value(), sure in any::<bool>(), place in 0..3_u8, origin in any::<u16>()) {
            let column = RegistryBuilder::default().register(Column::new("a", ValueType::Text, "")).unwrap();
            let tag = |value: &Value| Tag {
                column,
                place: [Place::Flow, Place::End(Side::A), Place::End(Side::B)][usize::from(place)],
                value: value.clone(),
                confidence: if sure { Confidence::Certain } else { Confidence::Guess },
            };
            let said = Said::new(tag(&one), OriginId(origin));
            prop_assert_eq!((said.tag(), said.origin()), (tag(&one), OriginId(origin)));
            prop_assert!(said.is_same_value(&Said::new(tag(&one), OriginId(7))));
            prop_assert_eq!(said.is_same_value(&Said::new(tag(&other), OriginId(origin))), one == other);
        }
    }

    #[test]
    fn a_tag_is_small() {
        assert_eq!(size_of::<Said>(), 16);
    }
}
