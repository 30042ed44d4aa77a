//! The connections of one source: find, expire, bound, and which of them changed.

use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::time::Duration;

use graph::{ConnId, Deadlines, Limits, Time, Tuple};
use hashbrown::{DefaultHashBuilder, HashTable};
use slotmap::SlotMap;

use super::conn::Conn;

slotmap::new_key_type! {
    /// A connection's place in the table.
    pub(super) struct Key;
}

/// How long a closed connection waits for stragglers before its place is given up.
const LINGER: Duration = Duration::from_secs(2);

/// Keys of connections that are gone may stand so often in the list of what changed, and once a living one, before they are swept out.
const SPARE: usize = 4096;

#[derive(Debug)]
pub(super) struct Table {
    conns: SlotMap<Key, Conn>,
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
            conns: SlotMap::with_key(),
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
        self.by_tuple.find(hash, |key| self.conns.get(*key).is_some_and(|c| c.tuple == *tuple)).copied()
    }

    pub(super) fn get(&self, key: Key) -> Option<&Conn> {
        self.conns.get(key)
    }

    /// A connection that is about to change.
    pub(super) fn get_changed(&mut self, key: Key) -> Option<&mut Conn> {
        let conn = self.conns.get_mut(key)?;
        if !conn.changed {
            conn.changed = true;
            self.changed.push_back(key);
            if self.changed.len() > 2 * self.conns.len() + SPARE {
                self.changed.retain(|key| self.conns.contains_key(*key));
            }
        }
        self.conns.get_mut(key)
    }

    pub(super) fn insert(&mut self, hash: u64, make: impl FnOnce(ConnId) -> Conn) -> Key {
        self.next_id = self.next_id.wrapping_add(1);
        let conn = make(ConnId(self.next_id));
        let due = self.deadline(&conn);
        let key = self.conns.insert(conn);
        let (conns, hasher) = (&self.conns, &self.hasher);
        self.by_tuple.insert_unique(hash, key, |key| conns.get(*key).map_or(0, |c| hasher.hash_one(c.tuple)));
        self.due.put(key, due);
        self.fresh.push_back(key);
        key
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Conn> {
        let conn = self.conns.remove(key)?;
        if let Ok(entry) = self.by_tuple.find_entry(self.hasher.hash_one(conn.tuple), |other| *other == key) {
            entry.remove();
        }
        Some(conn)
    }

    pub(super) fn is_full(&self) -> bool {
        self.conns.len() >= self.max
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.conns.keys().collect()
    }

    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The next connection of which the model does not know.
    pub(super) fn next_fresh(&mut self) -> Option<&mut Conn> {
        while let Some(key) = self.fresh.pop_front() {
            if self.conns.get(key).is_some_and(Conn::is_fresh) {
                return self.conns.get_mut(key);
            }
        }
        None
    }

    pub(super) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The next connection with something to say.
    pub(super) fn next_changed(&mut self) -> Option<&mut Conn> {
        while let Some(key) = self.changed.pop_front() {
            let Some(conn) = self.conns.get_mut(key) else { continue };
            conn.changed = false;
            if conn.has_news() {
                return self.conns.get_mut(key);
            }
        }
        None
    }

    /// A connection's deadline came nearer.
    pub(super) fn reschedule(&mut self, key: Key) {
        if let Some(conn) = self.conns.get(key) {
            self.due.put(key, self.deadline(conn));
        }
    }

    /// The next connection that was silent for too long.
    pub(super) fn pop_idle(&mut self, now: Time) -> Option<Key> {
        while let Some(key) = self.due.pop_due(now) {
            let Some(conn) = self.conns.get(key) else { continue };
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
        for _ in 0..=self.conns.len() {
            let (second, key) = self.due.pop_first_with_second()?;
            let Some(conn) = self.conns.get(key) else { continue };
            let deadline = self.deadline(conn);
            if deadline.micros().div_ceil(1_000_000) <= second {
                return Some(key);
            }
            self.due.put(key, deadline);
        }
        self.conns.keys().next()
    }

    fn deadline(&self, conn: &Conn) -> Time {
        let wait = if conn.is_over() { LINGER } else { self.idle.idle(conn.tuple.proto()) };
        conn.last().plus(wait)
    }
}
