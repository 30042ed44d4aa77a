//! Which arrays answer what is asked of a flow.

use super::array::Source;
use super::kernel::{Of, Which};
use crate::Model;
use crate::field::{End, Field, What};

/// Where what is asked of a flow stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kept {
    /// It is the same for all flows that have this in common.
    Code(Source),
    /// It is a number, or follows from two.
    Numbers([Source; 2], Of),
    /// It is how long that is ago.
    Since(Source),
    /// It is a rate.
    Rates(Which),
    /// A flow has nothing of the kind, but for what is said of it.
    Nothing,
}

impl Kept {
    pub(super) const fn of(what: What, end: End) -> Kept {
        match what {
            What::Ip | What::Name | What::Label => Kept::Code(Source::Host(end)),
            What::Port => Kept::Code(Source::Port(end)),
            What::Service | What::Family | What::Proto => Kept::Code(Source::Service),
            What::State => Kept::Code(Source::State),
            What::SeenBy => Kept::Code(Source::SeenBy),
            What::Bytes => Kept::Numbers([Source::BytesSent, Source::BytesReceived], Of::Sum),
            What::BytesSent => Kept::Numbers([Source::BytesSent; 2], Of::One),
            What::BytesReceived => Kept::Numbers([Source::BytesReceived; 2], Of::One),
            What::Packets => Kept::Numbers([Source::PacketsSent, Source::PacketsReceived], Of::Sum),
            What::PacketsSent => Kept::Numbers([Source::PacketsSent; 2], Of::One),
            What::PacketsReceived => Kept::Numbers([Source::PacketsReceived; 2], Of::One),
            What::Start => Kept::Numbers([Source::First; 2], Of::One),
            What::End => Kept::Numbers([Source::Last; 2], Of::One),
            What::Duration => Kept::Numbers([Source::Last, Source::First], Of::Difference),
            What::Age => Kept::Since(Source::First),
            What::Idle => Kept::Since(Source::Last),
            What::Rate => Kept::Rates(Which::Both),
            What::RateSent => Kept::Rates(Which::Sent),
            What::RateReceived => Kept::Rates(Which::Received),
            What::Process
            | What::Pid
            | What::User
            | What::Parent
            | What::Container
            | What::Command
            | What::Exe
            | What::Cpu
            | What::Memory
            | What::Earlier
            | What::Group => Kept::Code(Source::Owner(end)),
            What::Flows | What::Peers | What::Tag(_) => Kept::Nothing,
        }
    }
}

/// Whether anybody ever said anything in a field's column.
pub(super) fn is_told(model: &Model, field: &Field) -> bool {
    let column = field.tag.and_then(|id| model.registry().column(id));
    column.is_some_and(|column| model.totals().columns.contains(column.name))
}
