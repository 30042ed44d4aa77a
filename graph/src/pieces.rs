//! Things by identity, a few thousand in one piece: where more come none is moved, and there is never room for as many again that nobody uses.

use std::marker::PhantomData;

use slotmap::{Key, KeyData};

/// What knows its own identity, so that it is kept once.
pub(crate) trait Identified<K> {
    /// Its identity.
    fn id(&self) -> K;
}

/// So many stand in one piece; in tests few, so that there are several.
const PIECE: usize = if cfg!(test) { 64 } else { 2_048 };

#[derive(Debug)]
enum Place<T> {
    Taken(T),
    /// Which version of it comes next, and which place is free beside it.
    Free {
        version: u32,
        next: u32,
    },
}

/// Things by keys of slotmap's kind: a place, and which of those that had it.
#[derive(Debug)]
pub(crate) struct Pieces<K, T> {
    pieces: Vec<Vec<Place<T>>>,
    /// The place that is taken next, of those that were before.
    free: u32,
    taken: usize,
    keys: PhantomData<K>,
}

/// No place.
const NONE: u32 = u32::MAX;

impl<K, T> Default for Pieces<K, T> {
    fn default() -> Self {
        Pieces { pieces: Vec::new(), free: NONE, taken: 0, keys: PhantomData }
    }
}

impl<K: Key, T: Identified<K>> Pieces<K, T> {
    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.taken
    }

    /// All of them, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten().filter_map(|place| if let Place::Taken(it) = place { Some(it) } else { None })
    }

    /// The same, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pieces.iter_mut().flatten().filter_map(|place| if let Place::Taken(it) = place { Some(it) } else { None })
    }

    /// The one that is at a place now.
    pub(crate) fn at(&self, place: u32) -> Option<&T> {
        match self.pieces.get(place as usize / PIECE)?.get(place as usize % PIECE)? {
            Place::Taken(it) => Some(it),
            Place::Free { .. } => None,
        }
    }

    /// The one of that identity.
    pub(crate) fn get(&self, key: K) -> Option<&T> {
        self.at(place(key)).filter(|it| it.id() == key)
    }

    /// The same, to change.
    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut T> {
        match self.place_mut(place(key))? {
            Place::Taken(it) if it.id() == key => Some(it),
            _ => None,
        }
    }

    /// Takes one in, made with the identity that it will have. There are fewer than 4 billion.
    pub(crate) fn insert(&mut self, make: impl FnOnce(K) -> T) -> K {
        let place = if self.free == NONE { self.grow() } else { self.free };
        let Some(free) = self.place_mut(place) else { return K::null() };
        let Place::Free { version, next } = *free else { return K::null() };
        let key: K = KeyData::from_ffi(u64::from(version) << 32 | u64::from(place)).into();
        *free = Place::Taken(make(key));
        self.free = next;
        self.taken += 1;
        key
    }

    /// Lets one go.
    pub(crate) fn remove(&mut self, key: K) -> Option<T> {
        self.get(key)?;
        let version = (key.data().as_ffi() >> 32) as u32;
        let free = Place::Free { version: version.wrapping_add(2), next: self.free };
        let Place::Taken(gone) = std::mem::replace(self.place_mut(place(key))?, free) else { return None };
        self.free = place(key);
        self.taken -= 1;
        Some(gone)
    }

    fn place_mut(&mut self, place: u32) -> Option<&mut Place<T>> {
        self.pieces.get_mut(place as usize / PIECE)?.get_mut(place as usize % PIECE)
    }

    /// Makes one place more.
    fn grow(&mut self) -> u32 {
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let full = (self.pieces.len() - 1) * PIECE;
        let Some(piece) = self.pieces.last_mut() else { return NONE };
        let place = (full + piece.len()) as u32;
        // Versions are odd, as slotmap's are of what lives.
        piece.push(Place::Free { version: 1, next: NONE });
        place
    }
}

/// The place of a key.
fn place<K: Key>(key: K) -> u32 {
    key.data().as_ffi() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use slotmap::{DefaultKey, SlotMap};

    impl Identified<DefaultKey> for (DefaultKey, u32) {
        fn id(&self) -> DefaultKey {
            self.0
        }
    }

    proptest! {
        #[test]
        fn they_are_kept_as_a_slotmap_does(steps in proptest::collection::vec((any::<bool>(), any::<u16>()), 0..1_500)) {
            let mut pieces: Pieces<DefaultKey, (DefaultKey, u32)> = Pieces::default();
            let mut map: SlotMap<DefaultKey, u32> = SlotMap::new();
            let mut keys: Vec<(DefaultKey, DefaultKey)> = Vec::new();
            for (n, (comes, which)) in steps.into_iter().enumerate() {
                let n = n as u32;
                if comes || keys.is_empty() {
                    keys.push((pieces.insert(|key| (key, n)), map.insert(n)));
                } else {
                    // Some that are gone already, too.
                    let (ours, theirs) = keys[usize::from(which) % keys.len()];
                    prop_assert_eq!(pieces.remove(ours).map(|(_, n)| n), map.remove(theirs));
                }
            }
            prop_assert_eq!(pieces.len(), map.len());
            for (ours, theirs) in &keys {
                prop_assert_eq!(pieces.get(*ours).map(|(_, n)| n), map.get(*theirs));
                prop_assert_eq!(pieces.get_mut(*ours).map(|(_, n)| *n), map.get(*theirs).copied());
            }
            let mut all: Vec<u32> = pieces.iter().map(|(_, n)| *n).collect();
            let mut of_map: Vec<u32> = map.values().copied().collect();
            all.sort_unstable();
            of_map.sort_unstable();
            prop_assert_eq!(all, of_map);
            let mut ours: Vec<DefaultKey> = keys.iter().map(|(key, _)| *key).collect();
            ours.sort_unstable();
            ours.dedup();
            prop_assert_eq!(ours.len(), keys.len(), "no identity twice");
            prop_assert!(pieces.get(DefaultKey::null()).is_none());
        }
    }
}
