//! Ways that were taken once: a table of buckets, of which one holds few and is one line of the processor's cache.

use crate::Time;

/// A power of two.
const BUCKETS: usize = 1 << 15;
/// What one bucket holds.
const PLACES: usize = 4;

/// A way by its hash, and when it was taken. Of a new way one in 2⁴⁷ has the hash of another and is taken for it: then the first of its intervals is wrong.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    hash: u64,
    at: Time,
}

/// The ways. In each bucket the one that was taken first makes room, so of 131,072 that were taken last some are forgotten and some older ones are not.
#[derive(Debug, Default)]
pub(super) struct Once(Vec<[Mark; PLACES]>);

impl Once {
    /// It is taken. When it was taken before that, if it was; else that is remembered now.
    pub(super) fn taken(&mut self, hash: u64, at: Time) -> Option<Time> {
        if self.0.is_empty() {
            self.0.resize(BUCKETS, Default::default());
        }
        let bucket = self.bucket(hash)?;
        if let Some(mark) = bucket.iter().find(|mark| mark.hash == hash && mark.at != Time::ZERO) {
            return Some(mark.at);
        }
        let oldest = bucket.iter_mut().min_by_key(|mark| mark.at)?;
        *oldest = Mark { hash, at };
        None
    }

    /// There is no need to remember it any more.
    pub(super) fn forget(&mut self, hash: u64) {
        let mark = self.bucket(hash).and_then(|bucket| bucket.iter_mut().find(|mark| mark.hash == hash));
        mark.into_iter().for_each(|mark| *mark = Mark::default());
    }

    fn bucket(&mut self, hash: u64) -> Option<&mut [Mark; PLACES]> {
        self.0.get_mut((hash >> 32) as usize % BUCKETS)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<[Mark; PLACES]>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_again_is_known_until_four_others_of_its_bucket_were_taken() {
        let (mut once, hash) = (Once::default(), |n: u64| 7 << 32 | n);
        assert_eq!((once.taken(hash(1), Time(10)), once.taken(hash(1), Time(20))), (None, Some(Time(10))));
        assert_eq!([2, 3, 4].map(|n| once.taken(hash(n), Time(20 + n))), [None; 3]);
        assert_eq!(once.taken(hash(1), Time(30)), Some(Time(10)));
        assert_eq!(once.taken(hash(5), Time(30)), None);
        assert_eq!((once.taken(hash(2), Time(40)), once.taken(hash(1), Time(40))), (Some(Time(22)), None), "the oldest made room");
        once.forget(hash(3));
        assert_eq!(once.taken(hash(3), Time(50)), None);
        assert_eq!(once.bytes(), 2 << 20);
    }
}
