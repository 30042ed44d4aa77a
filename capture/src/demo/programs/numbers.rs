//! The numbers that processes get.

use fastrand::Rng;

/// The largest number (`pid_max` of a 64-bit machine, less one), and the first that is given again after it (proc_sys_kernel(5)).
const LARGEST: u32 = 4_194_303;
const FIRST_AGAIN: u32 = 300;

/// Gives numbers, upwards, and those of the dead again only after the largest.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    last: u32,
}

impl Numbers {
    /// The next number that is not taken. The first two are 1 and 2; later others, which nobody tells of, take some of them.
    pub(super) fn next(&mut self, rng: &mut Rng, taken: impl Fn(u32) -> bool) -> u32 {
        loop {
            self.last += if self.last < 2 { 1 } else { rng.u32(1..=9) };
            if self.last > LARGEST {
                self.last = FIRST_AGAIN;
            }
            if !taken(self.last) {
                return self.last;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_again_only_when_all_were_given_and_it_is_free() {
        let (mut numbers, mut rng) = (Numbers::default(), Rng::with_seed(1));
        let free = |_| false;
        assert_eq!([numbers.next(&mut rng, free), numbers.next(&mut rng, free)], [1, 2]);
        let third = numbers.next(&mut rng, free);
        assert!((3..=11).contains(&third));
        numbers.last = LARGEST - 9;
        let mut before = numbers.last;
        let again = loop {
            let next = numbers.next(&mut rng, |pid| pid == FIRST_AGAIN);
            if next < before {
                break next;
            }
            before = next;
        };
        assert!(again > FIRST_AGAIN && again <= FIRST_AGAIN + 9, "{again}");
    }
}
