//! Which address is traced next. Time is an argument: what passed since the beginning.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use hashbrown::{HashMap, HashSet};

/// Addresses that wait.
const MAX_WAITING: usize = 1_024;
/// The same address is traced no more often.
pub(super) const APART: Duration = Duration::from_secs(600);

/// Addresses that wait, in the order in which a first flow with them was told, and those that were traced of late.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    waiting: HashMap<IpAddr, Waiting>,
    order: BTreeMap<u64, IpAddr>,
    last: u64,
    /// In the order of their time. They are no more than one in [`super::child::PACE`].
    traced: VecDeque<(Duration, IpAddr)>,
    is_traced: HashSet<IpAddr>,
    left_out: u64,
}

#[derive(Debug)]
struct Waiting {
    place: u64,
    /// Flows with it that live.
    flows: u32,
}

impl Agenda {
    /// Addresses that there was no room for.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// A flow with it began.
    pub(super) fn begins(&mut self, now: Duration, addr: IpAddr) {
        self.forget(now);
        if self.is_traced.contains(&addr) {
            return;
        }
        if let Some(waiting) = self.waiting.get_mut(&addr) {
            waiting.flows = waiting.flows.saturating_add(1);
        } else if self.waiting.len() >= MAX_WAITING {
            self.left_out += 1;
        } else {
            self.last += 1;
            self.waiting.insert(addr, Waiting { place: self.last, flows: 1 });
            self.order.insert(self.last, addr);
        }
    }

    /// A flow with it ended. Where none is left, nothing is sent there any more.
    pub(super) fn ends(&mut self, addr: IpAddr) {
        let Some(waiting) = self.waiting.get_mut(&addr) else { return };
        waiting.flows = waiting.flows.saturating_sub(1);
        if waiting.flows == 0 {
            self.order.remove(&waiting.place);
            self.waiting.remove(&addr);
        }
    }

    /// The one that has waited longest; it counts as traced from now on.
    pub(super) fn next(&mut self, now: Duration) -> Option<IpAddr> {
        let (_, addr) = self.order.pop_first()?;
        self.waiting.remove(&addr);
        self.traced.push_back((now, addr));
        self.is_traced.insert(addr);
        Some(addr)
    }

    fn forget(&mut self, now: Duration) {
        while let Some((at, addr)) = self.traced.front().copied()
            && now.saturating_sub(at) >= APART
        {
            self.traced.pop_front();
            self.is_traced.remove(&addr);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn addr(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(0x0a00_0000 + n).into()
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn each_has_its_turn_and_not_again_for_a_while() {
        let mut agenda = Agenda::default();
        for n in [2, 1, 2, 3] {
            agenda.begins(secs(0), addr(n));
        }
        assert_eq!([agenda.next(secs(1)), agenda.next(secs(2))], [Some(addr(2)), Some(addr(1))]);
        agenda.begins(secs(600), addr(2));
        assert_eq!(agenda.next(secs(600)), Some(addr(3)));
        assert_eq!(agenda.next(secs(600)), None, "one second early");
        agenda.begins(secs(601), addr(2));
        agenda.begins(secs(601), addr(1));
        assert_eq!([agenda.next(secs(601)), agenda.next(secs(601))], [Some(addr(2)), None]);
    }

    #[test]
    fn with_whom_no_flow_is_any_more_is_not_traced() {
        let mut agenda = Agenda::default();
        for n in [1, 1, 2] {
            agenda.begins(secs(0), addr(n));
        }
        for n in [1, 2, 9] {
            agenda.ends(addr(n));
        }
        assert_eq!([agenda.next(secs(1)), agenda.next(secs(1))], [Some(addr(1)), None]);
        agenda.begins(secs(1), addr(3));
        for n in [3, 3, 1] {
            agenda.ends(addr(n));
        }
        assert_eq!(agenda.next(secs(1)), None);
    }

    #[test]
    fn what_there_is_no_room_for_is_counted() {
        let mut agenda = Agenda::default();
        (0..2_000).for_each(|n| agenda.begins(secs(0), addr(n)));
        agenda.begins(secs(0), addr(5));
        assert_eq!((agenda.waiting.len(), agenda.left_out()), (MAX_WAITING, 2_000 - MAX_WAITING as u64));
        agenda.ends(addr(7));
        agenda.begins(secs(0), addr(3_000));
        assert_eq!(std::iter::from_fn(|| agenda.next(secs(0))).count(), MAX_WAITING);
        assert_eq!((agenda.waiting.len(), agenda.order.len()), (0, 0));
    }
}
