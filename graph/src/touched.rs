//! Which flows changed since queries last looked: kept only while somebody asks.

use crate::FlowId;
use crate::query::slot;

/// The flows that are to be looked at again, each about once.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Whether anybody asks.
    asked: bool,
    /// Whether there are so many that all are.
    all: bool,
    list: Vec<FlowId>,
    /// A bit for each place in the list.
    marks: Vec<u64>,
}

/// What is to be looked at again.
pub(crate) enum Again {
    /// These, in the order in which they changed; those that are gone, too.
    These(Vec<FlowId>),
    /// All.
    All,
}

impl Touched {
    /// A flow is about to change.
    pub(crate) fn mark(&mut self, id: FlowId) {
        if !self.asked || self.all {
            return;
        }
        let slot = slot(id);
        if self.marks.len() <= slot / 64 {
            self.marks.resize(slot / 64 + 1, 0);
        }
        if let Some(word) = self.marks.get_mut(slot / 64)
            && *word >> (slot % 64) & 1 == 0
        {
            *word |= 1 << (slot % 64);
            self.list.push(id);
        }
    }

    /// A flow comes or goes: one that had its place may be marked there.
    pub(crate) fn turn(&mut self, id: FlowId, live: usize) {
        if !self.asked || self.all {
            return;
        }
        self.list.push(id);
        if self.list.len() > live.max(1 << 16) * 2 {
            self.everything();
        }
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
        self.marks.fill(0);
        Again::These(std::mem::take(&mut self.list))
    }
}
