//! The connections that a probe's sources tell of: one for each pair of ends, however many of them see it.

use std::collections::VecDeque;
use std::time::Duration;

use graph::{Attribution, Basis, ConnId, Difference, EndReason, Initiator, Kind, OriginId, ProcessId, Side, Tag, Tags, Time, Total, Tuple};
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::remote::encode::text_of;

/// The counters of one connection are told no more often.
const REST: Duration = Duration::from_millis(250);
/// What ended is remembered so long, for packets that come late.
const LINGER: Duration = Duration::from_secs(10);
/// A packet takes no longer from one interface of a machine to another.
const PASSING: Duration = Duration::from_millis(20);

/// What is to be sent of a connection, and what its record needs beside the event.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) at: Time,
    pub(super) kind: Kind,
    pub(super) first: Side,
    pub(super) before: Total,
    /// Who sees it, where that is to be said.
    pub(super) seen_by: SmallVec<[OriginId; 1]>,
}

/// Connections by their ends. The protocol's numbers for them are given here, for two sources number theirs alike.
#[derive(Debug, Clone)]
pub(super) struct Conns {
    by_tuple: HashMap<Tuple, Conn>,
    capacity: usize,
    last_id: u32,
    /// Those whose counters changed and may be told.
    changed: VecDeque<(Tuple, ConnId)>,
    /// Those that were told of late, in their order, and until when that is.
    resting: VecDeque<(Time, Tuple, ConnId)>,
    /// Those that ended, in their order.
    over: VecDeque<(Tuple, ConnId)>,
    /// When those of `over` that are left ended, as far as time was passed in.
    over_at: VecDeque<(Time, usize)>,
    refused: u64,
}

#[derive(Debug, Clone)]
struct Conn {
    id: ConnId,
    start: Time,
    last: Time,
    initiator: Initiator,
    seen: SmallVec<[Seen; 1]>,
    told: Total,
    /// It stands in `changed` or in `resting`.
    waits: bool,
    over: Option<EndReason>,
    tags: Tags,
    owners: [Option<(ProcessId, Attribution)>; 2],
}

/// What one source says of a connection.
#[derive(Debug, Clone, Copy)]
struct Seen {
    origin: OriginId,
    conn: ConnId,
    /// The sum of its earlier connections between the same ends.
    closed: Total,
    current: Total,
    open: bool,
}

impl Conn {
    /// Of what several sources count the largest, never the sum.
    fn total(&self) -> Total {
        self.seen.iter().fold(Total::default(), |most, seen| most.max(&seen.closed.plus(&Difference(seen.current.0))))
    }

    /// What that source says of it; another number of it is another connection.
    fn seen(&mut self, origin: OriginId, conn: ConnId) -> Option<&mut Seen> {
        let at = self.seen.iter().position(|seen| seen.origin == origin).unwrap_or_else(|| {
            self.seen.push(Seen { origin, conn, closed: Total::default(), current: Total::default(), open: true });
            self.seen.len() - 1
        });
        let seen = self.seen.get_mut(at)?;
        if seen.conn != conn {
            seen.closed = seen.closed.plus(&Difference(seen.current.0));
            (seen.conn, seen.current, seen.open) = (conn, Total::default(), true);
        }
        Some(seen)
    }

    /// Whether what a source sees begin then is this connection, which another one has seen already, to its very end: sources tell at times of their own.
    fn was_seen_elsewhere(&self, origin: OriginId, start: Time) -> bool {
        !self.seen.iter().any(|seen| seen.origin == origin) && start <= self.last.plus(PASSING)
    }

    fn count(&mut self, origin: OriginId, conn: ConnId, total: &Total, last: Time) {
        if let Some(seen) = self.seen(origin, conn) {
            seen.current = seen.current.plus(&total.since(&seen.current));
        }
        self.last = self.last.max(last);
    }

    fn open(&self, tuple: Tuple) -> Said {
        let kind = Kind::Open { tuple, conn: self.id, start: self.start, initiator: self.initiator };
        Said { seen_by: self.seen.iter().map(|seen| seen.origin).collect(), ..self.say(self.start, kind) }
    }

    fn data(&self, tuple: Tuple) -> Said {
        self.say(self.last, Kind::Data { tuple, conn: self.id, total: self.total(), last: self.last })
    }

    fn close(&self, tuple: Tuple, reason: EndReason) -> Said {
        self.say(self.last, Kind::Close { tuple, conn: self.id, reason, total: self.total(), last: self.last })
    }

    fn say(&self, at: Time, kind: Kind) -> Said {
        Said { at, kind, first: self.initiator.side, before: self.told, seen_by: SmallVec::new() }
    }
}

impl Conns {
    /// At most so many; numbered from another number after each start of the probe, so that those of before are others.
    pub(super) fn new(capacity: usize, boot_id: u64) -> Conns {
        // Far from one another, however near the numbers of two starts are (Fibonacci hashing).
        let last_id = (boot_id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32;
        let (by_tuple, changed, resting, over, over_at) = Default::default();
        Conns { by_tuple, capacity, last_id, changed, resting, over, over_at, refused: 0 }
    }

    /// Events of connections that there was no room to know.
    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// A source says that one began.
    pub(super) fn open(&mut self, origin: OriginId, tuple: Tuple, conn: ConnId, start: Time, initiator: Initiator) -> Option<Said> {
        let known = self.by_tuple.get_mut(&tuple).filter(|known| known.over.is_none() || known.was_seen_elsewhere(origin, start));
        let Some(known) = known else { return self.begin(origin, tuple, conn, start, initiator) };
        let elsewhere = !known.seen.iter().any(|seen| seen.origin == origin);
        if let Some(seen) = known.seen(origin, conn) {
            seen.open = true;
        }
        known.start = known.start.min(start);
        let surer = initiator.basis > known.initiator.basis;
        if surer {
            known.initiator = initiator;
        }
        // What has ended is not begun again.
        ((surer || elsewhere) && known.over.is_none()).then(|| known.open(tuple))
    }

    /// A source's counters of one. One whose beginning it did not tell begins here.
    pub(super) fn data(&mut self, origin: OriginId, tuple: Tuple, conn: ConnId, total: &Total, last: Time) -> Option<Said> {
        let began = self.begin_unknown(origin, tuple, conn, last);
        let known = self.by_tuple.get_mut(&tuple)?;
        known.count(origin, conn, total, last);
        if let Some(reason) = known.over {
            // Packets that came after the end: it ends with them once more.
            return Some(known.close(tuple, reason));
        }
        if !known.waits {
            known.waits = true;
            self.changed.push_back((tuple, known.id));
        }
        began
    }

    /// A source says that one ended. It did when the last source that sees it says so.
    pub(super) fn close(
        &mut self,
        origin: OriginId,
        tuple: Tuple,
        conn: ConnId,
        reason: EndReason,
        total: &Total,
        last: Time,
    ) -> [Option<Said>; 2] {
        let began = self.begin_unknown(origin, tuple, conn, last);
        let Some(known) = self.by_tuple.get_mut(&tuple) else { return [None, None] };
        known.count(origin, conn, total, last);
        if let Some(seen) = known.seen(origin, conn) {
            seen.open = false;
        }
        if known.seen.iter().any(|seen| seen.open) {
            return [began, self.data(origin, tuple, conn, total, last)];
        }
        if known.over.is_none() {
            self.over.push_back((tuple, known.id));
        }
        let reason = *known.over.get_or_insert(reason);
        [began, Some(known.close(tuple, reason))]
    }

    /// What is known of one beside its counters.
    pub(super) fn tag(&mut self, tuple: Tuple, tags: &[Tag]) -> impl Iterator<Item = Said> + use<'_> {
        let known = self.by_tuple.get_mut(&tuple);
        let news: Vec<Tag> = match known {
            Some(known) => tags.iter().filter(|tag| known.tags.set((*tag).clone(), OriginId::default())).cloned().collect(),
            None => Vec::new(),
        };
        let known = self.by_tuple.get(&tuple);
        known.into_iter().flat_map(move |known| {
            let conn = known.id;
            split(&news).map(|tags| known.say(known.start, Kind::Tags { tuple, conn, tags })).collect::<Vec<_>>()
        })
    }

    /// Whose one end is. Of one that is not known here it is told all the same: the other end may know it still.
    pub(super) fn own(&mut self, tuple: Tuple, side: Side, process: ProcessId, how: Attribution) -> Kind {
        let mut conn = ConnId(0);
        if let Some(known) = self.by_tuple.get_mut(&tuple) {
            conn = known.id;
            let [a, b] = &mut known.owners;
            let owner = if side == Side::A { a } else { b };
            if owner.is_none_or(|(_, known)| how > known) {
                *owner = Some((process, how));
            }
        }
        Kind::Owner { tuple, conn, side, process, how }
    }

    /// The counters of the next one that may be told at `now`.
    pub(super) fn next_data(&mut self, now: Time) -> Option<Said> {
        while let Some((until, tuple, id)) = self.resting.front().copied()
            && until <= now
        {
            self.resting.pop_front();
            if let Some(known) = self.by_tuple.get_mut(&tuple).filter(|known| known.id == id) {
                if known.total() == known.told {
                    known.waits = false;
                } else {
                    self.changed.push_back((tuple, id));
                }
            }
        }
        loop {
            let (tuple, id) = self.changed.pop_front()?;
            let Some(known) = self.by_tuple.get_mut(&tuple).filter(|known| known.id == id && known.over.is_none()) else { continue };
            let said = known.data(tuple);
            known.told = known.total();
            self.resting.push_back((now.plus(REST), tuple, known.id));
            return Some(said);
        }
    }

    /// When [`Conns::next_data`] has something; in the past where it has already.
    pub(super) fn due(&self) -> Option<Time> {
        if self.changed.is_empty() { self.resting.front().map(|(until, ..)| *until) } else { Some(Time::ZERO) }
    }

    /// Forgets what ended long ago.
    pub(super) fn forget(&mut self, now: Time) {
        let counted: usize = self.over_at.iter().map(|(_, count)| count).sum();
        if self.over.len() > counted {
            self.over_at.push_back((now, self.over.len() - counted));
        }
        while let Some((at, count)) = self.over_at.front().copied()
            && now.since(at) >= LINGER
        {
            self.over_at.pop_front();
            (0..count).for_each(|_| self.forget_first());
        }
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.resting.iter_mut().for_each(|(until, ..)| *until = until.minus(by));
        self.over_at.iter_mut().for_each(|(at, _)| *at = at.minus(by));
    }

    /// Every live one, by number, as records tell it.
    pub(super) fn each(&self, mut tell: impl FnMut(Said)) {
        let mut live: Vec<(&Tuple, &Conn)> = self.by_tuple.iter().filter(|(_, conn)| conn.over.is_none()).collect();
        live.sort_unstable_by_key(|(tuple, conn)| (conn.id, **tuple));
        for (tuple, known) in live {
            let (tuple, conn) = (*tuple, known.id);
            tell(known.open(tuple));
            tell(Said { before: known.total(), ..known.data(tuple) });
            for (side, owner) in [Side::A, Side::B].into_iter().zip(known.owners) {
                if let Some((process, how)) = owner {
                    tell(known.say(known.last, Kind::Owner { tuple, conn, side, process, how }));
                }
            }
            let tags: Vec<Tag> = known.tags.iter().map(graph::Said::tag).collect();
            split(&tags).for_each(|tags| tell(known.say(known.last, Kind::Tags { tuple, conn, tags })));
        }
    }

    fn begin_unknown(&mut self, origin: OriginId, tuple: Tuple, conn: ConnId, last: Time) -> Option<Said> {
        if self.by_tuple.contains_key(&tuple) {
            return None;
        }
        self.begin(origin, tuple, conn, last, Initiator { side: Side::A, basis: Basis::FirstSeen })
    }

    fn begin(&mut self, origin: OriginId, tuple: Tuple, conn: ConnId, start: Time, initiator: Initiator) -> Option<Said> {
        while self.by_tuple.len() >= self.capacity && !self.by_tuple.contains_key(&tuple) {
            if self.over.is_empty() {
                self.refused += 1;
                return None;
            }
            if let Some((_, count)) = self.over_at.front_mut() {
                *count -= 1;
                if *count == 0 {
                    self.over_at.pop_front();
                }
            }
            self.forget_first();
        }
        // Zero is no number: it says that a connection is not counted.
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let (told, tags, owners, over) = Default::default();
        let (id, seen) = (ConnId(self.last_id), SmallVec::new());
        let mut known = Conn { id, start, last: start, initiator, seen, told, waits: false, over, tags, owners };
        known.seen(origin, conn);
        let said = known.open(tuple);
        self.by_tuple.insert(tuple, known);
        Some(said)
    }

    /// Of those that ended the first is not known any more, unless its ends have begun another one.
    fn forget_first(&mut self) {
        if let Some((tuple, id)) = self.over.pop_front()
            && self.by_tuple.get(&tuple).is_some_and(|known| known.id == id)
        {
            self.by_tuple.remove(&tuple);
        }
    }
}

/// As many tags as one record holds for sure, over and over.
fn split(tags: &[Tag]) -> impl Iterator<Item = Vec<Tag>> + '_ {
    /// Names and values in one record, in bytes.
    const MAX: usize = 900;
    /// A column's name with `src.`, and what stands before both.
    const NAME: usize = 64;
    let mut left = tags.iter().peekable();
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut fits = |tag: &&Tag| {
            let empty = bytes == 0;
            bytes += NAME + text_of(&tag.value).len();
            empty || bytes <= MAX
        };
        let some: Vec<Tag> = std::iter::from_fn(|| left.next_if(&mut fits)).cloned().collect();
        (!some.is_empty()).then_some(some)
    })
}
