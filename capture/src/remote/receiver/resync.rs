//! Snapshots: when one is wanted, and what of it is missing.

use std::time::Duration;

use graph::Time;
use smallvec::SmallVec;
use wire::glouglou::{ResyncReq, Snapshot};

use super::super::MODULES;

/// The probe is asked for the same module no more often.
const APART: Duration = Duration::from_secs(2);
/// A snapshot of which nothing came for so long has stopped.
const QUIET: Duration = Duration::from_millis(500);
/// No snapshot has more records.
const MAX_COUNT: u32 = 1 << 22;
/// As many ranges are asked for at once.
const MAX_RANGES: usize = 128;

/// The snapshots of a probe's modules.
#[derive(Debug, Default)]
pub(super) struct Resync {
    modules: [Module; MODULES.len()],
}

#[derive(Debug, Default)]
struct Module {
    /// A snapshot is wanted that has everything before this event.
    wanted: Option<u64>,
    asked: Option<Time>,
    incoming: Option<Incoming>,
    /// Snapshots up to this one are over.
    done: u32,
}

#[derive(Debug)]
struct Incoming {
    begin: Snapshot,
    cut: u64,
    got: Vec<u64>,
    left: u32,
    heard: Time,
    ended: bool,
}

impl Resync {
    /// What was told before event `next` is not sure any more.
    pub(super) fn want(&mut self, next: u64) {
        for module in &mut self.modules {
            module.wanted = Some(next);
        }
    }

    /// Begins anew: another session, and where the probe did too, other numbers.
    pub(super) fn restart(&mut self, next: u64, rebooted: bool) {
        for module in &mut self.modules {
            if module.incoming.take().is_some() || rebooted {
                module.wanted = Some(next);
            }
            module.asked = None;
            if rebooted {
                module.done = 0;
            }
        }
    }

    /// Whether a snapshot of each module is wanted or on its way.
    pub(super) fn awaited(&self) -> [bool; 2] {
        self.modules.each_ref().map(|module| module.wanted.is_some() || module.incoming.is_some())
    }

    /// A content says that it is part of a snapshot. Returns whether that is the one that is being taken in.
    pub(super) fn begin(&mut self, now: Time, begin: &Snapshot, cut: u64) -> bool {
        let Some(module) = self.modules.get_mut(usize::from(begin.module)) else { return false };
        if begin.snapshot_id <= module.done || begin.count > MAX_COUNT {
            return false;
        }
        if let Some(incoming) = module.incoming.as_mut().filter(|incoming| incoming.begin.snapshot_id >= begin.snapshot_id) {
            incoming.heard = now;
            return incoming.begin == *begin && incoming.cut == cut;
        }
        if module.wanted.is_none() && module.incoming.is_none() {
            // Asked for twice: what ended since it was made was not remembered.
            module.done = begin.snapshot_id;
            return false;
        }
        module.wanted.take_if(|wanted| *wanted <= cut);
        let got = vec![0; begin.count.div_ceil(64) as usize];
        module.incoming = Some(Incoming { begin: *begin, cut, got, left: begin.count, heard: now, ended: false });
        true
    }

    /// A record of it. Returns whether it is the first time that it came.
    pub(super) fn got(&mut self, module: u8, number: u32) -> bool {
        let Some(incoming) = self.incoming(module).filter(|incoming| number < incoming.begin.count) else { return false };
        let Some(bits) = incoming.got.get_mut((number / 64) as usize) else { return false };
        let bit = 1 << (number % 64);
        let is_new = *bits & bit == 0;
        *bits |= bit;
        incoming.left -= u32::from(is_new);
        is_new
    }

    /// All of it was sent.
    pub(super) fn end(&mut self, module: u8) {
        if let Some(incoming) = self.incoming(module) {
            incoming.ended = true;
        }
    }

    /// The snapshot of a module, if all of it is there: its number, and the first event that is not in it.
    pub(super) fn complete(&mut self, module: u8) -> Option<(u32, u64)> {
        let module = self.modules.get_mut(usize::from(module))?;
        let incoming = module.incoming.take_if(|incoming| incoming.left == 0)?;
        module.done = incoming.begin.snapshot_id;
        Some((incoming.begin.snapshot_id, incoming.cut))
    }

    /// What ended meanwhile is not known: another snapshot is wanted instead.
    pub(super) fn drop(&mut self, module: u8, next: u64) {
        if let Some(module) = self.modules.get_mut(usize::from(module)) {
            if let Some(incoming) = module.incoming.take() {
                module.done = incoming.begin.snapshot_id;
            }
            module.wanted = Some(next);
        }
    }

    /// What the probe is to be asked for now.
    pub(super) fn ask(&mut self, now: Time) -> Option<ResyncReq> {
        let mut all = ResyncReq { probe_id: 0, modules: 0, snapshot_id: 0, ranges: SmallVec::new() };
        for (number, module) in MODULES.into_iter().zip(&mut self.modules) {
            if module.ask_at().is_none_or(|at| at > now) {
                continue;
            }
            if let Some(incoming) = &module.incoming {
                // A request that has ranges is of one module.
                if all.modules == 0 {
                    module.asked = Some(now);
                    let (snapshot_id, ranges) = (incoming.begin.snapshot_id, incoming.missing());
                    return Some(ResyncReq { probe_id: 0, modules: 1 << number, snapshot_id, ranges });
                }
            } else {
                module.asked = Some(now);
                all.modules |= 1 << number;
            }
        }
        (all.modules != 0).then_some(all)
    }

    /// The clock was set back by so much.
    pub(super) fn set_back(&mut self, by: Duration) {
        for module in &mut self.modules {
            module.asked = module.asked.map(|asked| asked.minus(by));
            module.incoming.iter_mut().for_each(|incoming| incoming.heard = incoming.heard.minus(by));
        }
    }

    /// When there is something to ask.
    pub(super) fn due(&self) -> Option<Time> {
        self.modules.iter().filter_map(Module::ask_at).min()
    }

    fn incoming(&mut self, module: u8) -> Option<&mut Incoming> {
        self.modules.get_mut(usize::from(module))?.incoming.as_mut()
    }
}

impl Module {
    fn ask_at(&self) -> Option<Time> {
        let again = self.asked.map_or(Time::ZERO, |asked| asked.plus(APART));
        match &self.incoming {
            Some(incoming) => Some(if incoming.ended { again } else { incoming.heard.plus(QUIET).max(again) }),
            None => self.wanted.map(|_| again),
        }
    }
}

impl Incoming {
    /// The first ranges of numbers that did not come.
    fn missing(&self) -> SmallVec<[(u32, u32); 4]> {
        let mut ranges: SmallVec<[(u32, u32); 4]> = SmallVec::new();
        let bits = self
            .got
            .iter()
            .zip((0..).step_by(64))
            .flat_map(|(bits, first): (&u64, u32)| (0..64).filter(move |bit| bits & 1 << bit == 0).map(move |bit| first + bit));
        for number in bits.take_while(|number| *number < self.begin.count) {
            if let Some((_, to)) = ranges.last_mut().filter(|(_, to)| *to + 1 == number) {
                *to = number;
            } else if ranges.len() < MAX_RANGES {
                ranges.push((number, number));
            } else {
                break;
            }
        }
        ranges
    }
}
