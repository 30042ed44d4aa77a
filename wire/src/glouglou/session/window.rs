//! Which datagrams were heard: a window that slides with the newest.

const BITS: u64 = 1024;
const WORD: u64 = u64::BITS as u64;
const WORDS: usize = (BITS / WORD) as usize;

/// The last 1,024 numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    /// One above the newest; zero before the first.
    next: u64,
    seen: [u64; WORDS],
}

impl Window {
    /// Whether a number was not heard yet, and is not too old to know.
    pub(super) fn is_new(&self, seq: u64) -> bool {
        if seq >= self.next {
            return seq < u64::MAX;
        }
        self.next - seq <= BITS && self.word(seq) & bit(seq) == 0
    }

    /// It was heard. Only what was verified may move the window.
    pub(super) fn hear(&mut self, seq: u64) {
        if seq >= self.next {
            let ahead = (seq - self.next).min(BITS);
            (0..=ahead).for_each(|offset| self.set(seq - offset, false));
            self.next = seq + 1;
        }
        self.set(seq, true);
    }

    fn word(&self, seq: u64) -> u64 {
        self.seen.get(place(seq)).copied().unwrap_or_default()
    }

    fn set(&mut self, seq: u64, heard: bool) {
        if let Some(word) = self.seen.get_mut(place(seq)) {
            if heard { *word |= bit(seq) } else { *word &= !bit(seq) }
        }
    }
}

fn place(seq: u64) -> usize {
    (seq / WORD % WORDS as u64) as usize
}

fn bit(seq: u64) -> u64 {
    1 << (seq % WORD)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_takes_each_number_once_and_none_that_is_too_old(steps in proptest::collection::vec((0u64..1500, any::<bool>()), 1..400)) {
            let (mut window, mut heard, mut newest) = (Window::default(), BTreeSet::new(), 0u64);
            for (step, back) in steps {
                let seq = if back { newest.saturating_sub(step) } else { newest + step };
                let expected = !heard.contains(&seq) && (heard.is_empty() || newest < BITS + seq);
                prop_assert_eq!(window.is_new(seq), expected, "{} after {}", seq, newest);
                if expected {
                    window.hear(seq);
                    heard.insert(seq);
                    newest = newest.max(seq);
                }
            }
        }
    }

    #[test]
    fn the_last_number_of_all_is_never_taken() {
        assert!(!Window::default().is_new(u64::MAX));
    }
}
