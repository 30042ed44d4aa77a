//! All that lives, as contents that are sent little by little and kept for those of them that get lost.

use std::collections::VecDeque;
use std::time::Duration;

use graph::{Kind, Time};
use wire::glouglou::{ContentHead, Full, Limits, Packer, Record, ResyncReq, Snapshot};

use super::super::{About, encode};
use super::outbox::dt_us;

/// Parts of snapshots are counted by so much time.
const TICK: Duration = Duration::from_millis(50);
/// Parts in a tick, unless told otherwise.
const PACE: u32 = 64;
/// A snapshot is kept so long after it was asked for.
const KEPT: Duration = Duration::from_secs(30);
/// What a connection's beginning, counters and owners take at most, in bytes (IPv6).
const CONN_LEN: usize = 420;
/// A new one of the same module is made no more often.
const APART: Duration = Duration::from_millis(500);

/// The snapshots that are being sent, one of each module at most.
#[derive(Debug, Clone)]
pub(super) struct Snapshots {
    last_id: u32,
    kept: [Option<Kept>; 2],
    /// Which parts are to be sent: module and place.
    queue: VecDeque<(usize, usize)>,
    pace: u32,
    /// Parts that were sent in this tick, and when it began.
    sent: (Time, u32),
}

#[derive(Debug, Clone)]
struct Kept {
    id: u32,
    /// The first event that is not in it.
    cut: u64,
    made: Time,
    until: Time,
    parts: Vec<Part>,
}

/// A content.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The numbers of its records.
    numbers: std::ops::Range<u32>,
    bytes: Vec<u8>,
    queued: bool,
}

impl Snapshots {
    pub(super) fn new() -> Snapshots {
        Snapshots { last_id: 0, kept: [None, None], queue: VecDeque::new(), pace: PACE, sent: (Time::ZERO, 0) }
    }

    pub(super) fn set_pace(&mut self, parts: u32) {
        self.pace = parts.max(1);
    }

    /// Forgets them all.
    pub(super) fn clear(&mut self) {
        self.kept = [None, None];
        self.queue.clear();
    }

    /// Sends again what a request says is missing. False where it wants another one than is kept.
    pub(super) fn again(&mut self, now: Time, module: u8, request: &ResyncReq) -> bool {
        let at = usize::from(module);
        let Some(Some(kept)) = self.kept.get_mut(at) else { return false };
        if request.snapshot_id != kept.id {
            return false;
        }
        kept.until = now.plus(KEPT);
        for (place, part) in kept.parts.iter_mut().enumerate() {
            let all = request.ranges.is_empty();
            let missing = all || request.ranges.iter().any(|(from, to)| part.numbers.start <= *to && *from < part.numbers.end);
            if missing && !part.queued {
                part.queued = true;
                self.queue.push_back((at, place));
            }
        }
        true
    }

    /// Whether a new one of a module would be the next one too soon: one was just made, or has not been sent yet.
    pub(super) fn is_fresh(&self, now: Time, module: u8) -> bool {
        if self.queue.iter().any(|(other, _)| *other == usize::from(module)) {
            return true;
        }
        self.kept.get(usize::from(module)).and_then(Option::as_ref).is_some_and(|kept| now.since(kept.made) < APART)
    }

    /// The number of a new one.
    pub(super) fn new_id(&mut self) -> u32 {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        self.last_id
    }

    /// Sends a new one, instead of an older one of the same module.
    pub(super) fn send(&mut self, now: Time, module: u8, id: u32, cut: u64, parts: Vec<Part>) {
        let at = usize::from(module);
        self.queue.retain(|(other, _)| *other != at);
        self.queue.extend((0..parts.len()).map(|place| (at, place)));
        if let Some(kept) = self.kept.get_mut(at) {
            *kept = Some(Kept { id, cut, made: now, until: now.plus(KEPT), parts });
        }
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.sent.0 = self.sent.0.minus(by);
        for kept in self.kept.iter_mut().flatten() {
            (kept.made, kept.until) = (kept.made.minus(by), kept.until.minus(by));
        }
    }

    /// What must have been sent before the next part is: all events before that one.
    pub(super) fn next_cut(&self) -> Option<u64> {
        let (module, _) = self.queue.front()?;
        self.kept.get(*module)?.as_ref().map(|kept| kept.cut)
    }

    /// The next part, if it is its time.
    pub(super) fn next(&mut self, now: Time) -> Option<Vec<u8>> {
        if self.queue.is_empty() {
            self.kept.iter_mut().for_each(|kept| {
                kept.take_if(|kept| kept.until <= now);
            });
            return None;
        }
        if now.since(self.sent.0) >= TICK {
            self.sent = (now, 0);
        }
        if self.sent.1 >= self.pace {
            return None;
        }
        let (module, place) = self.queue.pop_front()?;
        self.sent.1 += 1;
        let part = self.kept.get_mut(module)?.as_mut()?.parts.get_mut(place)?;
        part.queued = false;
        Some(part.bytes.clone())
    }

    /// When there is a part to be sent.
    pub(super) fn due(&self) -> Option<Time> {
        let wait = if self.sent.1 >= self.pace { TICK } else { Duration::ZERO };
        (!self.queue.is_empty()).then(|| self.sent.0.plus(wait))
    }
}

/// Writes a snapshot. Every content begins with SNAPSHOT_BEGIN, so that each tells by itself of what it is a part, and has as its event number the first one
/// that is not in the snapshot.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    begin: Snapshot,
    head: ContentHead,
    limits: Limits,
    packer: Packer,
    number: u32,
    first: u32,
    parts: Vec<Part>,
}

impl Writer {
    pub(super) fn new(begin: Snapshot, now: Time, first_event_seq: u64, sampling_n: u32, limits: Limits) -> Writer {
        let head = ContentHead { t_base_us: now.micros(), first_event_seq, snapshot: true, sampling_n };
        Writer { begin, head, limits, packer: Writer::packer(limits, head, begin), number: 0, first: 0, parts: Vec::new() }
    }

    pub(super) fn push(&mut self, at: Time, kind: &Kind, about: &About<'_>) {
        let about = About { number: Some(self.number), ..*about };
        let dt_us = dt_us(at, Time(self.head.t_base_us));
        // Whose a connection is says nothing before the connection is known, and contents overtake one another.
        if matches!(kind, Kind::Open { .. }) && self.packer.room() < CONN_LEN {
            self.seal();
        }
        if encode(&mut self.packer, kind, dt_us, &about) == Err(Full) {
            self.seal();
            // What is too long for a content of its own takes no number.
            if encode(&mut self.packer, kind, dt_us, &about) == Err(Full) {
                return;
            }
        }
        self.number += 1;
    }

    /// Its parts, and how many records they have.
    pub(super) fn finish(mut self) -> (Vec<Part>, u32) {
        let end = Record::SnapshotEnd(self.begin);
        if self.packer.push(&end, 0, &[]).is_err() {
            self.seal();
            let _written = self.packer.push(&end, 0, &[]);
        }
        self.seal();
        (self.parts, self.number)
    }

    fn packer(limits: Limits, head: ContentHead, begin: Snapshot) -> Packer {
        let mut packer = Packer::within(limits, head);
        let _written = packer.push(&Record::SnapshotBegin(begin), 0, &[]);
        packer
    }

    fn seal(&mut self) {
        let packer = std::mem::replace(&mut self.packer, Writer::packer(self.limits, self.head, self.begin));
        self.parts.push(Part { numbers: self.first..self.number, bytes: packer.finish(), queued: true });
        self.first = self.number;
    }
}
