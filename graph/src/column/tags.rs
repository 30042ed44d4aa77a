//! Tags: what sources and computations say of a flow or a host.

use std::cmp::Reverse;

use super::{ColumnId, Value};
use crate::{OriginId, Side};

/// To which part of a flow a tag belongs. What is said of a host is of the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The flow, or the host, as a whole.
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

impl Confidence {
    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Confidence::Guess => "a guess",
            Confidence::Likely => "likely",
            Confidence::Certain => "certain",
        }
    }
}

/// One value of one column for one flow or host.
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

impl Tag {
    /// What is certain of a flow as a whole.
    pub const fn certain(column: ColumnId, value: Value) -> Tag {
        Tag { column, place: Place::Flow, value, confidence: Confidence::Certain }
    }

    /// The same of one of its ends.
    pub fn at(self, side: Side) -> Tag {
        Tag { column: self.column, place: Place::End(side), value: self.value, confidence: self.confidence }
    }

    /// The same, as sure as that.
    pub fn as_sure_as(self, confidence: Confidence) -> Tag {
        Tag { confidence, ..self }
    }
}

/// A tag, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of what.
    pub column: ColumnId,
    /// Of which part of the flow.
    pub place: Place,
    /// How sure.
    pub confidence: Confidence,
    /// Who.
    pub origin: OriginId,
    /// What.
    pub value: Value,
}

impl Said {
    fn new(tag: Tag, origin: OriginId) -> Said {
        Said { column: tag.column, place: tag.place, confidence: tag.confidence, origin, value: tag.value }
    }

    /// The tag alone.
    pub fn tag(&self) -> Tag {
        Tag { column: self.column, place: self.place, value: self.value.clone(), confidence: self.confidence }
    }

    /// What tells two apart that are of the same thing: the surer first, then who was there first.
    const fn rank(&self) -> (Reverse<Confidence>, OriginId) {
        (Reverse(self.confidence), self.origin)
    }

    const fn of(&self) -> (ColumnId, Place) {
        (self.column, self.place)
    }
}

/// How many tags one flow or host keeps.
pub const MAX_TAGS: usize = 64;
/// How many sources are heard of one column at one place; the least sure goes.
pub const MAX_SAID: usize = 4;

/// The tags of one flow or host, in the order of columns. Where sources disagree the surer one holds, of equally sure ones the origin
/// that is known the longest, whichever spoke first; what the others say stays.
///
/// ```
/// use graph::{Column, OriginId, Place, RegistryBuilder, Tag, Tags, Value, ValueType};
///
/// let mut columns = RegistryBuilder::default();
/// let sni = columns.register(Column::new("tls.sni", ValueType::Text, "the server's name"))?;
/// let mut tags = Tags::default();
/// tags.set(Tag::certain(sni, Value::text("b.example")), OriginId(2));
/// tags.set(Tag::certain(sni, Value::text("a.example")), OriginId(1));
/// assert_eq!(tags.get(sni, Place::Flow), Some(&Value::text("a.example")));
/// assert_eq!(tags.all().count(), 2);
/// # Ok::<(), graph::RegistryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Vec<Said>);

impl Tags {
    /// Hears a tag. A source that is less sure than it was is not heard. Returns whether what holds changed.
    pub fn set(&mut self, tag: Tag, origin: OriginId) -> bool {
        let new = Said::new(tag, origin);
        let start = self.0.partition_point(|said| said.of() < new.of());
        let end = self.0.partition_point(|said| said.of() <= new.of());
        let same = self.0.get(start..end).unwrap_or_default();
        let before = same.first().map(|said| said.value.clone());
        if let Some(own) = same.iter().position(|said| said.origin == origin) {
            if same.get(own).is_some_and(|old| old.confidence > new.confidence || *old == new) {
                return false;
            }
            self.0.remove(start + own);
        } else if same.len() >= MAX_SAID {
            if same.last().is_some_and(|last| last.rank() < new.rank()) {
                return false;
            }
            self.0.remove(end - 1);
        } else if self.0.len() >= MAX_TAGS {
            return false;
        }
        let of = new.of();
        let at = self.0.partition_point(|said| (said.of(), said.rank()) < (of, new.rank()));
        self.0.reserve_exact(1);
        self.0.insert(at, new);
        self.get(of.0, of.1) != before.as_ref()
    }

    /// What holds of a column at a place.
    pub fn get(&self, column: ColumnId, place: Place) -> Option<&Value> {
        let at = self.0.partition_point(|said| said.of() < (column, place));
        self.0.get(at).filter(|said| said.of() == (column, place)).map(|said| &said.value)
    }

    /// What holds, in the order of columns.
    pub fn iter(&self) -> impl Iterator<Item = &Said> {
        self.0.chunk_by(|a, b| a.of() == b.of()).filter_map(|said| said.first())
    }

    /// All that is said, in the order of columns and places, and there what holds first.
    pub fn all(&self) -> impl Iterator<Item = &Said> {
        self.0.iter()
    }

    /// Forgets all that an origin said. Returns the columns in which what it said held.
    pub(crate) fn take_back(&mut self, origin: OriginId) -> Vec<ColumnId> {
        let held: Vec<_> = self.iter().filter(|said| said.origin == origin).map(Said::of).collect();
        self.0.retain(|said| said.origin != origin);
        held.into_iter().map(|(column, _)| column).collect()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, RegistryBuilder, ValueType};
    use proptest::prelude::*;

    fn ids(n: usize) -> Vec<ColumnId> {
        const NAMES: [&str; 20] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"];
        let mut b = RegistryBuilder::default();
        NAMES.iter().take(n).map(|name| b.register(Column::new(name, ValueType::Integer, "")).unwrap()).collect()
    }

    fn tag(column: ColumnId, n: u64, confidence: Confidence) -> Tag {
        Tag::certain(column, Value::Integer(n)).as_sure_as(confidence)
    }

    #[test]
    fn the_surer_tag_holds_and_the_other_stays() {
        let id = ids(1)[0];
        let mut tags = Tags::default();
        assert!(tags.set(tag(id, 1, Confidence::Likely), OriginId(0)));
        assert!(!tags.set(tag(id, 2, Confidence::Guess), OriginId(1)), "it is kept, and does not hold");
        assert!(tags.set(tag(id, 3, Confidence::Likely), OriginId(0)), "a source corrects itself");
        assert!(!tags.set(tag(id, 4, Confidence::Guess), OriginId(0)), "but not by a guess");
        assert!(tags.set(tag(id, 5, Confidence::Certain), OriginId(2)));
        let said: Vec<_> = tags.all().map(|said| (said.value.to_string(), said.origin.0)).collect();
        assert_eq!(said, [("5".into(), 2), ("3".into(), 0), ("2".into(), 1)]);
        assert_eq!(tags.iter().count(), 1);
        assert_eq!(tags.get(id, Place::End(Side::A)), None);
    }

    #[test]
    fn tags_are_bounded() {
        let ids = ids(20);
        let mut tags = Tags::default();
        for origin in 0..9 {
            for id in &ids {
                tags.set(tag(*id, 1, Confidence::Likely), OriginId(origin));
            }
        }
        assert_eq!(tags.all().count(), MAX_TAGS);
        tags.set(tag(ids[0], 2, Confidence::Certain), OriginId(9));
        assert_eq!(tags.get(ids[0], Place::Flow), Some(&Value::Integer(2)), "the surer one finds room");
        assert_eq!(size_of::<Said>(), 32);
    }

    proptest! {
        #[test]
        fn whoever_speaks_first_the_same_holds(said in proptest::collection::vec((0..3_usize, 0..9_u64, 0..3_u8, 0..4_u16), 0..20)) {
            let ids = ids(3);
            // Each source says one thing of a column: of two it says itself the newer holds.
            let mut said = said;
            said.sort_by_key(|(id, _, _, origin)| (*id, *origin));
            said.dedup_by_key(|(id, _, _, origin)| (*id, *origin));
            let told = |order: &mut dyn Iterator<Item = &(usize, u64, u8, u16)>| {
                let mut tags = Tags::default();
                for (id, n, sure, origin) in order {
                    let confidence = [Confidence::Guess, Confidence::Likely, Confidence::Certain][usize::from(*sure)];
                    tags.set(tag(ids[*id], *n, confidence), OriginId(*origin));
                }
                tags
            };
            prop_assert_eq!(told(&mut said.iter()), told(&mut said.iter().rev()));
        }
    }
}
