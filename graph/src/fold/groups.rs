//! Groups: who they are, and how many are in them.

use arcstr::ArcStr;
use hashbrown::HashMap;
use slotmap::SlotMap;
use smallvec::{SmallVec, smallvec};

use super::place::Place;
use super::{Attribute, Identity};

slotmap::new_key_type! {
    /// A group's identity; never used again for another.
    pub struct GroupId;
}

impl GroupId {
    /// The identity as a number.
    pub fn number(self) -> u64 {
        slotmap::Key::data(&self).as_ffi()
    }
}

/// Why nodes are in a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// They have that in common.
    Attribute(Attribute),
    /// There are too many of them, and these are the quietest.
    Quiet,
}

impl By {
    /// Its name, the same on every day.
    pub fn name(&self) -> &str {
        match self {
            By::Attribute(attribute) => attribute.name(),
            By::Quiet => "quiet",
        }
    }
}

/// One step into a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Why its members are together.
    pub by: By,
    /// What they have in common.
    pub value: ArcStr,
}

/// What a group is, from the outermost inwards: the same on every machine and every day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey(SmallVec<[Part; 2]>);

impl GroupKey {
    pub(super) fn new(by: By, value: ArcStr) -> Self {
        GroupKey(smallvec![Part { by, value }])
    }

    pub(super) fn and(&self, by: By, value: ArcStr) -> Self {
        let mut parts = self.0.clone();
        parts.push(Part { by, value });
        GroupKey(parts)
    }

    /// From the outermost inwards.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether it is of those that are too quiet to stand for themselves.
    pub fn is_quiet(&self) -> bool {
        self.0.last().is_some_and(|part| part.by == By::Quiet)
    }

    /// What a person calls it, without its outer group.
    pub fn label(&self) -> &str {
        self.0.last().map_or("", |part| &part.value)
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub key: GroupKey,
    /// The group it is in.
    pub within: Option<GroupId>,
    /// How many are in it, hidden ones left out.
    pub members: u32,
    /// Who it is on every day.
    pub identity: Identity,
}

/// All groups that have members.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    groups: SlotMap<GroupId, Group>,
    ids: HashMap<GroupKey, GroupId>,
}

impl Groups {
    pub(super) fn get(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id)
    }

    /// The group of that key.
    pub(super) fn find_or_insert(&mut self, key: GroupKey, within: Option<GroupId>) -> GroupId {
        *self
            .ids
            .entry(key)
            .or_insert_with_key(|key| self.groups.insert(Group { key: key.clone(), within, members: 0, identity: Identity::of_group(key) }))
    }

    /// One more is in it.
    pub(super) fn join(&mut self, id: GroupId) {
        if let Some(group) = self.groups.get_mut(id) {
            group.members += 1;
        }
    }

    /// A node is in all groups of its place, if it is drawn at all.
    pub(super) fn join_all(&mut self, place: &Place) {
        if !place.hidden && !place.aside {
            place.groups.iter().chain(&place.quiet).for_each(|id| self.join(*id));
        }
    }

    /// One is no longer in it.
    pub(super) fn leave(&mut self, id: GroupId) {
        if let Some(group) = self.groups.get_mut(id) {
            group.members = group.members.saturating_sub(1);
        }
    }

    /// Nobody is in any.
    pub(super) fn empty(&mut self) {
        self.groups.values_mut().for_each(|group| group.members = 0);
    }

    /// Forgets those that nobody is in.
    pub(super) fn prune(&mut self) {
        self.groups.retain(|_, group| group.members > 0);
        self.ids.retain(|_, id| self.groups.contains_key(*id));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter()
    }
}
