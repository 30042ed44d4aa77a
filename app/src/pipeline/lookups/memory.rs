//! What was asked, so that it is not asked again soon.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Instant;

/// Addresses that were asked for, bounded: the one that was asked first is forgotten first.
#[derive(Debug)]
pub(super) struct Memory {
    /// Until when it is not asked again; none while there is no answer.
    asked: HashMap<IpAddr, Option<Instant>>,
    order: VecDeque<IpAddr>,
    capacity: usize,
}

impl Memory {
    pub(super) fn new(capacity: usize) -> Self {
        Memory { asked: HashMap::new(), order: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// Whether it may be asked at `now`.
    pub(super) fn is_due(&self, addr: &IpAddr, now: Instant) -> bool {
        self.asked.get(addr).is_none_or(|until| until.is_some_and(|until| now >= until))
    }

    /// It is being asked.
    pub(super) fn ask(&mut self, addr: IpAddr) {
        if self.asked.insert(addr, None).is_none() {
            if self.order.len() >= self.capacity
                && let Some(oldest) = self.order.pop_front()
            {
                self.asked.remove(&oldest);
            }
            self.order.push_back(addr);
        }
    }

    /// It was answered, and that holds until then.
    pub(super) fn answered(&mut self, addr: &IpAddr, until: Instant) {
        if let Some(asked) = self.asked.get_mut(addr) {
            *asked = Some(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn addr(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(n).into()
    }

    #[test]
    fn what_was_asked_is_not_asked_again_before_its_time() {
        let mut memory = Memory::new(9);
        let now = Instant::now();
        assert!(memory.is_due(&addr(1), now));
        memory.ask(addr(1));
        assert!(!memory.is_due(&addr(1), now + Duration::from_secs(1_000_000)), "it is still open");
        let until = now + Duration::from_secs(60);
        memory.answered(&addr(1), until);
        assert!(!memory.is_due(&addr(1), until - Duration::from_nanos(1)));
        assert!(memory.is_due(&addr(1), until));
        memory.ask(addr(1));
        assert!(!memory.is_due(&addr(1), until), "it is open again");
    }

    #[test]
    fn the_address_that_was_asked_first_is_forgotten() {
        let mut memory = Memory::new(2);
        let now = Instant::now();
        for n in [0, 1, 0, 2] {
            memory.ask(addr(n));
        }
        memory.answered(&addr(0), now);
        assert_eq!([0, 1, 2].map(|n| memory.is_due(&addr(n), now)), [true, false, false]);
        assert_eq!((memory.asked.len(), memory.order.len()), (2, 2));
    }
}
