//! What was tried of late, and by whom: one log of all, in which the tries of each host are a chain.

use std::collections::VecDeque;
use std::iter::successors;

use hashbrown::HashMap;

use super::sweep::LEAST_SILENT;
use crate::{FlowId, HostId, HostKey, Proto, Time};

/// So many tries are remembered; the oldest makes room.
const MOST: usize = 1 << 18;
/// So many of one host; of what it tries beyond that nothing is remembered until there is room again. So it takes many to push out what others did.
const MOST_OF_ONE: u32 = 1 << 14;
/// A host is looked at again once of one in so many of its tries more is known.
const NEWS: u32 = 16;

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// That is not known yet.
    Awaited,
    /// Nothing was said to it.
    Silence,
    /// Something was.
    Given,
    /// The flow was gone before it was looked at, or nobody counts what it moves.
    Lost,
}

/// One host began a flow with another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try {
    pub(super) from: HostId,
    /// By its address: a host that nobody talked to for a while is forgotten sooner than what was tried.
    pub(super) to: HostKey,
    pub(super) flow: FlowId,
    pub(super) at: Time,
    /// How far back in the log the one before of the same host stands; 0: it is the first.
    back: u32,
    /// 0 where there are none.
    pub(super) port: u16,
    pub(super) proto: Proto,
    pub(super) answer: Answer,
}

impl Try {
    pub(super) const fn new(from: HostId, to: HostKey, proto: Proto, port: u16, flow: FlowId, at: Time) -> Try {
        Try { from, to, flow, at, back: 0, port, proto, answer: Answer::Awaited }
    }
}

/// How much of what is in the log is of one host.
#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// The number of its newest try.
    last: u64,
    tries: u32,
    awaited: u32,
    silent: u32,
    /// How many answers, or silences, became known since it was last looked at.
    news: u32,
    /// Whether it was looked at since it last tried anything, and had come to rest.
    rested: bool,
}

impl Source {
    /// Whether it scans if nobody answers any more.
    const fn may_scan(&self) -> bool {
        self.silent + self.awaited >= LEAST_SILENT
    }
}

/// What was tried of late.
#[derive(Debug, Default)]
pub(super) struct Tries {
    log: VecDeque<Try>,
    /// The number of the first in the log; each has one more than the one before.
    begin: u64,
    /// The number of the first for whose answer nobody waited long enough yet.
    waiting: u64,
    sources: HashMap<HostId, Source>,
    /// Those who may scan, and some that may no more.
    suspects: Vec<HostId>,
}

impl Tries {
    /// Remembers a try.
    pub(super) fn put(&mut self, one: Try) {
        if self.log.len() >= MOST {
            self.forget_first();
        }
        let number = self.begin + self.log.len() as u64;
        let source = self.sources.entry(one.from).or_default();
        if source.tries >= MOST_OF_ONE {
            return;
        }
        let back = if source.tries == 0 { 0 } else { (number - source.last) as u32 };
        self.log.push_back(Try { back, ..one });
        source.last = number;
        source.tries += 1;
        source.awaited += 1;
        source.rested = false;
        if source.silent + source.awaited == LEAST_SILENT {
            self.suspects.push(one.from);
        }
    }

    /// Forgets what was tried before that.
    pub(super) fn forget(&mut self, before: Time) {
        while self.log.front().is_some_and(|one| one.at < before) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(one) = self.log.pop_front() else { return };
        self.begin += 1;
        self.waiting = self.waiting.max(self.begin);
        if let Some(source) = self.sources.get_mut(&one.from) {
            source.tries -= 1;
            source.awaited -= u32::from(one.answer == Answer::Awaited);
            source.silent -= u32::from(one.answer == Answer::Silence);
            if source.tries == 0 {
                self.sources.remove(&one.from);
            }
        }
    }

    /// Asks what came of what was tried until then, and of those who may scan what came of the rest as well: there an answer may still come.
    /// Returns the hosts that may scan, as far as much became known of them since they were last returned.
    pub(super) fn ask(&mut self, late: Time, answer: impl Fn(FlowId, bool) -> Answer) -> Vec<HostId> {
        while let Some(one) = self.log.get_mut((self.waiting - self.begin) as usize).filter(|one| one.at <= late) {
            settle(one, &mut self.sources, |flow| answer(flow, false));
            self.waiting += 1;
        }
        self.suspects.sort_unstable();
        self.suspects.dedup();
        let Tries { log, begin, waiting, sources, suspects } = self;
        suspects.retain(|from| sources.get(from).is_some_and(Source::may_scan));
        for from in &*suspects {
            let mut next = sources.get(from).map(|source| source.last);
            while let Some(number) = next.filter(|number| number >= waiting)
                && let Some(one) = log.get_mut((number - *begin) as usize)
            {
                settle(one, sources, |flow| answer(flow, true));
                next = (one.back > 0).then(|| number - u64::from(one.back));
            }
        }
        suspects.iter().copied().filter(|from| is_due(sources.get_mut(from), log, *begin, late)).collect()
    }

    /// What a host tried, the newest first.
    pub(super) fn of(&self, from: HostId) -> impl Iterator<Item = &Try> {
        let at = move |number: u64| Some((number, self.log.get(number.checked_sub(self.begin)? as usize)?));
        let newest = self.sources.get(&from).and_then(|source| at(source.last));
        successors(newest, move |(number, one)| if one.back > 0 { at(number - u64::from(one.back)) } else { None }).map(|(_, one)| one)
    }

    /// Whether it tried more than is remembered.
    pub(super) fn is_full(&self, from: HostId) -> bool {
        self.sources.get(&from).is_some_and(|source| source.tries >= MOST_OF_ONE)
    }
}

/// What came of it is known now, or still awaited.
fn settle(one: &mut Try, sources: &mut HashMap<HostId, Source>, answer: impl Fn(FlowId) -> Answer) {
    if one.answer != Answer::Awaited {
        return;
    }
    one.answer = answer(one.flow);
    if let Some(source) = sources.get_mut(&one.from).filter(|_| one.answer != Answer::Awaited) {
        source.awaited -= 1;
        source.silent += u32::from(one.answer == Answer::Silence);
        source.news += u32::from(one.answer != Answer::Lost);
    }
}

/// Whether a host is to be looked at: enough of its tries are silent, and there is news of many of them, or it came to rest. Then there is no news of it any more.
fn is_due(source: Option<&mut Source>, log: &VecDeque<Try>, begin: u64, late: Time) -> bool {
    let Some(source) = source.filter(|source| source.silent >= LEAST_SILENT && !source.rested) else { return false };
    source.rested = log.get(source.last.saturating_sub(begin) as usize).is_some_and(|newest| newest.at <= late);
    let is_due = source.rested || source.news.saturating_mul(NEWS) >= source.tries;
    if is_due {
        source.news = 0;
    }
    is_due
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::{Proto, Realm};
    use proptest::prelude::*;
    use slotmap::KeyData;

    /// The identity of that number, as if it lived in a model.
    fn key<K: From<KeyData>>(n: u64) -> K {
        KeyData::from_ffi((1 << 32) | (n + 1)).into()
    }

    const TO: HostKey = HostKey { realm: Realm::GLOBAL, addr: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)) };

    fn tried(from: u64, port: u16, at: Time) -> Try {
        Try::new(key(from), TO, Proto::TCP, port, key(u64::from(port)), at)
    }

    impl Tries {
        /// The bytes that it has taken of memory.
        fn bytes(&self) -> usize {
            let slot = size_of::<(HostId, Source)>() + 1;
            self.log.capacity() * size_of::<Try>() + self.sources.capacity() * 8 / 7 * slot + self.suspects.capacity() * size_of::<HostId>()
        }
    }

    #[test]
    fn neither_a_million_hosts_nor_a_million_ports_of_one_take_more_than_there_is() {
        let mut tries = Tries::default();
        for n in 0..1_000_000 {
            tries.put(tried(n, 1, Time(n)));
        }
        assert_eq!((tries.log.len(), tries.sources.len(), tries.suspects.len()), (MOST, MOST, 0));
        assert!(tries.of(key(1)).next().is_none() && tries.of(key(999_999)).count() == 1, "the oldest made room");
        assert!(tries.bytes() <= 36 << 20, "{} bytes", tries.bytes());
        for n in 0..1_000_000 {
            tries.put(tried(7, n as u16, Time(1_000_000 + n)));
        }
        assert_eq!((tries.of(key(7)).count(), tries.is_full(key(7))), (MOST_OF_ONE as usize, true));
        assert_eq!(tries.of(key(999_999)).count(), 1, "and it pushed out few of the others");
        tries.forget(Time(3_000_000));
        assert!(tries.sources.is_empty() && tries.log.is_empty());
    }

    #[test]
    fn hosts_that_come_and_go_between_two_looks_are_suspects_once() {
        let mut tries = Tries::default();
        for n in 0..4 * MOST as u64 {
            tries.put(tried(n / u64::from(LEAST_SILENT) % 9_000, 1, Time(n)));
        }
        tries.ask(Time::ZERO, |_, _| Answer::Awaited);
        assert!(!tries.suspects.is_empty() && tries.suspects.len() <= MOST / LEAST_SILENT as usize, "{}", tries.suspects.len());
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_is_in_the_log(
            deeds in proptest::collection::vec((0..6_u64, 0..4_u64, 0..120_u16, 0..3_u64), 1..60),
        ) {
            let (mut tries, mut now) = (Tries::default(), 0);
            for (deed, from, many, secs) in deeds {
                match deed {
                    0 => tries.forget(Time::from_secs(now).minus(std::time::Duration::from_secs(secs))),
                    1 | 2 => {
                        let answers = [Answer::Awaited, Answer::Silence, Answer::Given, Answer::Lost];
                        let answer = |flow: FlowId, may_come| {
                            let nth = slotmap::Key::data(&flow).as_ffi() as usize % 4;
                            if may_come { answers[nth] } else { answers[nth.max(1)] }
                        };
                        let due = tries.ask(Time::from_secs(now.saturating_sub(secs)), answer);
                        prop_assert!(due.iter().all(|from| tries.of(*from).filter(|one| one.answer == Answer::Silence).count() >= LEAST_SILENT as usize));
                    }
                    _ => (0..many).for_each(|port| tries.put(tried(from, port, Time::from_secs(now)))),
                }
                now += secs;
                let mut hosts: Vec<HostId> = tries.log.iter().map(|one| one.from).collect();
                hosts.sort_unstable();
                hosts.dedup();
                prop_assert_eq!(hosts.len(), tries.sources.len());
                for host in hosts {
                    let count = |answer| tries.log.iter().filter(|one| one.from == host && one.answer == answer).count() as u32;
                    let source = tries.sources[&host];
                    prop_assert_eq!((source.awaited, source.silent), (count(Answer::Awaited), count(Answer::Silence)));
                    let chain: Vec<_> = tries.of(host).map(|one| (one.at, one.port)).collect();
                    let log: Vec<_> = tries.log.iter().rev().filter(|one| one.from == host).map(|one| (one.at, one.port)).collect();
                    prop_assert_eq!(chain.len() as u32, source.tries);
                    prop_assert_eq!(chain, log);
                    prop_assert!(!source.may_scan() || tries.suspects.contains(&host));
                }
            }
        }
    }
}
