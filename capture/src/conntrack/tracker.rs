//! What the kernel says, made into events: told the time, the entries and what was lost, it has no socket and no clock.

use std::time::Duration;

use graph::{Basis, ConnId, EndReason, Event, Initiator, Kind, OriginId, Round, Time, Total, Tuple};
use hashbrown::HashMap;
use wire::netlink::conntrack::{Entry, TcpState};

use super::columns::Columns;
use super::connection::{Connection, Part, ends};
use crate::supervised::Tally;

/// Connections that are followed, at most; the others are counted.
const MAX_KNOWN: usize = 1_000_000;
/// Zones of one connection.
const MAX_PARTS: usize = 16;
/// After such a silence a connection may be over for whoever heard of it: what it moves later is told as another one.
const QUIET: Duration = Duration::from_secs(40);

/// Where an entry was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// In a dump.
    Dumped,
    /// As it came.
    Came,
}

/// The connections that are known, and what is to be told of them.
#[derive(Debug)]
pub(super) struct Tracker {
    origin: OriginId,
    columns: Columns,
    tally: Tally,
    known: HashMap<Tuple, Connection>,
    out: Vec<Event>,
    next: u32,
    /// Dumps that were whole.
    dumps: u32,
    /// Whether an entry that counts was in the dump that goes on, and one that does not.
    counting: (bool, bool),
}

impl Tracker {
    /// One that knows of nothing. Numbers of connections begin at `first`: whoever ran before it has others.
    pub(super) fn new(origin: OriginId, columns: Columns, tally: Tally, first: u32) -> Tracker {
        Tracker { origin, columns, tally, known: HashMap::new(), out: Vec::new(), next: first, dumps: 0, counting: (false, false) }
    }

    /// What is to be told, in order.
    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out)
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// An entry is there.
    pub(super) fn is(&mut self, now: Time, entry: &Entry, told: Told) {
        if told == Told::Dumped {
            self.counting.0 |= entry.counters.is_some();
            self.counting.1 |= entry.counters.is_none();
        }
        let ((tuple, side), _) = ends(entry);
        // What stood in the first dump was there before anybody looked: what it moved until then was not seen.
        let was_there = self.dumps == 0 && told == Told::Dumped;
        let seen = self.dumps + 1;
        let Some(connection) = self.known.get_mut(&tuple) else {
            if self.known.len() >= MAX_KNOWN {
                return self.tally.refuse("connections too many", 1);
            }
            let part = Part::new(entry, side, seen, was_there);
            self.known.insert(tuple, Connection::new(number(&mut self.next), side, part, now));
            return self.tell(now, tuple, entry, !was_there);
        };
        let (parts, part) = (connection.parts.len(), Part::new(entry, side, seen, was_there));
        match connection.parts.iter_mut().find(|part| part.zone == entry.zone) {
            Some(known) if known.is(entry) => {
                known.id = known.id.or(entry.id);
                known.seen = seen;
                known.count(entry, side);
            }
            // The ends of one that is over were taken again: word of its end was lost.
            Some(_) if parts == 1 => {
                *connection = Connection::new(number(&mut self.next), side, part, now);
                self.tally.lose("ends missed", 1);
            }
            Some(known) => *known = part,
            None if parts < MAX_PARTS => connection.parts.push(part),
            None => {}
        }
        self.tell(now, tuple, entry, false);
    }

    /// An entry went.
    pub(super) fn gone(&mut self, now: Time, entry: &Entry) {
        let ((tuple, side), _) = ends(entry);
        if !self.known.contains_key(&tuple) {
            // Before the first dump is whole nobody knows what it moved before.
            if self.dumps == 0 {
                return;
            }
            self.is(now, entry, Told::Came);
        }
        let Some(connection) = self.known.get_mut(&tuple) else { return };
        let Some(at) = connection.parts.iter().position(|part| part.is(entry)) else { return };
        if let Some(part) = connection.parts.get_mut(at) {
            part.count(entry, side);
        }
        self.tell(now, tuple, entry, false);
        let Some(connection) = self.known.get_mut(&tuple) else { return };
        if connection.parts.len() > 1 {
            connection.parts.remove(at);
            return;
        }
        self.end(now, tuple, EndReason::Idle);
    }

    /// The dump that was asked for at `asked` is whole. False: nothing that was in it counts.
    pub(super) fn dumped(&mut self, now: Time, asked: Time) -> bool {
        self.dumps += 1;
        self.tally.add("dumps", 1);
        let (dumps, mut missing) = (self.dumps, Vec::new());
        for (tuple, connection) in &mut self.known {
            // What moves in the kernel's table while it is read may be passed over once.
            connection.parts.retain(|part| part.seen + 1 >= dumps);
            if connection.parts.is_empty() {
                missing.push(*tuple);
            } else if !connection.is_untold() && connection.moved.plus(QUIET) <= now {
                connection.begin_anew(number(&mut self.next));
            }
        }
        missing.sort_unstable();
        self.tally.lose("ends missed", missing.len() as u64);
        missing.into_iter().for_each(|tuple| self.end(now, tuple, EndReason::Idle));
        self.tally.set("connections", self.known.len() as u64);
        self.say(asked, Kind::Round(Round::Told));
        let (counts, does_not) = std::mem::take(&mut self.counting);
        counts || !does_not
    }

    /// Tells of a connection what is news: that it is there, what it moved, that TCP is done with it.
    fn tell(&mut self, now: Time, tuple: Tuple, entry: &Entry, is_new: bool) {
        let Some(connection) = self.known.get_mut(&tuple) else { return };
        let news = connection.news(now);
        let (conn, side) = (connection.conn, connection.side);
        let zones: Vec<u16> = connection.parts.iter().map(|part| part.zone).collect();
        // One that was there before is told of once it moves.
        let opens = !connection.is_open && !connection.is_over && (is_new || news.is_some());
        connection.is_open |= opens;
        if opens {
            let start = if is_new { began(entry).unwrap_or(now).min(now) } else { now };
            let initiator = Initiator { side, basis: Basis::Conntrack };
            self.say(now, Kind::Open { tuple, conn, start, initiator });
            if let (_, Some((other, other_side))) = ends(entry) {
                self.say(now, Kind::Translated { tuple, other, flipped: side != other_side });
            }
            let tags = self.columns.tags(entry, zones.into_iter());
            if !tags.is_empty() {
                self.say(now, Kind::Tags { tuple, conn, tags });
            }
        }
        let over = match entry.tcp {
            Some(TcpState::Finished) => Some(EndReason::Fin),
            Some(TcpState::Reset) => Some(EndReason::Reset),
            _ => None,
        };
        let Some(connection) = self.known.get_mut(&tuple) else { return };
        match (news, over) {
            // What still comes is a straggler of one that is over.
            (total, Some(reason)) if connection.is_open || total.is_some() => {
                connection.begin_anew(number(&mut self.next));
                connection.is_over = true;
                let total = total.unwrap_or_default();
                self.say(now, Kind::Close { tuple, conn, reason, total, last: now });
            }
            (Some(total), _) => self.say(now, Kind::Data { tuple, conn, total, last: now }),
            (None, _) => {}
        }
    }

    /// A connection is over. All that it moved was told: this says nothing of a flow that is gone already.
    fn end(&mut self, now: Time, tuple: Tuple, reason: EndReason) {
        if let Some(connection) = self.known.remove(&tuple).filter(|connection| connection.is_open) {
            self.say(now, Kind::Close { tuple, conn: connection.conn, reason, total: Total::default(), last: now });
        }
    }

    fn say(&mut self, at: Time, kind: Kind) {
        self.out.push(Event { at, origin: self.origin, kind });
    }
}

/// The next number that no connection has.
fn number(next: &mut u32) -> ConnId {
    *next = next.wrapping_add(1);
    ConnId(*next)
}

/// When it began, where that is noted.
fn began(entry: &Entry) -> Option<Time> {
    entry.times.map(|times| Time(times.start_ns / 1_000))
}

#[cfg(test)]
mod tests;
