//! Which flows changed since queries last looked: kept only while somebody asks.

use crate::FlowId;
use crate::query::slot;

/// How much of a flow is to be looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What counting it changes: counters, rates, when it was last heard of and by whom.
    Counts,
    /// Whatever is known of it.
    Whole,
}

/// The flows that are to be looked at again, each about once.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Whether anybody asks.
    asked: bool,
    /// Whether there are so many that all are.
    all: bool,
    list: Vec<FlowId>,
    /// Two bits for each place: whether it is in the list, and whether more of it changed than its counts.
    marks: Vec<[u64; 2]>,
}

/// What is to be looked at again.
pub(crate) enum Again {
    /// These, in the order in which they changed; those that are gone, too.
    These(Vec<(FlowId, Part)>),
    /// All.
    All,
}

impl Touched {
    /// A flow is about to change.
    pub(crate) fn mark(&mut self, id: FlowId, part: Part) {
        if self.asked && !self.all && self.set(id, part) {
            self.list.push(id);
        }
    }

    /// A flow comes or goes: one that had its place may be marked there.
    pub(crate) fn turn(&mut self, id: FlowId, live: usize) {
        if !self.asked || self.all {
            return;
        }
        self.set(id, Part::Whole);
        self.list.push(id);
        if self.list.len() > live.max(1 << 16) * 2 {
            self.everything();
        }
    }

    /// Notes what changed at a flow's place. Returns whether nothing had before.
    fn set(&mut self, id: FlowId, part: Part) -> bool {
        let (slot, bit) = (slot(id) / 64, 1 << (slot(id) % 64));
        if self.marks.len() <= slot {
            self.marks.resize(slot + 1, [0; 2]);
        }
        let Some([listed, whole]) = self.marks.get_mut(slot) else { return false };
        let is_new = *listed & bit == 0;
        *listed |= bit;
        if part == Part::Whole {
            *whole |= bit;
        }
        is_new
    }

    /// Every flow changed, or may have.
    pub(crate) fn everything(&mut self) {
        (self.all, self.list, self.marks) = (true, Vec::new(), Vec::new());
    }

    /// Nobody asks any more.
    pub(crate) fn rest(&mut self) {
        *self = Touched::default();
    }

    /// Takes what is to be looked at; from now on it is asked again.
    pub(crate) fn take(&mut self) -> Again {
        if !self.asked || self.all {
            (self.asked, self.all) = (true, false);
            return Again::All;
        }
        let (list, marks) = (std::mem::take(&mut self.list), &mut self.marks);
        let is_whole = |id: FlowId| marks.get(slot(id) / 64).is_some_and(|[_, whole]| whole >> (slot(id) % 64) & 1 == 1);
        let these = list.into_iter().map(|id| (id, if is_whole(id) { Part::Whole } else { Part::Counts })).collect();
        marks.fill([0; 2]);
        Again::These(these)
    }
}
