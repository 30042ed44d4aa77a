//! Who counted a host or a link, and who of them the most: in little space, however many origins see it.

use smallvec::SmallVec;

use crate::OriginId;

/// So many origins are told apart; of further ones the least is taken for the newest.
const KEPT: usize = 8;
/// Another origin leads only once it has counted more by one part in so many: two that see the same packets do not take turns.
const MARGIN: u64 = 8;

/// The origins that counted something, and about how many bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observers {
    counted: SmallVec<[(OriginId, u64); 1]>,
    most: Option<OriginId>,
}

impl Observers {
    /// Who counted the most.
    pub const fn most(&self) -> Option<OriginId> {
        self.most
    }

    /// All that are known to, in no particular order.
    pub(crate) fn all(&self) -> impl Iterator<Item = OriginId> {
        self.counted.iter().map(|(origin, _)| *origin)
    }

    /// An origin counted more bytes; none is well, then it is known to see it.
    pub(crate) fn count(&mut self, origin: OriginId, bytes: u64) {
        let is_full = self.counted.len() >= KEPT;
        let sum = match self.counted.iter_mut().find(|(known, _)| *known == origin) {
            Some((_, sum)) => {
                *sum = sum.saturating_add(bytes);
                *sum
            }
            None if is_full => self.replace_least(origin, bytes),
            None => {
                self.counted.push((origin, bytes));
                bytes
            }
        };
        let led = self.most.and_then(|most| self.counted.iter().find(|(known, _)| *known == most));
        if led.is_none_or(|(_, lead)| sum > lead.saturating_add(lead / MARGIN)) {
            self.most = Some(origin);
        }
    }

    /// Whoever counts the least makes room, and leaves its count: so nobody who counts much is missed (Metwally, Agrawal and El Abbadi 2005).
    fn replace_least(&mut self, origin: OriginId, bytes: u64) -> u64 {
        let Some(least) = self.counted.iter_mut().min_by_key(|(known, sum)| (*sum, *known)) else { return 0 };
        *least = (origin, least.1.saturating_add(bytes));
        least.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_counts_the_most_leads_and_two_of_the_same_do_not_take_turns() {
        let mut observers = Observers::default();
        assert_eq!(observers.most(), None);
        let (one, two) = (OriginId(1), OriginId(2));
        let mut count = |origin, bytes| {
            observers.count(origin, bytes);
            observers.most()
        };
        assert_eq!(count(one, 0), Some(one));
        assert_eq!(count(two, 10_000), Some(two));
        assert_eq!(count(one, 10_000), Some(two));
        for _ in 0..100 {
            assert_eq!([count(one, 1000), count(two, 1000)], [Some(two); 2]);
        }
        assert_eq!(count(one, 50_000), Some(one));
    }

    #[test]
    fn however_many_see_it_few_are_kept_and_the_largest_is_among_them() {
        let mut observers = Observers::default();
        for round in 0..1000_u64 {
            observers.count(OriginId(7), 300);
            observers.count(OriginId((100 + round % 500) as u16), 200);
        }
        assert_eq!((observers.counted.len(), observers.most()), (KEPT, Some(OriginId(7))));

        let mut observers = Observers::default();
        (0..KEPT as u16).for_each(|origin| observers.count(OriginId(origin), 1_000));
        observers.count(OriginId(0), 1_000);
        for _ in 0..100 {
            observers.count(OriginId(50), 100);
            observers.count(OriginId(51), 100);
        }
        assert!(observers.most() >= Some(OriginId(50)), "two that come late and count much do not push each other out");
    }
}
