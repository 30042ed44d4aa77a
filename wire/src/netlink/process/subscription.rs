//! What is asked of the kernel: to tell, or to be silent (`enum proc_cn_mcast_op`, `struct proc_input`).

use std::ops::BitOr;

use super::{connector_header, header, is_ours};
use crate::netlink::fields::Fields;
use crate::netlink::{Fault, connector};
use crate::packet::emit::{Emit, prepend, stack};

/// A request: the payload of a netlink message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subscription {
    /// The asker's number.
    pub seq: u32,
    /// The acknowledgement says one more: by it one knows one's own.
    pub ack: u32,
    /// What is asked.
    pub operation: Operation,
    /// Which events; none for the older form of the request, which means all.
    ///
    /// Linux before 6.6 ignores the form with events, and says nothing. Newer ones say nothing either where it is not for all: the
    /// acknowledgement itself does not pass the mask. Nor do what it leaves out cease to be counted, so that nobody can tell lost
    /// events by their numbers: see [`Sequences`](super::Sequences).
    pub events: Option<Events>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Tell from now on (`PROC_CN_MCAST_LISTEN`).
    Listen,
    /// Tell no more (`PROC_CN_MCAST_IGNORE`). Newer kernels do not acknowledge it.
    Ignore,
    /// What no kernel knows: it is refused with `EINVAL`.
    Other(u32),
}

impl From<u32> for Operation {
    fn from(number: u32) -> Self {
        match number {
            1 => Operation::Listen,
            2 => Operation::Ignore,
            other => Operation::Other(other),
        }
    }
}

impl From<Operation> for u32 {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Listen => 1,
            Operation::Ignore => 2,
            Operation::Other(number) => number,
        }
    }
}

/// A set of events, as bits (`enum proc_cn_event`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Events(pub u32);

impl Events {
    /// Forks, of threads too.
    pub const FORK: Events = Events(0x1);
    /// Execs.
    pub const EXEC: Events = Events(0x2);
    /// Changes of users.
    pub const UID: Events = Events(0x4);
    /// Changes of groups.
    pub const GID: Events = Events(0x40);
    /// Sessions that begin.
    pub const SID: Events = Events(0x80);
    /// Tracers that come and go.
    pub const PTRACE: Events = Events(0x100);
    /// New names.
    pub const COMM: Events = Events(0x200);
    /// Exits with a code other than 0.
    pub const NONZERO_EXIT: Events = Events(0x2000_0000);
    /// Core dumps.
    pub const CORE_DUMP: Events = Events(0x4000_0000);
    /// Exits, of threads too.
    pub const EXIT: Events = Events(0x8000_0000);
    /// All of these, and acknowledgements: the one set that the kernel passes unfiltered.
    pub const ALL: Events = Events(0xe000_03c7);

    /// Whether every bit of `other` is set.
    pub const fn contains(self, other: Events) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Events {
    type Output = Events;

    fn bitor(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }
}

impl Subscription {
    /// To be told of everything, as every kernel understands it.
    pub fn listen(seq: u32) -> Subscription {
        Subscription { seq, ack: 0, operation: Operation::Listen, events: None }
    }

    /// To be told of nothing any more.
    pub fn ignore(seq: u32) -> Subscription {
        Subscription { operation: Operation::Ignore, ..Subscription::listen(seq) }
    }

    /// The whole message, to be sent to the kernel as it is.
    pub fn message(&self) -> Vec<u8> {
        stack(&[&header(self.seq), self], &[])
    }

    /// Reads the payload of a message of the connector's; nothing where it is for another user of the connector.
    ///
    /// # Errors
    /// As [`connector::Repr::parse`], and [`Fault::ConnectorLength`] where the content is of neither form.
    pub fn parse(payload: &[u8]) -> Result<Option<Subscription>, Fault> {
        let (header, data) = connector::Repr::parse(payload)?;
        if !is_ours(&header) {
            return Ok(None);
        }
        let mut fields = Fields::new(data);
        let operation = fields.u32().map_err(|_| Fault::ConnectorLength)?.into();
        let events = match data.len() {
            4 => None,
            8 => Some(Events(fields.u32()?)),
            _ => return Err(Fault::ConnectorLength),
        };
        Ok(Some(Subscription { seq: header.seq, ack: header.ack, operation, events }))
    }
}

impl Emit for Subscription {
    fn header_len(&self) -> usize {
        connector::LEN + if self.events.is_some() { 8 } else { 4 }
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = u32::from(self.operation).to_ne_bytes().to_vec();
        bytes.extend(self.events.iter().flat_map(|events| events.0.to_ne_bytes()));
        prepend(packet, &bytes);
        connector_header(self.seq, self.ack).emit(packet);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::netlink::testing::damaged;

    /// What Linux 6.18 understood and acknowledged.
    #[cfg(target_endian = "little")]
    #[test]
    fn the_fields_stand_where_the_kernel_reads_them() {
        let mut expected = vec![40, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
        expected.extend([1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0]);
        assert_eq!(Subscription::listen(7).message(), expected);

        let masked = Subscription { ack: 41, events: Some(Events::EXIT), ..Subscription::ignore(7) };
        let mut expected = vec![44, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
        expected.extend([1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 41, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0x80]);
        assert_eq!(masked.message(), expected);
    }

    #[test]
    fn all_are_all() {
        let named = [
            Events::FORK | Events::EXEC | Events::UID | Events::GID | Events::SID,
            Events::PTRACE | Events::COMM | Events::NONZERO_EXIT | Events::CORE_DUMP | Events::EXIT,
        ];
        assert_eq!(named[0] | named[1], Events::ALL);
        assert!(Events::ALL.contains(Events::EXIT) && !Events::EXIT.contains(Events::ALL));
    }

    #[test]
    fn a_content_of_another_length_is_a_fault() {
        for len in [0, 3, 5, 7, 9, 12] {
            let payload = stack(&[&connector_header(1, 0)], &vec![1; len]);
            assert_eq!(Subscription::parse(&payload), Err(Fault::ConnectorLength), "{len}");
        }
        let other = connector::Repr { index: 2, ..connector_header(1, 0) };
        assert_eq!(Subscription::parse(&stack(&[&other], &[1; 4])), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(seq: u32, ack: u32, operation: u32, events: Option<u32>) {
            let asked = Subscription { seq, ack, operation: operation.into(), events: events.map(Events) };
            let bytes = stack(&[&asked], &[]);
            prop_assert_eq!(bytes.len(), asked.header_len());
            prop_assert_eq!(Subscription::parse(&bytes), Ok(Some(asked)));
            damaged(&bytes, |bytes| {
                if let Ok(Some(read)) = Subscription::parse(bytes) {
                    assert_eq!(Subscription::parse(&stack(&[&read], &[])), Ok(Some(read)));
                }
            });
        }
    }
}
