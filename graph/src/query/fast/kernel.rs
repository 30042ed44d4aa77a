//! Comparisons of a few thousand flows at once.

use std::sync::Arc;

use super::array::Array;
use crate::query::check::Ranges;
use crate::{Rate, Time};

/// So many words of 64 flows are compared at once.
pub(super) const WORDS: usize = 64;

/// A bit for each flow of a chunk.
pub(super) type Mask = [u64; WORDS];

/// What two numbers of a flow come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::query) enum Of {
    /// The first of them.
    One,
    /// Their sum.
    Sum,
    /// How much more the first is.
    Difference,
}

/// A filter, ready to be run: arrays are meant by their places.
#[derive(Debug)]
pub(super) enum Node {
    Always(bool),
    /// Cheapest first.
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// What is known of the things of an array: no, yes, or ask further.
    Codes {
        array: usize,
        truth: Arc<[u8]>,
        further: Option<Box<Node>>,
    },
    /// A number is in one of these.
    Numbers {
        arrays: [usize; 2],
        of: Of,
        ranges: Ranges<u64>,
    },
    /// A rate is, just now.
    Rates {
        array: usize,
        which: Which,
        ranges: Ranges<u64>,
    },
}

/// Which rates of a flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::query) enum Which {
    Both,
    Sent,
    Received,
}

/// No.
pub(super) const NO: u8 = 0;
/// Yes.
pub(super) const YES: u8 = 1;
/// It is said elsewhere.
pub(super) const ASK: u8 = 2;

impl Node {
    /// About how long a flow takes.
    pub(super) fn cost(&self) -> usize {
        match self {
            Node::Always(_) => 0,
            Node::Numbers { of, ranges, .. } => ranges.each().len().min(8) + usize::from(*of != Of::One),
            Node::Codes { truth, further, .. } => 2 + truth.len() / 32_768 + further.as_ref().map_or(0, |further| further.cost()),
            Node::Rates { .. } => 20,
            Node::Not(node) => node.cost(),
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(Node::cost).sum(),
        }
    }

    /// Those of `alive` for which it holds; `first` is the first place of the chunk.
    pub(super) fn run(&self, arrays: &[Array], now: Time, first: usize, alive: &Mask) -> Mask {
        match self {
            Node::Always(true) => *alive,
            Node::Always(false) => [0; WORDS],
            Node::And(nodes) => {
                nodes.iter().fold(*alive, |alive, node| if alive == [0; WORDS] { alive } else { node.run(arrays, now, first, &alive) })
            }
            Node::Or(nodes) => nodes.iter().fold([0; WORDS], |found, node| {
                let left = zip(alive, &found, |alive, found| alive & !found);
                if left == [0; WORDS] { found } else { zip(&found, &node.run(arrays, now, first, &left), |a, b| a | b) }
            }),
            Node::Not(node) => zip(alive, &node.run(arrays, now, first, alive), |alive, found| alive & !found),
            Node::Codes { array, truth, further } => {
                let Some(Array::Codes(codes, _)) = arrays.get(*array) else { return [0; WORDS] };
                let known = |at: usize| codes.get(at).and_then(|code| truth.get(*code as usize)).copied().unwrap_or(NO);
                let found = each(codes, first, alive, |code| truth.get(code as usize).is_some_and(|truth| *truth == YES));
                let Some(further) = further else { return found };
                let ask = by_bit(first, alive, |at| known(at) == ASK);
                if ask == [0; WORDS] { found } else { zip(&found, &further.run(arrays, now, first, &ask), |a, b| a | b) }
            }
            Node::Numbers { arrays: [one, other], of, ranges } => {
                let (Some(Array::Numbers(ones)), Some(Array::Numbers(others))) = (arrays.get(*one), arrays.get(*other)) else {
                    return [0; WORDS];
                };
                let within = |n: u64| ranges.has(&n);
                let pair = |at: usize| (ones.get(at).copied().unwrap_or(0), others.get(at).copied().unwrap_or(0));
                match (of, ranges.each()) {
                    (Of::One, [range]) => {
                        let (least, most) = (*range.start(), *range.end());
                        each(ones, first, alive, |n| (n >= least) & (n <= most))
                    }
                    (Of::One, _) => each(ones, first, alive, within),
                    (Of::Sum, _) => each_pair(ones, others, first, alive, |a, b| within(a.saturating_add(b))),
                    (Of::Difference, _) => by_bit(first, alive, |at| {
                        let (a, b) = pair(at);
                        within(a.saturating_sub(b))
                    }),
                }
            }
            Node::Rates { array, which, ranges } => {
                let Some(Array::Rates(rates)) = arrays.get(*array) else { return [0; WORDS] };
                let least = ranges.each().first().map_or(u64::MAX, |range| *range.start());
                by_bit(first, alive, |at| {
                    let [sent, received] = rates.get(at).copied().unwrap_or_default();
                    // Rates only fall by themselves: what was less is less.
                    if least as f64 > f64::from(most(&sent, &received)) + 1.0 {
                        return false;
                    }
                    let rate = rate(*which, &sent, &received, now);
                    ranges.has(&rate)
                })
            }
        }
    }
}

fn most(sent: &Rate, received: &Rate) -> f32 {
    sent.last() + received.last()
}

/// The rate as a row shows it.
pub(super) fn rate(which: Which, sent: &Rate, received: &Rate, now: Time) -> u64 {
    let rate = match which {
        Which::Both => sent.at(now) + received.at(now),
        Which::Sent => sent.at(now),
        Which::Received => received.at(now),
    };
    rate.round() as u64
}

fn zip(a: &Mask, b: &Mask, with: impl Fn(u64, u64) -> u64) -> Mask {
    let mut out = *a;
    out.iter_mut().zip(b).for_each(|(a, b)| *a = with(*a, *b));
    out
}

/// Looks at every value of a word in which something lives: that goes several at a time.
#[inline]
fn each<T: Copy>(values: &[T], first: usize, alive: &Mask, holds: impl Fn(T) -> bool) -> Mask {
    let mut out = [0; WORDS];
    let words = values.get(first..).unwrap_or_default().chunks(64);
    for ((out, alive), values) in out.iter_mut().zip(alive).zip(words) {
        if *alive != 0 {
            let bits = values.iter().enumerate().fold(0, |bits, (at, value)| bits | u64::from(holds(*value)) << at);
            *out = bits & alive;
        }
    }
    out
}

#[inline]
fn each_pair(ones: &[u64], others: &[u64], first: usize, alive: &Mask, holds: impl Fn(u64, u64) -> bool) -> Mask {
    let mut out = [0; WORDS];
    let (ones, others) = (ones.get(first..).unwrap_or_default().chunks(64), others.get(first..).unwrap_or_default().chunks(64));
    for ((out, alive), (ones, others)) in out.iter_mut().zip(alive).zip(ones.zip(others)) {
        if *alive != 0 {
            let pairs = ones.iter().zip(others).enumerate();
            let bits = pairs.fold(0, |bits, (at, (one, other))| bits | u64::from(holds(*one, *other)) << at);
            *out = bits & alive;
        }
    }
    out
}

/// Looks at each flow that lives.
#[inline]
fn by_bit(first: usize, alive: &Mask, holds: impl Fn(usize) -> bool) -> Mask {
    let mut out = [0; WORDS];
    for (word, (out, alive)) in out.iter_mut().zip(alive).enumerate() {
        let mut left = *alive;
        while left != 0 {
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            *out |= u64::from(holds(first + word * 64 + bit)) << bit;
        }
    }
    out
}
