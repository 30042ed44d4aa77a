//! A host: an address, its names, and what it sent and received.

use std::sync::Arc;

use arcstr::ArcStr;
use smallvec::SmallVec;

use crate::{Counts, HostKey, Meaning, NameOrigin, Observers, Place, Rate, Registry, Tags, Time, Value};

slotmap::new_key_type! {
    /// A host's identity; never used again for another.
    pub struct HostId;
}

impl HostId {
    /// The identity as a number, for layouts and clients.
    pub fn number(self) -> u64 {
        slotmap::Key::data(&self).as_ffi()
    }

    /// The identity of that number.
    pub fn from_number(n: u64) -> HostId {
        slotmap::KeyData::from_ffi(n).into()
    }
}

/// How many names an address keeps.
pub const MAX_NAMES: usize = 8;

/// One name of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, printable.
    pub text: ArcStr,
    /// Where it was learnt.
    pub origin: NameOrigin,
    /// When it was last heard.
    pub heard: Time,
    /// Until when it may be believed; a stale name is still better than none.
    pub until: Time,
}

/// The names of an address, best first: by origin, then the newest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(SmallVec<[Name; 1]>);

impl Names {
    /// Hears a name; at most [`MAX_NAMES`] stay. Returns whether that changed anything.
    pub fn hear(&mut self, name: Name) -> bool {
        let before = self.0.clone();
        match self.0.iter_mut().find(|n| n.text == name.text && n.origin == name.origin) {
            Some(known) => {
                known.heard = known.heard.max(name.heard);
                known.until = known.until.max(name.until);
            }
            None => self.0.push(name),
        }
        self.0.sort_by_key(|n| std::cmp::Reverse((n.origin, n.heard)));
        self.0.truncate(MAX_NAMES);
        self.0 != before
    }

    /// The best name.
    pub fn best(&self) -> Option<&ArcStr> {
        self.0.first().map(|n| &n.text)
    }

    /// Every name, best first.
    pub fn iter(&self) -> impl Iterator<Item = &Name> {
        self.0.iter()
    }
}

/// A host as the graph holds it and views see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its identity.
    pub id: HostId,
    /// Its address and the realm of it.
    pub key: HostKey,
    /// Its names.
    pub names: Names,
    /// What it sent, in all its flows.
    pub sent: Counts,
    /// What it received, in all its flows.
    pub received: Counts,
    /// Bytes a second that it sends.
    pub rate_sent: Rate,
    /// Bytes a second that it receives.
    pub rate_received: Rate,
    /// When it was first seen.
    pub first: Time,
    /// When it was last seen.
    pub last: Time,
    /// Who counted it.
    pub observers: Observers,
    /// Its live flows.
    pub flows: u32,
    /// Since when it has been silent and about to go; none while it has flows or was seen of late.
    pub fading: Option<Time>,
    /// What else is known of it, in endpoint columns, each at [`crate::Place::Flow`].
    pub tags: Arc<Tags>,
}

impl Host {
    /// Its best name, or its address.
    pub fn label(&self) -> String {
        match self.names.best() {
            Some(name) => name.to_string(),
            None => self.key.addr.to_string(),
        }
    }

    /// What of it is worth a second look: the names of columns, and what they say.
    pub fn signs<'a>(&'a self, registry: &'a Registry) -> impl Iterator<Item = (&'static str, Value)> {
        let columns = registry.of_meaning(Meaning::Sign);
        columns.filter_map(|id| Some((registry.column(id)?.name, self.tags.get(id, Place::Flow)?)))
    }

    /// Bytes a second, both ways, at `now`.
    pub fn rate(&self, now: Time) -> f32 {
        self.rate_sent.at(now) + self.rate_received.at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, origin: NameOrigin, heard: u64) -> Name {
        Name { text: text.into(), origin, heard: Time(heard), until: Time(heard) }
    }

    #[test]
    fn the_most_telling_name_wins_and_few_are_kept() {
        let mut names = Names::default();
        assert!(names.hear(name("ptr.example", NameOrigin::Ptr, 5)));
        assert!(names.hear(name("old.example", NameOrigin::Dns, 1)));
        assert!(names.hear(name("new.example", NameOrigin::Dns, 2)));
        assert_eq!(names.best().map(|n| &**n), Some("new.example"));
        assert!(!names.hear(name("new.example", NameOrigin::Dns, 2)));
        for i in 0..50 {
            names.hear(name(&format!("{i}.example"), NameOrigin::Sni, i));
        }
        assert_eq!(names.iter().count(), MAX_NAMES);
        assert_eq!(names.best().map(|n| &**n), Some("49.example"));
    }
}
