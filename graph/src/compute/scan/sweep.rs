//! What the tries of one host amount to: which of them are of many ports of a host, or of many hosts in one way, and mostly without an answer.

use super::{Answer, Try};
use crate::{HostId, HostKey, Proto, Time};

/// So many ports of one host: more than a traced route takes.
const PORTS: usize = 100;
/// So many hosts on one port.
const HOSTS: usize = 60;
/// Of all targets whose answer is known, in a hundred.
const SILENT_PERCENT: usize = 75;
/// So many are counted; beyond that there are "at least" so many.
const MOST_TARGETS: usize = 4_096;

/// Whoever has fewer tries without an answer does not scan.
pub(super) const LEAST_SILENT: u32 = (HOSTS * SILENT_PERCENT).div_ceil(100) as u32;

/// Who tries what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Way {
    /// Ports of one host.
    Ports(HostId, HostKey, Proto),
    /// Hosts on one port, or by a protocol without ports.
    Hosts(HostId, Proto, u16),
}

/// Many targets that one host tried in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sweep {
    pub(super) way: Way,
    pub(super) targets: usize,
    pub(super) first: Time,
    pub(super) last: Time,
}

/// The sweeps among all that one host tried.
pub(super) fn sweeps(tries: &mut [Try]) -> Vec<Sweep> {
    let mut found = Vec::new();
    tries.sort_unstable_by_key(|one| (one.proto, one.port, one.to));
    for tries in tries.chunk_by(|a, b| (a.proto, a.port) == (b.proto, b.port)) {
        found.extend(sweep(tries, HOSTS, |one| Way::Hosts(one.from, one.proto, one.port), |one| one.to));
    }
    tries.sort_unstable_by_key(|one| (one.proto, one.to, one.port));
    for tries in tries.chunk_by(|a, b| (a.proto, a.to) == (b.proto, b.to)) {
        found.extend(sweep(tries, PORTS, |one| Way::Ports(one.from, one.to, one.proto), |one| one.port));
    }
    found
}

/// Tries of one way as a sweep, if they are one; they are sorted by target. One that was tried again has answered if it did so once.
fn sweep<T: PartialEq>(tries: &[Try], enough: usize, way: fn(&Try) -> Way, target: fn(&Try) -> T) -> Option<Sweep> {
    if tries.len() < enough {
        return None;
    }
    let [mut targets, mut known, mut silent] = [0; 3];
    for tries in tries.chunk_by(|a, b| target(a) == target(b)) {
        let is = |answer| tries.iter().any(|one| one.answer == answer);
        targets += 1;
        match (is(Answer::Given), is(Answer::Silence)) {
            (true, _) => known += 1,
            (false, true) => (known, silent) = (known + 1, silent + 1),
            (false, false) => {}
        }
    }
    let is_scan = known >= enough && silent * 100 >= known * SILENT_PERCENT;
    let times = || tries.iter().map(|one| one.at);
    Some(Sweep { way: way(tries.first()?), targets: targets.min(MOST_TARGETS), first: times().min()?, last: times().max()? })
        .filter(|_| is_scan)
}

impl Sweep {
    /// The evidence, in words. Where not all was remembered that the host tried, it says so.
    pub(super) fn words(&self, is_part: bool) -> String {
        let (many, secs) = (self.targets, self.last.since(self.first).as_secs().max(1));
        let least = if is_part || many >= MOST_TARGETS { "at least " } else { "" };
        match self.way {
            Way::Ports(_, of, _) => format!("{least}{many} ports of {} in {secs} s", of.addr),
            Way::Hosts(_, proto, 0) => format!("{least}{many} hosts by {proto} in {secs} s"),
            Way::Hosts(_, proto, port) => format!("{least}{many} hosts on {proto}/{port} in {secs} s"),
        }
    }
}
