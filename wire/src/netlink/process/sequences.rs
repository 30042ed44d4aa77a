//! How many events were lost, by the numbers of those that came.

/// Events of processors from this one on are not followed; Linux has no more (`NR_CPUS`).
pub const MAX_CPUS: u32 = 8192;

/// A number this far ahead, or farther, is behind: half of all there are, as in RFC 1982.
const HALF: u32 = 1 << 31;

/// Follows the numbers of events, which the kernel counts for each processor apart.
///
/// Every message counts, acknowledgements included. What was lost last shows with the next event of the same processor. A
/// subscription with a mask makes this useless: what it leaves out looks lost. Begin anew with each subscription: meanwhile the kernel
/// may have counted for others.
#[derive(Debug, Clone, Default)]
pub struct Sequences {
    /// The highest number of each processor, by its number; never longer than [`MAX_CPUS`].
    last: Vec<Option<u32>>,
    seen: u64,
    lost: u64,
    untracked: u64,
}

impl Sequences {
    /// Takes an event of `cpu` with the number `seq`; returns how many events of that processor were lost right before it. None are
    /// before the first of a processor, and before one that is behind or equal to one that came.
    pub fn lost_before(&mut self, cpu: u32, seq: u32) -> u32 {
        self.seen = self.seen.saturating_add(1);
        let Some(last) = self.entry(cpu) else {
            self.untracked = self.untracked.saturating_add(1);
            return 0;
        };
        let steps = last.map_or(1, |last| seq.wrapping_sub(last));
        // The kernel hands out a processor's numbers in order, so the highest stays: a number behind tells of no loss now or later.
        if !(1..HALF).contains(&steps) {
            return 0;
        }
        *last = Some(seq);
        let lost = steps - 1;
        self.lost = self.lost.saturating_add(lost.into());
        lost
    }

    /// Events taken.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Events lost, all processors together.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Of the events taken, those of no processor or of one beyond [`MAX_CPUS`]: nothing is known of losses among these.
    pub fn untracked(&self) -> u64 {
        self.untracked
    }

    fn entry(&mut self, cpu: u32) -> Option<&mut Option<u32>> {
        let at = usize::try_from(cpu).ok().filter(|_| cpu < MAX_CPUS)?;
        if self.last.len() <= at {
            self.last.resize(at + 1, None);
        }
        self.last.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lost(numbers: &[u32]) -> Vec<u32> {
        let mut sequences = Sequences::default();
        numbers.iter().map(|seq| sequences.lost_before(0, *seq)).collect()
    }

    #[test]
    fn a_gap_is_what_was_lost() {
        assert_eq!(lost(&[40, 41, 42, 45, 46, 56]), [0, 0, 0, 2, 0, 9]);
    }

    #[test]
    fn numbers_wrap_around() {
        assert_eq!(lost(&[u32::MAX - 1, u32::MAX, 0, 1]), [0; 4]);
        assert_eq!(lost(&[u32::MAX - 1, 2]), [0, 3]);
    }

    #[test]
    fn a_step_back_or_none_is_no_loss_and_none_later() {
        assert_eq!(lost(&[10, 10, 9, 11, 3, 12, 14]), [0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(lost(&[10, 10 + HALF]), [0, 0]);
        assert_eq!(lost(&[10, 9 + HALF]), [0, HALF - 2]);
    }

    #[test]
    fn each_processor_counts_for_itself() {
        let mut sequences = Sequences::default();
        let events = [(0, 5), (3, 900), (0, 6), (3, 902), (MAX_CPUS - 1, 1), (0, 9)];
        let lost: Vec<_> = events.iter().map(|(cpu, seq)| sequences.lost_before(*cpu, *seq)).collect();
        assert_eq!(lost, [0, 0, 0, 1, 0, 2]);
        assert_eq!((sequences.seen(), sequences.lost(), sequences.untracked()), (6, 3, 0));
    }

    #[test]
    fn the_number_of_processors_is_bounded() {
        let mut sequences = Sequences::default();
        for cpu in [MAX_CPUS, u32::MAX] {
            assert_eq!([sequences.lost_before(cpu, 1), sequences.lost_before(cpu, 9)], [0, 0]);
        }
        assert_eq!((sequences.seen(), sequences.lost(), sequences.untracked()), (4, 0, 4));
        assert!(sequences.last.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_left_out_is_what_is_counted(first: u32, kept in proptest::collection::vec(any::<bool>(), 1..300)) {
            let mut sequences = Sequences::default();
            let mut kept: Vec<_> = kept;
            // Before the first and after the last nothing can be known.
            kept[0] = true;
            kept.push(true);
            for seq in (0_u32..).zip(&kept).filter(|(_, kept)| **kept).map(|(n, _)| first.wrapping_add(n)) {
                sequences.lost_before(1, seq);
            }
            prop_assert_eq!(sequences.seen() + sequences.lost(), kept.len() as u64);
        }
    }
}
