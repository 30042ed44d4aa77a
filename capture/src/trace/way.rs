//! One way while it is traced, hop by hop.

use std::net::IpAddr;

use graph::{Answer, Hop, Proto, Trace};

use super::child::{Outcome, Probed};

/// No way is followed farther.
const MAX_TTL: u8 = 30;
/// After so many silent hops in a row nobody behind them is expected to answer.
const MAX_SILENT: usize = 4;

/// What is known of it so far.
#[derive(Debug)]
pub(super) struct Way {
    dst: IpAddr,
    src: Option<IpAddr>,
    hops: Vec<Hop>,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Reached,
    Lost,
    /// Nothing was sent.
    Refused,
}

impl Way {
    pub(super) fn new(dst: IpAddr) -> Way {
        Way { dst, src: None, hops: Vec::new(), end: None }
    }

    pub(super) const fn dst(&self) -> IpAddr {
        self.dst
    }

    /// How many hops away is to be asked next; none where it has ended.
    pub(super) fn next_ttl(&self) -> Option<u8> {
        let next = u8::try_from(self.hops.len() + 1).ok().filter(|ttl| *ttl <= MAX_TTL)?;
        self.end.is_none().then_some(next)
    }

    /// What came of asking there.
    pub(super) fn take(&mut self, Probed { outcome, src }: Probed) {
        let Some(ttl) = self.next_ttl() else { return };
        self.src = src.or(self.src);
        let answer = match outcome {
            Outcome::Passed(answer) | Outcome::Reached(answer) | Outcome::Unreachable(answer) => Some(answer),
            Outcome::Silent => None,
            Outcome::Refused => {
                // What was found until then was found.
                self.end = Some(if self.hops.is_empty() { End::Refused } else { End::Lost });
                return;
            }
        };
        self.hops.push(Hop { ttl, answer });
        let silent = self.hops.iter().rev().take_while(|hop| hop.answer.is_none()).count();
        self.end = match outcome {
            Outcome::Reached(_) => Some(End::Reached),
            // Even a host that says that it is not to be reached was.
            Outcome::Unreachable(Answer { addr, .. }) => Some(if addr == self.dst { End::Reached } else { End::Lost }),
            _ if silent >= MAX_SILENT || ttl >= MAX_TTL => Some(End::Lost),
            _ => None,
        };
    }

    /// The whole of it; none where nothing was sent.
    pub(super) fn finish(self) -> Option<Trace> {
        let src = self.src.filter(|_| self.end != Some(End::Refused))?;
        let proto = if self.dst.is_ipv4() { Proto::ICMP } else { Proto::ICMPV6 };
        Some(Trace { src, dst: self.dst, proto, complete: self.end == Some(End::Reached), hops: self.hops })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn answer(n: u8) -> Answer {
        Answer { addr: Ipv4Addr::new(192, 0, 2, n).into(), rtt: Duration::from_millis(n.into()) }
    }

    /// The way to host 9, of what comes of asking; how often it is asked.
    fn trace(outcomes: impl IntoIterator<Item = Outcome>) -> (Option<Trace>, usize) {
        let mut way = Way::new(answer(9).addr);
        let (mut outcomes, mut asked) = (outcomes.into_iter(), 0);
        while let Some(ttl) = way.next_ttl() {
            asked += 1;
            assert_eq!(usize::from(ttl), asked);
            let Some(outcome) = outcomes.next() else { break };
            way.take(Probed { outcome, src: Some(answer(1).addr) });
        }
        (way.finish(), asked)
    }

    #[test]
    fn it_ends_where_the_destination_answers_or_says_that_it_does_not() {
        let hops = |ttl, n: Option<u8>| Hop { ttl, answer: n.map(answer) };
        let (found, _) = trace([Outcome::Passed(answer(2)), Outcome::Silent, Outcome::Reached(answer(9))]);
        let found = found.unwrap();
        assert_eq!((found.complete, found.hops), (true, vec![hops(1, Some(2)), hops(2, None), hops(3, Some(9))]));
        for (n, complete) in [(9, true), (3, false)] {
            let (found, asked) = trace([Outcome::Passed(answer(2)), Outcome::Unreachable(answer(n))]);
            assert_eq!((found.unwrap().complete, asked), (complete, 2));
        }
    }

    #[test]
    fn it_ends_where_nobody_answers_any_more() {
        let silent = [Outcome::Passed(answer(2)), Outcome::Silent, Outcome::Passed(answer(3))];
        let (found, asked) = trace(silent.into_iter().chain(std::iter::repeat(Outcome::Silent)));
        assert_eq!((found.unwrap().complete, asked), (false, 7));
        let (found, asked) = trace(std::iter::repeat(Outcome::Passed(answer(2))));
        assert_eq!((found.unwrap().hops.len(), asked), (30, 30));
    }

    #[test]
    fn where_nothing_is_sent_there_is_no_way() {
        assert_eq!(trace([Outcome::Refused]), (None, 1));
        let (found, _) = trace([Outcome::Passed(answer(2)), Outcome::Refused]);
        assert_eq!(found.map(|found| (found.complete, found.hops.len())), Some((false, 1)));
    }
}
