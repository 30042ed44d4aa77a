//! The connections of one source: find, expire, bound, and which of them changed.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::time::Duration;

use graph::{ConnId, Deadlines, Limits, Side, Tag, Time, Tuple};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::conn::Conn;

/// A connection's place in the table, for as long as it is the connection of that number that stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    place: u32,
    id: ConnId,
}

impl Key {
    fn index(self) -> usize {
        self.place as usize
    }
}

/// The number of no connection: its place is free.
const FREE: ConnId = ConnId(0);

/// How long a closed connection waits for stragglers before its place is given up.
const LINGER: Duration = Duration::from_secs(2);

/// Keys of connections that are gone may stand so often in the list of what changed, and once a living one, before they are swept out.
const SPARE: usize = 4096;

#[derive(Debug)]
pub(super) struct Table {
    conns: Vec<Conn>,
    /// What was not told yet of each, in the same places.
    tags: Vec<Vec<Tag>>,
    /// Where its streams begin, if it is one of TCP, in the same places.
    first_bytes: Vec<[Option<u32>; 2]>,
    free: Vec<u32>,
    by_tuple: HashTable<Key>,
    hasher: DefaultHashBuilder,
    due: Deadlines<Key>,
    changed: VecDeque<Key>,
    /// Those that the model does not know yet.
    fresh: VecDeque<Key>,
    next_id: u32,
    max: usize,
    idle: Limits,
}

impl Table {
    pub(super) fn new(max: usize) -> Self {
        Table {
            conns: Vec::new(),
            tags: Vec::new(),
            first_bytes: Vec::new(),
            free: Vec::new(),
            by_tuple: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            due: Deadlines::default(),
            changed: VecDeque::new(),
            fresh: VecDeque::new(),
            next_id: 0,
            max: max.max(1),
            idle: Limits::default(),
        }
    }

    pub(super) fn hash(&self, tuple: &Tuple) -> u64 {
        self.hasher.hash_one(tuple)
    }

    pub(super) fn find(&self, hash: u64, tuple: &Tuple) -> Option<Key> {
        self.by_tuple.find(hash, |key| self.is(*key, tuple)).copied()
    }

    /// What is most likely [`find`](Table::find)'s answer, without a look at the connection: many can be asked for at a time, so that the
    /// memory fetches all of them at once.
    pub(super) fn guess(&self, hash: u64) -> Option<Key> {
        self.by_tuple.find(hash, |_| true).copied()
    }

    /// Reads from both cache lines of a connection, and does nothing with it: the memory fetches many at once when none is waited for.
    pub(super) fn fetch(&self, key: Key) {
        if let Some(conn) = self.conns.get(key.index()) {
            std::hint::black_box((conn.id, conn.total.ab.packets));
        }
    }

    /// Whether the guess is right.
    pub(super) fn is(&self, key: Key, tuple: &Tuple) -> bool {
        self.get(key).is_some_and(|conn| conn.tuple == *tuple)
    }

    pub(super) fn get(&self, key: Key) -> Option<&Conn> {
        self.conns.get(key.index()).filter(|conn| conn.id == key.id)
    }

    fn get_mut(&mut self, key: Key) -> Option<&mut Conn> {
        self.conns.get_mut(key.index()).filter(|conn| conn.id == key.id)
    }

    fn len(&self) -> usize {
        self.conns.len() - self.free.len()
    }

    /// A connection and its tags.
    fn get_whole(&mut self, key: Key) -> Option<(&mut Conn, &mut Vec<Tag>)> {
        let conn = self.conns.get_mut(key.index()).filter(|conn| conn.id == key.id)?;
        Some((conn, self.tags.get_mut(key.index())?))
    }

    /// The sequence number at which that end's stream begins.
    pub(super) fn first_byte(&mut self, key: Key, side: Side) -> Option<&mut Option<u32>> {
        self.get(key)?;
        let [a, b] = self.first_bytes.get_mut(key.index())?;
        Some(match side {
            Side::A => a,
            Side::B => b,
        })
    }

    /// A connection at which nobody looks any more.
    pub(super) fn looked_at(&mut self, key: Key) {
        if let Some(conn) = self.get_mut(key) {
            conn.looked_at = true;
        }
    }

    /// What was not told yet of a connection.
    pub(super) fn tags(&mut self, key: Key) -> Option<&mut Vec<Tag>> {
        self.get_whole(key).map(|(_, tags)| tags)
    }

    /// A connection that is about to change.
    pub(super) fn get_changed(&mut self, key: Key) -> Option<&mut Conn> {
        let conn = self.get_mut(key)?;
        if !conn.changed {
            conn.changed = true;
            self.changed.push_back(key);
            if self.changed.len() > 2 * self.len() + SPARE {
                let conns = &self.conns;
                self.changed.retain(|key| conns.get(key.index()).is_some_and(|conn| conn.id == key.id));
            }
        }
        self.get_mut(key)
    }

    /// Takes in the connection that `make` makes with its number, and its tags. There must be room.
    pub(super) fn insert(&mut self, hash: u64, tags: Vec<Tag>, make: impl FnOnce(ConnId) -> Conn) -> Key {
        self.next_id = self.next_id.checked_add(1).unwrap_or(FREE.0 + 1);
        let id = ConnId(self.next_id);
        let conn = make(id);
        let due = self.deadline(&conn);
        let place = match self.free.pop() {
            Some(place) => {
                if let (Some(old), Some(old_tags)) = (self.conns.get_mut(place as usize), self.tags.get_mut(place as usize)) {
                    (*old, *old_tags) = (conn, tags);
                }
                if let Some(first_bytes) = self.first_bytes.get_mut(place as usize) {
                    *first_bytes = [None; 2];
                }
                place
            }
            None => {
                self.conns.push(conn);
                self.tags.push(tags);
                self.first_bytes.push([None; 2]);
                (self.conns.len() - 1) as u32
            }
        };
        let key = Key { place, id };
        let (conns, hasher) = (&self.conns, &self.hasher);
        self.by_tuple.insert_unique(hash, key, |key| conns.get(key.index()).map_or(0, |c| hasher.hash_one(c.tuple)));
        self.due.put(key, due);
        self.fresh.push_back(key);
        key
    }

    /// Takes a connection and its tags out.
    pub(super) fn remove(&mut self, key: Key) -> Option<(Conn, Vec<Tag>)> {
        let (conn, tags) = self.get_whole(key)?;
        let (taken, tags) = (*conn, std::mem::take(tags));
        conn.id = FREE;
        self.free.push(key.place);
        if let Ok(entry) = self.by_tuple.find_entry(self.hasher.hash_one(taken.tuple), |other| *other == key) {
            entry.remove();
        }
        Some((taken, tags))
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.max
    }

    /// All that there are.
    pub(super) fn keys(&self) -> Vec<Key> {
        let keys = self.conns.iter().enumerate().map(|(place, conn)| Key { place: place as u32, id: conn.id });
        keys.filter(|key| key.id != FREE).collect()
    }

    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The next connection of which the model does not know, and its tags.
    pub(super) fn next_fresh(&mut self) -> Option<(&mut Conn, &mut Vec<Tag>)> {
        while let Some(key) = self.fresh.pop_front() {
            if self.get(key).is_some_and(Conn::is_fresh) {
                return self.get_whole(key);
            }
        }
        None
    }

    pub(super) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The next connection with something to say, and its tags.
    pub(super) fn next_changed(&mut self) -> Option<(&mut Conn, &mut Vec<Tag>)> {
        while let Some(key) = self.changed.pop_front() {
            let Some(conn) = self.get_mut(key) else { continue };
            conn.changed = false;
            if conn.has_news() {
                return self.get_whole(key);
            }
        }
        None
    }

    /// A connection's deadline came nearer.
    pub(super) fn reschedule(&mut self, key: Key) {
        if let Some(conn) = self.get(key) {
            self.due.put(key, self.deadline(conn));
        }
    }

    /// The next connection that was silent for too long.
    pub(super) fn pop_idle(&mut self, now: Time) -> Option<Key> {
        while let Some(key) = self.due.pop_due(now) {
            let Some(conn) = self.get(key) else { continue };
            let deadline = self.deadline(conn);
            if deadline <= now {
                return Some(key);
            }
            self.due.put(key, deadline);
        }
        None
    }

    /// The connection that is the nearest to its deadline.
    pub(super) fn pop_oldest(&mut self) -> Option<Key> {
        for _ in 0..=self.len() {
            let (second, key) = self.due.pop_first_with_second()?;
            let Some(conn) = self.get(key) else { continue };
            let deadline = self.deadline(conn);
            if deadline.micros().div_ceil(1_000_000) <= second {
                return Some(key);
            }
            self.due.put(key, deadline);
        }
        self.keys().first().copied()
    }

    fn deadline(&self, conn: &Conn) -> Time {
        let wait = if conn.is_over() { LINGER } else { self.idle.idle(conn.tuple.proto()) };
        conn.last().plus(wait)
    }
}
