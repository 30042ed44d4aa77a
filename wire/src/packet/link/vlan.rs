//! VLAN tags (IEEE 802.1Q), any number of them.

use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

const LEN: usize = 4;

/// What follows a VLAN EtherType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// VLAN identifier, 12 bits.
    pub id: u16,
    /// Priority, 3 bits.
    pub priority: u8,
    /// Frames that may be dropped first.
    pub drop_eligible: bool,
    /// The EtherType of what is tagged.
    pub ethertype: u16,
}

impl Repr {
    /// Reads a tag.
    ///
    /// # Errors
    /// As [`Slice::take`].
    #[inline]
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[c0, c1, t0, t1], rest) = from.take::<LEN>()?;
        let control = u16::from_be_bytes([c0, c1]);
        let repr = Repr {
            id: control & 0xfff,
            priority: (control >> 13) as u8,
            drop_eligible: control & 0x1000 != 0,
            ethertype: u16::from_be_bytes([t0, t1]),
        };
        Ok((repr, rest))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let control = self.id & 0xfff
            | u16::from(self.priority & 7) << 13
            | if self.drop_eligible { 0x1000 } else { 0 };
        let [c0, c1] = control.to_be_bytes();
        let [t0, t1] = self.ethertype.to_be_bytes();
        prepend(packet, &[c0, c1, t0, t1]);
    }
}
