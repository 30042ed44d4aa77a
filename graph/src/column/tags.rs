//! Tags: what sources and computations say of a flow or a host.

use super::said::Said;
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
/// assert_eq!(tags.get(sni, Place::Flow), Some(Value::text("a.example")));
/// assert_eq!(tags.all().count(), 2);
/// # Ok::<(), graph::RegistryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Box<[Said]>);

impl Tags {
    /// Hears a tag. A source that is less sure than it was is not heard. Returns whether what holds changed.
    pub fn set(&mut self, tag: Tag, origin: OriginId) -> bool {
        let mut changed = false;
        self.set_all(std::iter::once(tag), origin, |_| changed = true);
        changed
    }

    /// Hears tags of one source, one after the other, and makes room for all of them at once. Calls for each after which something else holds, with its column.
    pub(crate) fn set_all(&mut self, tags: impl ExactSizeIterator<Item = Tag>, origin: OriginId, mut changed: impl FnMut(ColumnId)) {
        let mut all = std::mem::take(&mut self.0).into_vec();
        let mut room = tags.len();
        for tag in tags {
            let column = tag.column;
            if put(&mut all, Said::new(tag, origin), room) {
                changed(column);
            }
            room -= 1;
        }
        self.0 = all.into_boxed_slice();
    }

    /// What holds of a column at a place.
    pub fn get(&self, column: ColumnId, place: Place) -> Option<Value> {
        self.held(column, place).map(Said::value)
    }

    /// The same, and who says so.
    pub fn held(&self, column: ColumnId, place: Place) -> Option<&Said> {
        let at = self.0.partition_point(|said| said.of() < (column, place));
        self.0.get(at).filter(|said| said.of() == (column, place))
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
        let held = self.iter().filter(|said| said.origin() == origin).map(Said::column).collect();
        let mut all = std::mem::take(&mut self.0).into_vec();
        all.retain(|said| said.origin() != origin);
        self.0 = all.into_boxed_slice();
        held
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Puts what is said among all that is, where it is heard; if there is no room, room for so many is made. Returns whether what holds changed.
fn put(all: &mut Vec<Said>, mut new: Said, room: usize) -> bool {
    let of = new.of();
    let (start, same) = of_one(all, of);
    let mut goes = None;
    if let Some(own) = same.iter().position(|said| said.origin() == new.origin()) {
        if same.get(own).is_some_and(|old| old.confidence() > new.confidence() || *old == new) {
            return false;
        }
        goes = Some(start + own);
    } else if same.len() >= MAX_SAID {
        if same.last().is_some_and(|last| last.rank() < new.rank()) {
            return false;
        }
        goes = Some(start + same.len() - 1);
    } else if all.len() >= MAX_TAGS {
        return false;
    }
    let before = same.first().cloned();
    if let Some(goes) = goes {
        all.remove(goes);
    }
    new.share(all);
    let at = all.partition_point(|said| (said.of(), said.rank()) < (of, new.rank()));
    all.reserve_exact(room);
    all.insert(at, new);
    match (of_one(all, of).1.first(), before) {
        (Some(now), Some(before)) => !now.is_same_value(&before),
        (now, before) => now.is_some() != before.is_some(),
    }
}

/// All that is said of a column at a place, and where it begins.
fn of_one(all: &[Said], of: (ColumnId, Place)) -> (usize, &[Said]) {
    let start = all.partition_point(|said| said.of() < of);
    let same = all.get(start..).unwrap_or_default();
    (start, same.get(..same.partition_point(|said| said.of() == of)).unwrap_or_default())
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
        let said: Vec<_> = tags.all().map(|said| (said.value().to_string(), said.origin().0)).collect();
        assert_eq!(said, [("5".into(), 2), ("3".into(), 0), ("2".into(), 1)]);
        assert_eq!(tags.iter().count(), 1);
        assert_eq!(tags.get(id, Place::End(Side::A)), None);
    }

    #[test]
    fn equal_texts_of_a_flow_are_one() {
        let ids = ids(3);
        let mut tags = Tags::default();
        for (id, name) in ids.iter().zip(["a.example", "b.example", "a.example"]) {
            tags.set(Tag::certain(*id, Value::text(name)), OriginId(0));
        }
        let words: Vec<_> = tags.all().filter_map(Said::words).collect();
        assert!(words.len() == 3 && arcstr::ArcStr::ptr_eq(words[0], words[2]));
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
        assert_eq!(tags.get(ids[0], Place::Flow), Some(Value::Integer(2)), "the surer one finds room");
    }

    proptest! {
        #[test]
        fn tags_heard_at_once_are_as_if_heard_one_by_one(said in proptest::collection::vec((0..20_usize, 0..3_u64, 0..3_u8, 0..6_u16, 1..9_usize), 0..60)) {
            let ids = ids(20);
            let (mut at_once, mut one_by_one) = (Tags::default(), Tags::default());
            for (id, n, sure, origin, many) in said {
                let confidence = [Confidence::Guess, Confidence::Likely, Confidence::Certain][usize::from(sure)];
                let tags: Vec<Tag> = (0..many).map(|nth| tag(ids[(id + nth * nth) % 20], n, confidence)).collect();
                let mut changed = Vec::new();
                at_once.set_all(tags.iter().cloned(), OriginId(origin), |column| changed.push(column));
                let expected: Vec<_> = tags.into_iter().filter(|tag| one_by_one.set(tag.clone(), OriginId(origin))).map(|tag| tag.column).collect();
                prop_assert_eq!(&at_once, &one_by_one);
                prop_assert_eq!(changed, expected);
            }
        }

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
