//! What waits to be told. A model that is behind is told later; there is a bound, and what does not fit is counted.

use std::collections::VecDeque;

use graph::{Event, Kind, Ledger, OriginId, Time};

use crate::source::{BATCH_EVENTS, Batch, Offer, Outlet};

/// As many events wait here, at most; ends of processes may be more, but no more than there are processes that were told.
pub(super) const MAX_WAITING: usize = 16_384;

/// Events on their way out, and the account of them.
#[derive(Debug)]
pub(super) struct Outbox {
    origin: OriginId,
    waiting: VecDeque<Event>,
    max: usize,
    ledger: Ledger,
    told: Ledger,
}

impl Outbox {
    pub(super) fn new(origin: OriginId, max: usize) -> Outbox {
        Outbox { origin, waiting: VecDeque::new(), max, ledger: Ledger::default(), told: Ledger::default() }
    }

    /// Takes an event; false where there is no room for it, which is counted. An end is always taken.
    pub(super) fn put(&mut self, at: Time, kind: Kind) -> bool {
        if self.waiting.len() >= self.max && !matches!(kind, Kind::Exit { .. }) {
            if !matches!(kind, Kind::Usage { .. }) {
                self.lose(1);
            }
            return false;
        }
        if !matches!(kind, Kind::Usage { .. }) {
            self.ledger.process_events += 1;
        }
        self.waiting.push_back(Event { at, origin: self.origin, kind });
        true
    }

    /// So many events never came, or were not told.
    pub(super) fn lose(&mut self, events: u64) {
        self.ledger.lost_process = self.ledger.lost_process.saturating_add(events);
    }

    /// Whether there is anything to tell.
    pub(super) fn has_news(&self) -> bool {
        !self.waiting.is_empty() || self.ledger != self.told
    }

    /// How many events wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is room again for all that was not told.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() <= self.max / 2
    }

    /// Hands over what waits, and what it comes to, in batches; at least one, so that time passes. Returns false if nobody listens any more.
    pub(super) fn tell(&mut self, now: Time, outlet: &Outlet) -> bool {
        self.flush(now, |batch| outlet.offer(batch))
    }

    /// The same by any other way.
    pub(super) fn flush(&mut self, now: Time, mut offer: impl FnMut(Batch) -> Offer) -> bool {
        loop {
            let many = self.waiting.len().min(BATCH_EVENTS - 1);
            let mut events: Vec<Event> = self.waiting.drain(..many).collect();
            let last = self.waiting.is_empty();
            let ledger = last && self.ledger != self.told;
            if ledger {
                events.push(Event { at: now, origin: self.origin, kind: Kind::Ledger(self.ledger) });
            }
            match offer(Batch { now, events }) {
                Offer::Taken if last => {
                    self.told = self.ledger;
                    return true;
                }
                Offer::Taken => {}
                Offer::Full(mut batch) => {
                    if ledger {
                        batch.events.pop();
                    }
                    batch.events.into_iter().rev().for_each(|event| self.waiting.push_front(event));
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;
    use graph::{Exit, ProcessId, Usage};

    use super::*;

    fn exit(pid: u32) -> Kind {
        Kind::Exit { process: ProcessId { pid, start_ns: 1 }, exit: Exit::Code(0) }
    }

    fn fork(pid: u32) -> Kind {
        Kind::Fork { parent: ProcessId::default(), child: ProcessId { pid, start_ns: 1 } }
    }

    fn account(batch: &Batch) -> Option<(u64, u64)> {
        batch.events.iter().find_map(|event| match event.kind {
            Kind::Ledger(ledger) => Some((ledger.process_events, ledger.lost_process)),
            _ => None,
        })
    }

    #[test]
    fn what_is_not_taken_stays_in_its_order() {
        let (sender, model) = bounded(1);
        let outlet = Outlet(sender);
        let mut outbox = Outbox::new(OriginId(3), 1000);
        (0..600).for_each(|pid| assert!(outbox.put(Time(7), fork(pid))));
        let mut pids = Vec::new();
        while outbox.has_news() {
            assert!(outbox.tell(Time(9), &outlet));
            let batch = model.try_recv().unwrap();
            assert!(batch.events.len() <= BATCH_EVENTS && batch.now == Time(9));
            if let Some(account) = account(&batch) {
                assert_eq!(account, (600, 0));
            }
            pids.extend(batch.events.iter().filter_map(|event| match event.kind {
                Kind::Fork { child, .. } => Some(child.pid),
                _ => None,
            }));
        }
        assert_eq!(pids, (0..600).collect::<Vec<_>>());
        drop(model);
        assert!(!outbox.tell(Time(9), &outlet));
    }

    #[test]
    fn what_does_not_fit_is_counted_but_ends_are_kept() {
        let mut outbox = Outbox::new(OriginId(0), 2);
        assert!(outbox.put(Time(1), fork(1)) && outbox.put(Time(1), fork(2)));
        assert!(!outbox.put(Time(1), fork(3)) && outbox.put(Time(1), exit(1)));
        assert!(!outbox.put(Time(1), Kind::Usage { process: ProcessId::default(), usage: Usage::default() }));
        assert!(!outbox.has_room());
        let mut told = Vec::new();
        outbox.flush(Time(2), |batch| {
            told.push(batch);
            Offer::Taken
        });
        assert_eq!(account(&told[0]), Some((3, 1)));
        assert!(outbox.has_room() && !outbox.has_news());
    }
}
