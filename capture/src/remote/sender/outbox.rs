//! Events as they wait to be sent: numbered, in contents, bounded.

use std::collections::VecDeque;
use std::time::Duration;

use graph::{Kind, Time};
use wire::glouglou::{Content, ContentHead, Full, Limits, Packer};

use super::super::{About, encode};

/// A content waits so long for more.
const WAIT: Duration = Duration::from_millis(50);

/// Contents that are full, and the one that is not.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    /// By the number of the first event.
    ready: VecDeque<(u64, Vec<u8>)>,
    open: Option<Open>,
    next_event: u64,
    lost: u64,
    capacity: usize,
    sampling_n: u32,
    limits: Limits,
}

#[derive(Debug, Clone)]
struct Open {
    packer: Packer,
    base: Time,
    first: u64,
    /// Since when it has waited, as far as time was passed in.
    since: Option<Time>,
}

impl Outbox {
    /// For so many full contents, which say of how many packets one is looked at.
    pub(super) fn new(capacity: usize, sampling_n: u32) -> Outbox {
        Outbox { ready: VecDeque::new(), open: None, next_event: 0, lost: 0, capacity, sampling_n, limits: Limits::default() }
    }

    /// No content is larger from now on; what was made before and is has no way any more.
    pub(super) fn limit(&mut self, limits: Limits) {
        if limits == self.limits {
            return;
        }
        self.seal();
        self.limits = limits;
        self.ready.retain(|(_, content)| {
            let count = Content::parse(content).map_or(0, |content| content.count());
            let stays = content.len() <= limits.bytes && count <= limits.records;
            self.lost += if stays { 0 } else { u64::from(count) };
            stays
        });
    }

    /// Events that there was no room for.
    pub(super) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Whether what can wait should.
    pub(super) fn is_pressed(&self) -> bool {
        self.ready.len() >= self.capacity / 2
    }

    /// The number that the next event will have.
    pub(super) const fn next_event(&self) -> u64 {
        self.next_event
    }

    /// The number of the first event that was not sent.
    pub(super) fn first_unsent(&self) -> u64 {
        let ready = self.ready.front().map(|(first, _)| *first);
        ready.or(self.open.as_ref().map(|open| open.first)).unwrap_or(self.next_event)
    }

    /// An event; where there is no room its number is gone with it, so that the other end sees the gap.
    pub(super) fn push(&mut self, at: Time, kind: &Kind, about: &About<'_>) {
        // Twice: into what is open, and where it is full into an empty one.
        for _ in 0..2 {
            if self.open.is_none() && self.ready.len() >= self.capacity {
                break;
            }
            let (first, sampling_n, limits) = (self.next_event, self.sampling_n, self.limits);
            let open = self.open.get_or_insert_with(|| Open::new(at, first, sampling_n, limits));
            match encode(&mut open.packer, kind, dt_us(at, open.base), about) {
                Ok(true) => {
                    self.next_event += 1;
                    return;
                }
                Ok(false) => return,
                Err(Full) => self.seal(),
            }
        }
        self.next_event += 1;
        self.lost += 1;
    }

    /// The next content that is full or has waited long enough.
    pub(super) fn next(&mut self, now: Time) -> Option<Vec<u8>> {
        if self.ready.is_empty()
            && let Some(open) = self.open.as_mut()
            && now.since(*open.since.get_or_insert(now)) >= WAIT
        {
            self.seal();
        }
        self.ready.pop_front().map(|(_, content)| content)
    }

    /// When [`Outbox::next`] has something; in the past where it has already, or has not looked at the time yet.
    pub(super) fn due(&self) -> Option<Time> {
        if !self.ready.is_empty() {
            return Some(Time::ZERO);
        }
        self.open.as_ref().filter(|open| !open.packer.is_empty()).map(|open| open.since.map_or(Time::ZERO, |since| since.plus(WAIT)))
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        if let Some(since) = self.open.as_mut().and_then(|open| open.since.as_mut()) {
            *since = since.minus(by);
        }
    }

    /// What is not full waits no more.
    pub(super) fn seal(&mut self) {
        if let Some(open) = self.open.take()
            && !open.packer.is_empty()
        {
            self.ready.push_back((open.first, open.packer.finish()));
        }
    }
}

impl Open {
    fn new(base: Time, first: u64, sampling_n: u32, limits: Limits) -> Open {
        let head = ContentHead { t_base_us: base.micros(), first_event_seq: first, snapshot: false, sampling_n };
        Open { packer: Packer::within(limits, head), base, first, since: None }
    }
}

/// How long after `base`, as far as a record can say it.
pub(super) fn dt_us(at: Time, base: Time) -> i32 {
    let after = i128::from(at.micros()) - i128::from(base.micros());
    after.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}
