//! What happened in a model, as far as somebody listens.

use crate::column::ColumnSet;
use crate::{ColumnId, FlowId, HostId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Happening {
    /// A host came, or is nearer to this machine or farther from it than it was.
    Host(HostId),
    /// What is known of a host's names changed.
    HostNamed(HostId),
    /// Another value of this column holds for a host.
    HostTagged(HostId, ColumnId),
    /// A flow began.
    Flow(FlowId),
    /// Another value of this column holds for a flow, or for one of its ends.
    FlowTagged(FlowId, ColumnId),
    /// A flow was heard of in a slice for the first time.
    FlowCounted(FlowId),
    /// One end of a flow has an owner, or another one.
    FlowOwned(FlowId),
    /// A flow ended, and lingers.
    FlowClosed(FlowId),
}

/// What somebody wants to be told of.
///
/// ```
/// use graph::{Column, Interest, RegistryBuilder, ValueType};
///
/// let mut columns = RegistryBuilder::default();
/// let mac = columns.register(Column::new("mac", ValueType::Mac, "hardware address").endpoint())?;
/// let interest = Interest::default().hosts().flow_tags([mac]);
/// # Ok::<(), graph::RegistryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// A bit for each kind that has no column.
    kinds: u8,
    flow_columns: ColumnSet,
    host_columns: ColumnSet,
}

const HOSTS: u8 = 1;
const NAMES: u8 = 2;
const FLOWS: u8 = 4;
const COUNTED: u8 = 8;
const OWNED: u8 = 16;
const CLOSED: u8 = 32;

impl Interest {
    /// Hosts that come.
    pub fn hosts(mut self) -> Self {
        self.kinds |= HOSTS;
        self
    }

    /// Names of hosts.
    pub fn names(mut self) -> Self {
        self.kinds |= NAMES;
        self
    }

    /// Flows that begin.
    pub fn flows(mut self) -> Self {
        self.kinds |= FLOWS;
        self
    }

    /// Flows that something moves in, each once a slice.
    pub fn counted(mut self) -> Self {
        self.kinds |= COUNTED;
        self
    }

    /// Owners of flows.
    pub fn owned(mut self) -> Self {
        self.kinds |= OWNED;
        self
    }

    /// Flows that end.
    pub fn closed(mut self) -> Self {
        self.kinds |= CLOSED;
        self
    }

    /// Values of these columns, of flows or of their ends.
    pub fn flow_tags(mut self, columns: impl IntoIterator<Item = ColumnId>) -> Self {
        self.flow_columns.extend(columns);
        self
    }

    /// Values of these columns, of hosts.
    pub fn host_tags(mut self, columns: impl IntoIterator<Item = ColumnId>) -> Self {
        self.host_columns.extend(columns);
        self
    }

    /// Whether it is told of that.
    pub(crate) fn takes(&self, happening: Happening) -> bool {
        match happening {
            Happening::Host(_) => self.kinds & HOSTS != 0,
            Happening::HostNamed(_) => self.kinds & NAMES != 0,
            Happening::Flow(_) => self.kinds & FLOWS != 0,
            Happening::FlowCounted(_) => self.kinds & COUNTED != 0,
            Happening::FlowOwned(_) => self.kinds & OWNED != 0,
            Happening::FlowClosed(_) => self.kinds & CLOSED != 0,
            Happening::HostTagged(_, column) => self.host_columns.has(column),
            Happening::FlowTagged(_, column) => self.flow_columns.has(column),
        }
    }

    /// The same and that.
    pub(crate) fn or(mut self, other: &Interest) -> Interest {
        self.kinds |= other.kinds;
        self.flow_columns.add_all(&other.flow_columns);
        self.host_columns.add_all(&other.host_columns);
        self
    }
}

/// So many wait to be told; more are lost, and counted.
const WAITING: usize = 1 << 18;

/// What happened and is not told yet.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    interest: Interest,
    waiting: Vec<Happening>,
    lost: u64,
}

impl Happened {
    /// What is kept from now on.
    pub(crate) fn listen(&mut self, interest: Interest) {
        self.interest = interest;
    }

    /// Keeps it, if somebody listens; what happens twice in a row is told once.
    #[inline]
    pub(crate) fn note(&mut self, happening: Happening) {
        if self.interest.takes(happening) && self.waiting.last() != Some(&happening) {
            if self.waiting.len() < WAITING {
                self.waiting.push(happening);
            } else {
                self.lost += 1;
            }
        }
    }

    /// All that waits, in the order in which it happened; `into` is emptied for it.
    pub(crate) fn take(&mut self, into: &mut Vec<Happening>) {
        into.clear();
        std::mem::swap(&mut self.waiting, into);
    }

    pub(crate) fn waits(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, RegistryBuilder, ValueType};

    #[test]
    fn what_nobody_listens_to_is_not_kept_and_what_is_kept_is_bounded() {
        let mut builder = RegistryBuilder::default();
        let names = (0..70).map(|n| &*Box::leak(format!("c{n}").into_boxed_str()));
        let columns: Vec<_> = names.map(|name| builder.register(Column::new(name, ValueType::Integer, "")).unwrap()).collect();
        let mut happened = Happened::default();
        let (flow, host) = (FlowId::default(), HostId::default());
        happened.note(Happening::Flow(flow));
        happened.listen(Interest::default().names().or(&Interest::default().flow_tags([columns[69]])));
        for happening in [
            Happening::Flow(flow),
            Happening::HostNamed(host),
            Happening::FlowTagged(flow, columns[5]),
            Happening::HostTagged(host, columns[69]),
            Happening::FlowTagged(flow, columns[69]),
        ] {
            happened.note(happening);
        }
        happened.note(Happening::FlowTagged(flow, columns[69]));
        let mut told = vec![Happening::Host(host)];
        happened.take(&mut told);
        assert_eq!(told, [Happening::HostNamed(host), Happening::FlowTagged(flow, columns[69])]);
        (0..WAITING).for_each(|n| happened.note([Happening::HostNamed(host), Happening::FlowTagged(flow, columns[69])][n % 2]));
        (0..3).for_each(|_| happened.note(Happening::HostNamed(host)));
        assert_eq!((happened.waits(), happened.lost()), (WAITING, 3));
    }
}
