//! Contents in the order of their events: what comes too early waits for what is missing, and not for long.

use std::collections::BTreeMap;
use std::time::Duration;

use graph::Time;
use wire::glouglou::{Content, Record};

/// A gap waits so long for a datagram that is late.
const WAIT: Duration = Duration::from_millis(200);
/// No more is held back, in bytes; what that is above gives the oldest gap up.
const MAX_HELD_BYTES: usize = 4 << 20;
/// What one that is held back takes beside its bytes, about.
const OVERHEAD: usize = 128;

/// What was heard up to which event, and what is held back.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The event that is to come next; none before the first content.
    next: Option<u64>,
    /// By first event and datagram.
    held: BTreeMap<(u64, u64), Held>,
    held_bytes: usize,
    /// When the gap before them is given up.
    until: Option<Time>,
}

/// A content that came before an event that it follows.
#[derive(Debug)]
pub(super) struct Held {
    came: Time,
    pub(super) bytes: Vec<u8>,
}

impl Held {
    fn events(&self) -> u64 {
        Content::parse(&self.bytes).map_or(0, |content| events_in(&content))
    }
}

impl Order {
    /// The event that is to come next.
    pub(super) fn next(&self) -> u64 {
        self.next.unwrap_or_default()
    }

    /// Whether it has begun.
    pub(super) const fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    /// Begins with that event, if it has not begun. Returns whether it had not.
    pub(super) fn begin(&mut self, first: u64) -> bool {
        let begins = self.next.is_none();
        self.next.get_or_insert(first);
        begins
    }

    /// Everything before that event was heard.
    pub(super) fn heard_until(&mut self, event: u64) {
        self.next = Some(self.next().max(event));
    }

    /// Nothing before that event is waited for any more, and nothing that is held back is wanted. Returns how many events are passed over with it.
    pub(super) fn skip(&mut self, event: u64) -> u64 {
        let next = self.next();
        if event <= next {
            return 0;
        }
        *self = Order { next: Some(event), ..Order::default() };
        event - next
    }

    /// Holds a content back.
    pub(super) fn hold(&mut self, now: Time, first: u64, seq: u64, bytes: &[u8]) {
        self.held_bytes += bytes.len() + OVERHEAD;
        let until = now.plus(WAIT);
        self.until = Some(self.until.map_or(until, |earlier| earlier.min(until)));
        if let Some(before) = self.held.insert((first, seq), Held { came: now, bytes: bytes.to_vec() }) {
            self.held_bytes = self.held_bytes.saturating_sub(before.bytes.len() + OVERHEAD);
        }
    }

    /// The next one that waits for nothing any more.
    pub(super) fn release(&mut self) -> Option<(u64, Held)> {
        let entry = self.held.first_entry().filter(|entry| self.next.is_none_or(|next| entry.key().0 <= next))?;
        let ((_, seq), held) = entry.remove_entry();
        self.held_bytes = self.held_bytes.saturating_sub(held.bytes.len() + OVERHEAD);
        // The others may have come later than it did.
        if self.until.is_some_and(|until| until <= held.came.plus(WAIT)) {
            self.until = self.held.values().map(|held| held.came.plus(WAIT)).min();
        }
        Some((seq, held))
    }

    /// Gives the first gap up where it has waited for too long, or too much waits for it. Returns how many events are lost with it.
    pub(super) fn give_up(&mut self, now: Time) -> Option<u64> {
        let is_late = self.until.is_some_and(|until| until <= now) || self.held_bytes > MAX_HELD_BYTES;
        let (first, _) = *self.held.first_key_value().filter(|_| is_late)?.0;
        let lost = first.saturating_sub(self.next());
        self.next = Some(first);
        Some(lost)
    }

    /// What is missing is not waited for any more.
    pub(super) fn hurry(&mut self, now: Time) {
        self.until = self.until.map(|until| until.min(now));
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        self.until = self.until.map(|until| until.minus(by));
        self.held.values_mut().for_each(|held| held.came = held.came.minus(by));
    }

    /// When a gap is given up.
    pub(super) const fn due(&self) -> Option<Time> {
        self.until
    }

    /// Begins anew. Returns how many events were missing or held back.
    pub(super) fn restart(&mut self) -> u64 {
        let next = self.next();
        let last = self.held.iter().map(|((first, _), held)| first.saturating_add(held.events())).max();
        *self = Order::default();
        last.map_or(0, |last| last.saturating_sub(next))
    }
}

/// Whether a content says where events are; what only asks whether somebody is there, or answers that, or has words for the user, does not.
pub(super) fn is_numbered(content: &Content<'_>) -> bool {
    let says = |record: &Record<'_>| record.is_event() || matches!(record, Record::ProbeInfo(_));
    content.head.snapshot || content.records().any(|timed| timed.map_or(true, |timed| says(&timed.record)))
}

/// How many events a content has.
pub(super) fn events_in(content: &Content<'_>) -> u64 {
    if content.head.snapshot {
        return 0;
    }
    content.records().filter(|timed| timed.as_ref().is_ok_and(|timed| timed.record.is_event())).count() as u64
}
